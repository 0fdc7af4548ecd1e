//! What took a copy, in the words of scenarios.

use std::fmt;

use penult_sim::{Loss, NodeId};

use crate::ids::{ClientId, GatewayId};
use crate::note::Drop;
use crate::places::{ACCESS, Kind, Places, RELAY};
use crate::service::ServiceName;
use crate::services::ServiceSpec;

/// What took the last copy of a delivery: `crash(g3)`, `link-drop(g1-g2)`, `gave-up(c4)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cause {
    /// What happened.
    pub kind: CauseKind,
    /// Where, or where from.
    pub place: PlaceName,
    /// Where to, of what happened on the way.
    pub to: Option<PlaceName>,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cause { kind, place, to } = self;
        match to {
            None => write!(f, "{kind}({place})"),
            Some(to) => write!(f, "{kind}({place}-{to})"),
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident shown as $name:literal;)*) => {
        /// A kind of cause, by which losses are counted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum CauseKind {
            $($(#[$doc])* $kind,)*
        }

        impl CauseKind {
            /// All of them, in the order of the reports.
            pub const ALL: &[CauseKind] = &[$(CauseKind::$kind),*];

            /// Its name in reports.
            pub const fn name(self) -> &'static str {
                match self {
                    $(CauseKind::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// A node died with it, or it came to a dead one.
    Crash shown as "crash";
    /// A device was off the network.
    Offline shown as "offline";
    /// A link was down.
    LinkDown shown as "link-down";
    /// A link lost it by chance.
    LinkDrop shown as "link-drop";
    /// A link's buffer was full.
    BufferFull shown as "buffer-full";
    /// It arrived corrupted.
    Corrupted shown as "corrupted";
    /// No path led to its receiver.
    NoPath shown as "no-path";
    /// The sender's device tried often enough.
    GaveUp shown as "gave-up";
    /// Its time was over.
    Expired shown as "expired";
    /// Policy refused it.
    Rejected shown as "rejected";
    /// It made room for others.
    Evicted shown as "evicted";
    /// It was older than devices keep messages.
    Ttl shown as "ttl";
    /// A device carried it for as long as devices do.
    Keep shown as "keep";
    /// A device heard that it is not wanted any more.
    Told shown as "told";
    /// It fell out of its stream.
    Retention shown as "retention";
    /// It was put back too often.
    Returns shown as "returns";
    /// It was deleted as if everybody had it.
    Deleted shown as "deleted";
    /// A node trusted that another held it.
    HandedOn shown as "handed-on";
    /// A node dropped it because it had had it.
    Twice shown as "twice";
    /// It came to a node that did not keep it.
    Discarded shown as "discarded";
}

impl CauseKind {
    /// Whether it means that the time of a copy was over.
    pub(super) fn is_time(self) -> bool {
        matches!(self, CauseKind::Expired | CauseKind::Retention | CauseKind::Ttl)
    }
}

impl fmt::Display for CauseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A node, as scenarios name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlaceName {
    /// `g3`
    Gateway(GatewayId),
    /// `directory`
    Service(ServiceName),
    /// `c12`
    Client(ClientId),
    /// `access`
    Access,
}

impl fmt::Display for PlaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlaceName::Gateway(gateway) => gateway.fmt(f),
            PlaceName::Service(service) => service.fmt(f),
            PlaceName::Client(client) => client.fmt(f),
            PlaceName::Access => f.write_str(ACCESS),
        }
    }
}

/// How a node is called, where `services` are in the order of their nodes.
pub(super) fn place_name(
    places: &Places,
    services: &[ServiceSpec],
    conduits: &[ServiceName],
    node: NodeId,
) -> PlaceName {
    match places.kind(node) {
        Kind::Gateway(gateway) => PlaceName::Gateway(gateway),
        Kind::Client(client) => PlaceName::Client(client),
        Kind::Relay(number) => PlaceName::Service(ServiceName::numbered(RELAY, number)),
        Kind::Conduit(number) => PlaceName::Service(conduits[number as usize]),
        Kind::Access => PlaceName::Access,
        Kind::Service(number) => PlaceName::Service(services[number as usize].name),
    }
}

/// What took a copy, while names don't matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Took {
    pub(super) kind: CauseKind,
    pub(super) place: NodeId,
    pub(super) to: Option<NodeId>,
}

impl Took {
    pub(super) fn here(kind: CauseKind, place: NodeId) -> Took {
        Took { kind, place, to: None }
    }

    pub(super) fn on_the_way(loss: Loss) -> Took {
        let (kind, place, to) = match loss {
            Loss::Crash(node) => (CauseKind::Crash, node, None),
            Loss::Offline(node) => (CauseKind::Offline, node, None),
            // A contact that is over is a link that went down.
            Loss::LinkDown(from, to) | Loss::Parted(from, to) | Loss::Aborted(from, to) => {
                (CauseKind::LinkDown, from, Some(to))
            }
            Loss::Chance(from, to) => (CauseKind::LinkDrop, from, Some(to)),
            Loss::BufferFull(from, to) => (CauseKind::BufferFull, from, Some(to)),
            Loss::Corrupted(node) => (CauseKind::Corrupted, node, None),
            Loss::NoPath(from, to) => (CauseKind::NoPath, from, Some(to)),
        };
        Took { kind, place, to }
    }

    pub(super) fn dropped(why: Drop, place: NodeId) -> Took {
        let kind = match why {
            Drop::Done => CauseKind::Deleted,
            Drop::HandedOn => CauseKind::HandedOn,
            Drop::Rejected => CauseKind::Rejected,
            Drop::Expired => CauseKind::Expired,
            Drop::GaveUp => CauseKind::GaveUp,
            Drop::Twice => CauseKind::Twice,
            Drop::Evicted => CauseKind::Evicted,
            Drop::TooOld => CauseKind::Ttl,
            Drop::Carried => CauseKind::Keep,
            Drop::Told => CauseKind::Told,
            Drop::Retention => CauseKind::Retention,
            Drop::Returns => CauseKind::Returns,
        };
        Took::here(kind, place)
    }

    /// The cause, if this came after `before`: the later of the two, unless a node let go in the belief
    /// that another goes on. If that was wrong, what took the copy that it believed in is the cause: an
    /// outbox that drops, on acceptance, what the source's crash has taken meanwhile did not lose it.
    pub(super) fn after(self, before: Option<Took>) -> Took {
        let in_good_faith =
            |took: Took| matches!(took.kind, CauseKind::HandedOn | CauseKind::Twice);
        before.filter(|&before| in_good_faith(self) && !in_good_faith(before)).unwrap_or(self)
    }
}
