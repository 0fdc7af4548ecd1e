//! What servers and brokers of `migrate` are reminded of.

use penult_sim::Ids;

use crate::ids::{ClientId, DeliveryId, MessageId};
use crate::packet::kind_and_ids;
use crate::parts::Written;
use crate::parts::hosting::Unacknowledged;

/// What a server or a broker is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrateTimer {
    /// A server.
    Server(ServerTimer),
    /// A broker, in this of its lives: one that steps down begins another, and what it set before means nothing.
    Broker(u32, BrokerTimer),
}

/// What a server is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerTimer {
    /// The disk is done with what came as this delivery.
    Written(DeliveryId),
    /// The client has not said that it got this.
    Unacknowledged(DeliveryId),
    /// The broker has not answered this.
    Unanswered(Question),
    /// It was held for as long as messages are held.
    HoldOver(DeliveryId),
    /// The data of this client's migration have left.
    Left(ClientId, u32),
    /// The second server has not said that it has them.
    Unhad(ClientId, u32),
    /// It had the time for that.
    Late(ClientId, u32),
    /// The disk is done with the data of this client's migration.
    DataWritten(ClientId, u32),
    /// The client has not acknowledged its server of this epoch.
    Ungreeted(ClientId, u32),
}

/// What a server asks: for each of these one question is open at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// To store this.
    Put(MessageId),
    /// Where a client is.
    Where(ClientId),
    /// How a client's migration from here ends.
    Moving(ClientId),
    /// How a client's migration to here ends.
    Stored(ClientId),
    /// To delete what a device has.
    Done(DeliveryId),
    /// Who is hosted here.
    Check,
}

/// What a broker is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerTimer {
    /// Time to say that the primary is there, or to ask for votes again.
    Tick,
    /// The primary has been silent for so long that this one may stand.
    Silent,
    /// Of two, the other has not answered for too long.
    Alone,
    /// Nobody answered that this one joins.
    Unjoined,
    /// A replica has not said that it has all.
    Unhad(u32),
    /// The primary's own disk is done with this write.
    Stored(u64),
    /// A replica's disk is done with this write.
    Copied(u64),
    /// Not all replicas have acknowledged this write.
    Unwritten(u64),
    /// The server has not said that it performed this task.
    Undone(u64),
    /// This task was put back for long enough.
    Back(u64),
    /// The server has not said that this client is moving.
    Unmoved(ClientId),
    /// The server has not said that it took these clients.
    Untaken(u64),
    /// A server was silent for so long that it may be suspected.
    Missed(u32),
    /// Something planned is due.
    Due,
    /// A client that did not come away from a draining server may try again.
    Retry(ClientId),
    /// This was held for as long as messages are held.
    HoldOver(DeliveryId),
}

impl From<Unacknowledged> for MigrateTimer {
    fn from(Unacknowledged(delivery): Unacknowledged) -> Self {
        MigrateTimer::Server(ServerTimer::Unacknowledged(delivery))
    }
}

impl From<Written> for MigrateTimer {
    fn from(Written(first): Written) -> Self {
        MigrateTimer::Server(ServerTimer::Written(first))
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for MigrateTimer {
    fn ids(&self) -> u64 {
        let pair = |client: ClientId, number: u32| u64::from(client.0) << 32 | u64::from(number);
        let (kind, ids) = match self {
            MigrateTimer::Server(timer) => match *timer {
                ServerTimer::Written(delivery) => (2, delivery.key()),
                ServerTimer::Unacknowledged(delivery) => (3, delivery.key()),
                ServerTimer::Unanswered(question) => (4, question.ids()),
                ServerTimer::HoldOver(delivery) => (5, delivery.key()),
                ServerTimer::Left(client, number) => (6, pair(client, number)),
                ServerTimer::Unhad(client, number) => (7, pair(client, number)),
                ServerTimer::Late(client, number) => (8, pair(client, number)),
                ServerTimer::DataWritten(client, number) => (9, pair(client, number)),
                ServerTimer::Ungreeted(client, epoch) => (10, pair(client, epoch)),
            },
            MigrateTimer::Broker(_, timer) => match *timer {
                BrokerTimer::Tick => (30, 0),
                BrokerTimer::Silent => (31, 0),
                BrokerTimer::Alone => (32, 0),
                BrokerTimer::Unjoined => (33, 0),
                BrokerTimer::Unhad(replica) => (34, replica.into()),
                BrokerTimer::Stored(write) => (35, write),
                BrokerTimer::Copied(write) => (36, write),
                BrokerTimer::Unwritten(write) => (37, write),
                BrokerTimer::Undone(task) => (38, task),
                BrokerTimer::Back(task) => (39, task),
                BrokerTimer::Unmoved(client) => (40, client.0.into()),
                BrokerTimer::Untaken(list) => (41, list),
                BrokerTimer::Missed(server) => (42, server.into()),
                BrokerTimer::Due => (43, 0),
                BrokerTimer::Retry(client) => (45, client.0.into()),
                BrokerTimer::HoldOver(delivery) => (46, delivery.key()),
            },
        };
        kind_and_ids(kind, ids)
    }
}

impl Ids for Question {
    fn ids(&self) -> u64 {
        let of = |message: MessageId| DeliveryId { message, recipient: ClientId(0) }.key();
        let (kind, ids) = match *self {
            Question::Put(message) => (1, of(message)),
            Question::Where(client) => (2, client.0.into()),
            Question::Moving(client) => (3, client.0.into()),
            Question::Stored(client) => (4, client.0.into()),
            Question::Done(delivery) => (5, delivery.key()),
            Question::Check => (6, 0),
        };
        kind_and_ids(kind, ids)
    }
}
