//! The numbers of `mesh`, as the nodes tell them. Seven of them are The ONE's.

use std::collections::BTreeSet;

use penult_sim::{IdMap, NodeId, Time};

use crate::ids::DeliveryId;
use crate::metric::Unit;
use crate::note::Note;
use crate::own::{Own, OwnCount, OwnLevel, OwnNote, OwnSample, Sight, Stat, Watcher, seen};

/// Messages made, one for each recipient.
pub(super) const CREATED: OwnCount = OwnCount::new(0);
/// Transfers begun.
pub(super) const STARTED: OwnCount = OwnCount::new(1);
/// Transfers that came whole.
pub(super) const RELAYED: OwnCount = OwnCount::new(2);
/// Transfers broken off.
pub(super) const ABORTED: OwnCount = OwnCount::new(3);
/// Copies dropped for room, age or time.
pub(super) const DROPPED: OwnCount = OwnCount::new(4);
/// Copies dropped because a mark said so.
pub(super) const REMOVED: OwnCount = OwnCount::new(5);
/// Messages that came to their recipients.
pub(super) const DELIVERED: OwnCount = OwnCount::new(6);
/// Of these, handed over by a server to which the originator brought it.
pub(super) const BY_SERVER: OwnCount = OwnCount::new(7);
/// Of these, with no server on the way.
pub(super) const BY_PEER: OwnCount = OwnCount::new(8);
/// Of these, with a server and another device on the way.
pub(super) const BY_PROXY: OwnCount = OwnCount::new(9);
/// Bytes that came by transfers.
pub(super) const BYTES: OwnCount = OwnCount::new(10);
/// Copies dropped for room.
pub(super) const EVICTED: OwnCount = OwnCount::new(11);
/// Tellings of marks.
pub(super) const MARKS: OwnCount = OwnCount::new(12);
/// Contacts begun.
pub(super) const CONTACTS: OwnCount = OwnCount::new(13);
/// Copies that hosts gave on the way back.
pub(super) const BACK: OwnCount = OwnCount::new(14);
/// Questions to the presence database.
pub(super) const QUESTIONS: OwnCount = OwnCount::new(15);
/// Packets over a kind of connection.
pub(super) const KIND_PACKETS: OwnCount = OwnCount::new(16);
/// Their bytes.
pub(super) const KIND_BYTES: OwnCount = OwnCount::new(17);
/// What they cost, in millionths.
pub(super) const KIND_PRICE: OwnCount = OwnCount::new(18);
/// Devices of others that carried, over all messages.
const CARRIED: OwnCount = OwnCount::new(19);

/// Clients that reach no server, as they know.
pub(super) const CUT_OFF: OwnLevel = OwnLevel::in_memory(0);

/// To how many nodes a message came on its way.
pub(super) const HOPS: OwnSample = OwnSample::of_sizes(0);
/// How long a copy was in a buffer until it was dropped or removed.
pub(super) const BUFFER_TIME: OwnSample = OwnSample::of_times(1);

/// How many bytes a device held after something came.
pub(super) const BUFFER: OwnSample = OwnSample::of_sizes(2);
/// The most devices of others that carried one message, each time that these became more.
const MOST_CARRIERS: OwnSample = OwnSample::of_sizes(3);

/// Another device carries this: for the watcher.
pub(super) fn carried(delivery: DeliveryId) -> Note {
    seen(0, 0, delivery.key())
}

/// Counts the carriers of each message, which no device can know.
#[derive(Debug, Default)]
pub(super) struct Carriers {
    of: IdMap<u64>,
    /// Which device carried which message: it counts once, however often it came.
    known: BTreeSet<(u64, NodeId)>,
    most: u64,
}

impl Watcher for Carriers {
    fn see(&mut self, _: Time, what: Sight, tell: &mut dyn FnMut(Note)) {
        let Sight::Told(node, OwnNote::Seen(_, _, delivery)) = what else { return };
        if !self.known.insert((delivery, node)) {
            return;
        }
        tell(CARRIED.one());
        let carriers = self.of.get_or_insert_with(delivery, || 0);
        *carriers += 1;
        if *carriers > self.most {
            self.most = *carriers;
            tell(MOST_CARRIERS.was(self.most));
        }
    }
}

/// All of them.
pub(super) const METRICS: &[Own] = &[
    CREATED.metric("created", "messages made, one for each recipient"),
    STARTED.metric("started", "transfers between devices that began"),
    RELAYED.metric("relayed", "transfers that came whole"),
    ABORTED.metric("aborted", "transfers that were broken off"),
    DROPPED.metric("dropped", "copies that devices dropped for room, age or time"),
    REMOVED.metric(
        "removed",
        "copies that devices dropped because they heard what became of the message",
    ),
    DELIVERED.metric("delivered", "messages that came to their recipients").more(),
    Own::computed(
        "delivery_prob",
        "messages that came to their recipients, of those made",
        |all| {
            let made = all.count(CREATED);
            (made > 0).then(|| all.count(DELIVERED) as f64 / made as f64)
        },
    )
    .more(),
    Own::computed("overhead_ratio", "transfers that delivered nothing, for each delivery", |all| {
        let (relayed, delivered) = (all.count(RELAYED) as f64, all.count(DELIVERED) as f64);
        (delivered > 0.0).then(|| (relayed - delivered) / delivered)
    })
    .less(),
    HOPS.stat(
        "hopcount_avg",
        "transfers and packets on the way of a delivered message",
        Stat::Mean,
    ),
    BUFFER_TIME.stat(
        "buffertime_avg",
        "how long a copy that was dropped or removed was in a buffer",
        Stat::Mean,
    ),
    BY_SERVER
        .metric("by.server", "deliveries by a server that the originator brought it to itself"),
    BY_PEER.metric("by.peer", "deliveries without a server on the way"),
    BY_PROXY.metric("by.proxy", "deliveries with a server and another device on the way"),
    Own::computed("carriers.mean", "devices of others that carried a message, on average", |all| {
        let made = all.count(CREATED);
        (made > 0).then(|| all.count(CARRIED) as f64 / made as f64)
    }),
    MOST_CARRIERS.stat(
        "carriers.max",
        "devices of others that carried one message, at most",
        Stat::Max,
    ),
    BUFFER
        .stat("buffer_peak", "bytes in the buffer of one device, at most", Stat::Max)
        .in_unit(Unit::Bytes)
        .less(),
    BYTES.metric("bytes", "bytes of the transfers that came whole").less(),
    EVICTED.metric("evicted", "copies that devices dropped for room").less(),
    MARKS.metric("marks", "times that a device told another what became of messages"),
    CONTACTS.metric("contacts", "contacts that began"),
    BACK.metric("back", "copies that hosts gave to devices for clients that they don't reach"),
    CUT_OFF.seconds("cut_off_s", "for how long clients reached no server, all together").less(),
    KIND_PACKETS.metric("kinds.<kind>.packets", "packets over this kind of connection"),
    KIND_BYTES.metric("kinds.<kind>.bytes", "bytes of packets over this kind of connection"),
    KIND_PRICE.millionths("kinds.<kind>.price", "what they cost").less(),
    QUESTIONS.metric("presence.questions", "questions to the presence database"),
];
