//! What the models draw random numbers for. These numbers are part of every result: append, never renumber.
//!
//! Those below 64 are of the world that all strategies share. From there on each strategy has a range of 64 of its own;
//! one of a crate outside has [`own`].

use penult_sim::Purpose;

/// When a client's user wants to send.
pub const SEND_TIMES: Purpose = Purpose::of_models(0);
/// How many a message goes to.
pub const RECIPIENT_COUNT: Purpose = Purpose::of_models(1);
/// Whom a message goes to.
pub const RECIPIENTS: Purpose = Purpose::of_models(2);
/// How large a message is.
pub const SIZE: Purpose = Purpose::of_models(3);
/// Whether a message has an attachment, and how large that is.
pub const ATTACHMENT: Purpose = Purpose::of_models(4);
/// How long a message asks to be viewed.
pub const VIEW: Purpose = Purpose::of_models(5);
/// Whether a message is harmful.
pub const HARMFUL: Purpose = Purpose::of_models(6);
/// Whether a user replies.
pub const REPLY: Purpose = Purpose::of_models(7);
/// How long a user takes to reply.
pub const REPLY_DELAY: Purpose = Purpose::of_models(8);
/// How long a message waits on its recipient's device to be read.
pub const READ_DELAY: Purpose = Purpose::of_models(9);
/// How long a device is online until it goes offline.
pub const OFFLINE_EVERY: Purpose = Purpose::of_models(10);
/// How long a device is offline.
pub const OFFLINE_LASTS: Purpose = Purpose::of_models(11);
/// When a device sends its first keepalive.
pub const KEEPALIVE_PHASE: Purpose = Purpose::of_models(12);
/// When a gateway sends its first heartbeat.
pub const HEARTBEAT_PHASE: Purpose = Purpose::of_models(13);
/// Who is in a conversation. The entity is the number of the conversation.
pub const CONVERSATIONS: Purpose = Purpose::of_models(14);
/// How long a user looks at a message.
pub const VIEW_FOR: Purpose = Purpose::of_models(15);
/// Which gateway a client belongs to, where chance decides.
pub const PLACEMENT: Purpose = Purpose::of_models(16);
/// CPU time of each run of policy.
pub const POLICY_COST: Purpose = Purpose::of_models(40);

/// How walkers of `[contacts]` walk.
pub const WALKS: Purpose = Purpose::of_models(100);
/// When two devices of `[contacts]` meet.
pub const MEETINGS: Purpose = Purpose::of_models(101);
/// Which devices of `mesh` have a connection, or are in a group.
pub const MEMBERS: Purpose = Purpose::of_models(102);
/// Which devices of `mesh` carry what others send.
pub const CARRIES: Purpose = Purpose::of_models(103);
/// For how long a connection of `mesh` is covered.
pub const COVERED: Purpose = Purpose::of_models(104);
/// For how long it is not.
pub const UNCOVERED: Purpose = Purpose::of_models(105);
/// `spaces`: when a space server sends its first heartbeat.
pub const SPACES_HEARTBEAT_PHASE: Purpose = Purpose::of_models(128);
/// `migrate`: whether a migration fails by chance. The entity is the client's, the place the number of its migration.
pub const MIGRATION_FAILS: Purpose = Purpose::of_models(256);

/// The n-th of a strategy from a crate outside, so that no stream of the world is drawn from for two things.
///
/// # Panics
///
/// When `n` is 32,512 or more; in a constant, that does not compile.
pub const fn own(n: u16) -> Purpose {
    const OUTSIDE: u16 = 1 << 15;
    assert!(n < u16::MAX - OUTSIDE, "no room for so many purposes");
    Purpose::of_models(OUTSIDE + n)
}
