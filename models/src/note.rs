//! What nodes tell observers that they did. Nothing comes back.

use std::rc::Rc;

use penult_sim::{NodeId, Span, Time};

use crate::ids::{ClientId, DeliveryId, GatewayId, MessageId};
use crate::message::Message;
use crate::own::OwnNote;

/// Something that a node did.
#[derive(Clone, Debug)]
pub enum Note {
    /// A user wanted to send this. Its device has it, and it alone.
    Created(Rc<Message>),
    /// The sender's device was told that the system has its message.
    Accepted(MessageId),
    /// The same, where each recipient's is accepted by itself.
    AcceptedOne(DeliveryId),
    /// The sender's device was told that policy refused its message.
    Refused(MessageId),
    /// The same, where each recipient's is judged by itself.
    RefusedOne(DeliveryId),
    /// The recipient's application got this, for the first time.
    Delivered(DeliveryId),
    /// The sender's device was told for the first time that this was received.
    Receipt {
        /// What.
        delivery: DeliveryId,
        /// When its user wanted to send it.
        created: Time,
    },
    /// The recipient's device had this already, and dropped it.
    Repeated(DeliveryId),

    /// A node has a copy from now on: of what a packet just brought, or of what it made.
    Kept(DeliveryId),
    /// A node has stored it, as durably as it stores. Since it came, so long went to the disk.
    Stored {
        /// What.
        delivery: DeliveryId,
        /// Waiting for the disk and writing.
        disk: Span,
    },
    /// A node let go of its copy. Each is told, an outbox's too: when its message is accepted, refused or
    /// given up, one for each recipient.
    Dropped(DeliveryId, Drop),
    /// A copy waited at a node, and waits no longer. Told before what it waited to send is sent.
    Waited {
        /// Which.
        delivery: DeliveryId,
        /// For what.
        why: Wait,
        /// From when on.
        since: Time,
    },

    /// Policy ran over a message.
    PolicyRan(MessageId),
    /// Policy need not run over a message that a gateway took in: it had run before.
    PolicySpared(MessageId),
    /// A packet took a message for so many more recipients than one.
    Shared(u32),
    /// Policy took the attachment off: servers hold what is left.
    Stripped(MessageId),
    /// A gateway takes another node for dead.
    Suspected(NodeId),
    /// It heard of it again.
    Trusted(NodeId),
    /// The directory let a gateway have a client.
    Claimed {
        /// Whom.
        client: ClientId,
        /// From whom.
        from: GatewayId,
        /// Since when it hosts.
        epoch: u32,
    },
    /// A new host sent a client the first thing.
    HandedOver(ClientId),
    /// A device is attached to a gateway.
    Attached {
        /// To which.
        host: GatewayId,
        /// Since which epoch that one hosts it.
        epoch: u32,
    },
    /// A device gave its host up, and has none.
    Detached,
    /// A gateway that came back, or that takes clients or a place in a list over, began to synchronise.
    ResyncStarted,
    /// It has what it lacked. What comes while hosts let go is not counted.
    ResyncFinished {
        /// How many messages that were.
        messages: u64,
        /// How many bytes of messages.
        bytes: u64,
    },
    /// What another node began to send is here: that one's synchronising is this one's, which ends it.
    ResyncTakenOver(NodeId),
    /// Something happened to a number of the strategy's own.
    Own(OwnNote),
}

/// Why a node let go of its copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drop {
    /// Everybody who should has it: the trigger of its deletion came.
    Done,
    /// Another node holds it in its stead.
    HandedOn,
    /// Policy refused it.
    Rejected,
    /// It was held for as long as messages are held.
    Expired,
    /// Its sender's device tried often enough.
    GaveUp,
    /// What a packet just brought was here already, or had been. What the node held before stays.
    Twice,
    /// It made room for others.
    Evicted,
    /// It was older than devices keep messages.
    TooOld,
    /// A device carried it for as long as devices carry messages of others.
    Carried,
    /// A device heard that others have it, or that nobody shall.
    Told,
    /// It fell out of a stream that keeps its events for so long and no longer.
    Retention,
    /// It was put back too often.
    Returns,
}

/// What a copy waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// The answer of this node: the time while that was dead counts as detection.
    For(NodeId),
    /// A claim, or another answer of the directory.
    Handover,
    /// A claim and what follows it; until then, for a recipient to find that its host was gone.
    Moved,
    /// A CPU, or whatever else serves at so many a second.
    Cpu,
    /// A recipient that was offline or out of reach.
    Away,
    /// Its return from the external store.
    Parked,
}
