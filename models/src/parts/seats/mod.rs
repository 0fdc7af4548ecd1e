//! Seats: which gateway hosts which client, as a gateway knows it, and the directory's other side.
//!
//! Everybody sits at home until the directory says otherwise; what is newer has the higher epoch. A device that
//! wants to be hosted here is claimed for; gateways that take clients over claim by themselves, and those that
//! never do leave that be: attaching, answers, notices and greeting are whole without it.
//!
//! | what comes | goes to | and then |
//! |---|---|---|
//! | a keepalive | [`kept_alive`](Seats::kept_alive) | |
//! | a wish to be hosted | [`attach`](Seats::attach) | [`greet`](Seats::greet) and [`confirm`](Seats::confirm) one that is; serve no longer one that knows of a later host |
//! | a device's word that this is no longer its host | [`told_stale`](Seats::told_stale) | serve it no longer |
//! | an answer | [`answered`](Seats::answered), for each client | greet those that are here; send on what there is for the others |
//! | an inventory | [`settle`](Seats::settle) | if it is the first, [`learn`](Seats::learn) it; else it is an answer |
//! | the host of one that was confirmed | [`hear_of`](Seats::hear_of) | [`send_away`](Seats::send_away) one that is elsewhere |
//! | a notice | [`noticed`](Seats::noticed), then [`hear_of`](Seats::hear_of) each change | send on what there is for those elsewhere |
//! | the hosts of a message's recipients | [`hear_of`](Seats::hear_of) each, then [`found`](Seats::found) | send what had waited |
//! | a [timer](SeatTimer) | [`unanswered`](Seats::unanswered), [`take_inventory`](Seats::take_inventory), [`not_found`](Seats::not_found) | greet again one that is hosted [since then](Seats::hosts_since) and has said nothing |

mod claims;
mod lookups;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use penult_sim::{IdMap, Ids, Span, Time};

use crate::client::FIRST_EPOCH;
use crate::directory::{DirectoryLetter, Hosted};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::member::{MemberTimer, TimerOf};
use crate::packet::{Down, Packet, kind_and_ids};
use crate::parts::Pace;
use crate::server::{Cx, Server};
use crate::services::ServiceKind;
use claims::Question;
use lookups::LookUp;

/// What a gateway needs to deal with the directory, the first of its services.
pub trait WithSeats: Server<Packet: From<DirectoryLetter>, Timer: From<SeatTimer>> {
    /// How long a question to the directory waits for its answer; twice as long each time, up to ten seconds.
    fn directory_timeout(options: &Self::Options) -> Span;
}

/// What a gateway is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatTimer {
    /// The directory has not answered about this client.
    Unanswered(ClientId),
    /// The directory has not said who is hosted here.
    NoInventory,
    /// The client has not acknowledged its new host, of this epoch.
    Ungreeted(ClientId, u32),
    /// The directory has not said who hosts the recipients of the message that has this as its first delivery.
    NotFound(DeliveryId),
}

/// Parts of fingerprints: append, never renumber.
impl Ids for SeatTimer {
    fn ids(&self) -> u64 {
        match *self {
            SeatTimer::Unanswered(client) => kind_and_ids(9, client.0.into()),
            SeatTimer::NoInventory => kind_and_ids(10, 0),
            SeatTimer::Ungreeted(client, _) => kind_and_ids(11, client.0.into()),
            SeatTimer::NotFound(delivery) => kind_and_ids(50, delivery.key()),
        }
    }
}

/// Who hosts a client, as far as a gateway knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Who.
    pub host: GatewayId,
    /// Since this epoch.
    pub epoch: u32,
}

/// What a gateway knows of hosts, and what it asks about them.
#[derive(Debug)]
pub struct Seats {
    me: GatewayId,
    /// Whether this gateway may take those for its own whose home it is and of whom it heard nothing.
    /// One that returns hosts nobody before the directory says so.
    settled: bool,
    /// Whom the directory said to host clients that are not at home.
    views: IdMap<View>,
    /// What the directory has not answered.
    open: BTreeMap<ClientId, Question>,
    /// When each client was last claimed, and how often it was without a word from it since.
    claimed: BTreeMap<ClientId, (Time, u32)>,
    /// What the directory was asked for messages, by their first deliveries.
    lookups: BTreeMap<DeliveryId, LookUp>,
}

/// What a gateway makes of the word that a client is hosted somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing: it knew that, or something newer.
    Nothing,
    /// It is hosted here; or a question about it is open, and the answer decides.
    Noted,
    /// It is hosted elsewhere, and what there is for it is to go there.
    Elsewhere,
}

/// What becomes of a device's wish to be hosted here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attach {
    /// Nothing, and it is not answered: this gateway hosts nobody before the directory's word.
    Ignored,
    /// The directory is asked.
    Claimed,
    /// The same; and the device knows of a later host than this gateway does, so that it is not served meanwhile.
    ClaimedAnew,
    /// It is hosted here, since this epoch. It is greeted at once, and the directory asked beside.
    Here(u32),
}

/// What an answer of the directory means for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: it was known, or is older than the question.
    Nothing,
    /// It is hosted here from now on.
    Here {
        /// Since this epoch.
        epoch: u32,
        /// When the directory was asked.
        asked: Time,
        /// Whether its device wanted that.
        attaching: bool,
    },
    /// It is hosted elsewhere, and its device knows that if it had asked.
    Elsewhere {
        /// Since when this gateway had asked for it, if it had.
        asked: Option<Time>,
    },
}

fn reminder<S: WithSeats>(timer: SeatTimer) -> TimerOf<S> {
    MemberTimer::Server(timer.into())
}

/// Sends the directory a letter.
fn say<S: WithSeats>(letter: DirectoryLetter, cx: &mut Cx<'_, S>) {
    let directory = cx.world().service(ServiceKind::DIRECTORY).expect("there is a directory");
    cx.send(directory, Packet::Between(letter.into()));
}

/// How often the directory is asked the same.
fn pace<S: WithSeats>(cx: &Cx<'_, S>) -> Pace {
    Pace::doubling(S::directory_timeout(&cx.world().strategy))
}

impl Seats {
    /// A gateway that begins: those at home are hosted there.
    pub fn new(me: GatewayId) -> Self {
        Seats {
            me,
            settled: true,
            views: IdMap::new(),
            open: BTreeMap::new(),
            claimed: BTreeMap::new(),
            lookups: BTreeMap::new(),
        }
    }

    /// A gateway that comes back. Whatever its disk says, it may have lost its clients meanwhile.
    pub fn returned(me: GatewayId) -> Self {
        Seats { settled: false, ..Seats::new(me) }
    }

    /// The gateway that this is.
    #[inline]
    pub fn me(&self) -> GatewayId {
        self.me
    }

    /// Whether this gateway knows whom it hosts: it has not just come back.
    #[inline]
    pub fn is_settled(&self) -> bool {
        self.settled
    }

    /// Who hosts a client, as far as this gateway knows.
    #[inline]
    pub fn view<S: Server>(&self, client: ClientId, cx: &Cx<'_, S>) -> View {
        let home = cx.world().homes[client.index()];
        self.views.get(client.0.into()).copied().unwrap_or(View { host: home, epoch: FIRST_EPOCH })
    }

    /// Whether this gateway serves a client as its host.
    #[inline]
    pub fn hosts<S: Server>(&self, client: ClientId, cx: &Cx<'_, S>) -> bool {
        let known = self.settled || self.views.contains(client.0.into());
        known && self.view(client, cx).host == self.me
    }

    /// Whether somebody knows of a later host of a client than this gateway does.
    #[inline]
    pub fn is_behind<S: Server>(&self, client: ClientId, epoch: u32, cx: &Cx<'_, S>) -> bool {
        epoch > self.view(client, cx).epoch
    }

    /// Learns who hosts a client. False if it is nothing new.
    #[inline]
    pub fn learn<S: Server>(&mut self, client: ClientId, view: View, cx: &Cx<'_, S>) -> bool {
        let known = self.view(client, cx);
        debug_assert!(
            view.epoch != known.epoch || view.host == known.host,
            "{client} has one host in an epoch: {known:?}, {view:?}"
        );
        let newer = view.epoch > known.epoch;
        if newer {
            self.views.insert(client.0.into(), view);
        }
        newer
    }

    /// Somebody says who hosts a client. While this gateway asks about it, the answer decides.
    #[inline]
    pub fn hear_of<S: Server>(
        &mut self,
        Hosted { client, host, epoch }: Hosted,
        cx: &Cx<'_, S>,
    ) -> Heard {
        if !self.learn(client, View { host, epoch }, cx) {
            Heard::Nothing
        } else if host != self.me && !self.asks_about(client) {
            Heard::Elsewhere
        } else {
            Heard::Noted
        }
    }

    /// The directory told of new hosts, and hears that this gateway has heard.
    pub fn noticed<S: WithSeats>(&self, number: u64, cx: &mut Cx<'_, S>) {
        say(DirectoryLetter::Heard(number), cx);
    }

    /// A device asks whether this gateway is there. That of somebody else's client is told so.
    pub fn kept_alive<S: Server>(&self, client: ClientId, cx: &mut Cx<'_, S>) {
        let view = self.view(client, cx);
        if self.hosts(client, cx) {
            cx.send(cx.world().places.client(client), Packet::Down(Down::Alive));
        } else if view.host != self.me {
            self.send_away(client, cx);
        }
    }

    /// Tells a device who its host is.
    pub fn send_away<S: Server>(&self, client: ClientId, cx: &mut Cx<'_, S>) {
        let View { host, epoch } = self.view(client, cx);
        let device = cx.world().places.client(client);
        cx.send(device, Packet::Down(Down::Elsewhere { host, epoch }));
    }

    /// A device that knows of this epoch asks to be hosted here.
    pub fn attach<S: WithSeats>(
        &mut self,
        client: ClientId,
        epoch: u32,
        cx: &mut Cx<'_, S>,
    ) -> Attach {
        if !self.settled {
            return Attach::Ignored;
        }
        let View { host, epoch: known } = self.view(client, cx);
        if known < epoch {
            // Who hosts it is not known here, only that it is not whom this gateway takes for that.
            self.claim_for_device(client, epoch, None, cx);
            Attach::ClaimedAnew
        } else if host != self.me {
            self.claim_for_device(client, known, Some(host), cx);
            Attach::Claimed
        } else {
            Attach::Here(known)
        }
    }

    /// Claims a client that is taken to be hosted here and asks for it, beside serving it: the answer is a new epoch, or
    /// somebody who took it over unheard.
    pub fn claim_beside<S: WithSeats>(&mut self, client: ClientId, epoch: u32, cx: &mut Cx<'_, S>) {
        self.claim_for_device(client, epoch, None, cx);
    }

    /// Comes back: asks the directory who is still hosted here, from now on anew.
    pub fn renew<S: WithSeats>(&self, cx: &mut Cx<'_, S>) {
        say(DirectoryLetter::Renew, cx);
    }

    /// Asks the directory whether a client that is taken to be hosted here still is: somebody may have taken it
    /// over unheard.
    pub fn confirm<S: WithSeats>(&self, client: ClientId, cx: &mut Cx<'_, S>) {
        say(DirectoryLetter::AmI(client), cx);
    }

    /// A device says that there is a later host than this gateway. True if that is news: then it is looked up.
    pub fn told_stale<S: WithSeats>(
        &mut self,
        client: ClientId,
        epoch: u32,
        cx: &mut Cx<'_, S>,
    ) -> bool {
        let is_news = self.is_behind(client, epoch, cx);
        if is_news {
            self.look_up(client, cx);
        }
        is_news
    }

    /// Says to a client that it is hosted here, and whom to turn to if this gateway fails. It is reminded of that
    /// after a keepalive.
    pub fn greet<S: WithSeats>(
        &self,
        client: ClientId,
        epoch: u32,
        list: Arc<[GatewayId]>,
        cx: &mut Cx<'_, S>,
    ) {
        cx.send(cx.world().places.client(client), Packet::Down(Down::Hosted { epoch, list }));
        let again = cx.world().clients.keepalive;
        cx.set_background_timer(again, reminder::<S>(SeatTimer::Ungreeted(client, epoch)));
    }

    /// Whether a client is still hosted here since this epoch.
    pub fn hosts_since<S: Server>(&self, client: ClientId, epoch: u32, cx: &Cx<'_, S>) -> bool {
        self.view(client, cx) == View { host: self.me, epoch }
    }
}
