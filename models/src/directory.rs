//! The directory: a service that knows which gateway hosts which client, and decides who may.
//!
//! A claim is a compare-and-set on a client's epoch: the first to arrive wins, and the epoch grows by one.
//! Every gateway is told of every change, again and again until it says that it heard.

use std::collections::BTreeMap;
use std::rc::Rc;

use penult_sim::{Ids, NodeId, Span};

use crate::client::FIRST_EPOCH;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::member::MemberTimer;
use crate::packet::{Between, ID_BYTES, Packet, kind_and_ids};
use crate::parts::{Again, Pace};
use crate::server::{Cx, Server};
use crate::world::World;

/// Who hosts a client, since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hosted {
    /// Whom.
    pub client: ClientId,
    /// Who.
    pub host: GatewayId,
    /// Since this epoch.
    pub epoch: u32,
}

/// A wish to host a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Whom.
    pub client: ClientId,
    /// The epoch that the claimant knows: if it is no longer that one, somebody else was faster.
    pub epoch: u32,
}

/// A new host, and the gateway that was suspected, if that is why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Who hosts whom now.
    pub hosted: Hosted,
    /// Whom the claimant suspected.
    pub suspect: Option<GatewayId>,
}

/// What gateways and the directory say to each other.
#[derive(Clone, Debug)]
pub enum DirectoryLetter {
    /// May I host these?
    Claim {
        /// Whom.
        claims: Rc<[Claim]>,
        /// Whom I suspect.
        suspect: Option<GatewayId>,
    },
    /// Who hosts these?
    LookUp(Rc<[ClientId]>),
    /// Who hosts those that are at me or at home here, and who these others?
    Inventory(Rc<[ClientId]>),
    /// These host them; where it is you, you may.
    Answer(Rc<[Hosted]>),
    /// The same, in answer to an inventory.
    Inventoried(Rc<[Hosted]>),
    /// These are new.
    Notice {
        /// The number of this notice, to be said back.
        number: u64,
        /// What changed.
        changes: Rc<[Change]>,
    },
    /// I heard the notice with this number.
    Heard(u64),
    /// Who of those that are at me still is? I would host them anew. And who hosts those at home here?
    Renew,
    /// Am I still the host of this one?
    AmI(ClientId),
    /// This is its host.
    HostIs(Hosted),
    /// Who hosts these, the recipients of one message?
    Where {
        /// Its first delivery, to be said back.
        of: DeliveryId,
        /// Whom.
        clients: Rc<[ClientId]>,
    },
    /// These host them.
    There {
        /// As it was asked.
        of: DeliveryId,
        /// Who hosts whom.
        hosted: Rc<[Hosted]>,
    },
}

impl Between for DirectoryLetter {
    fn bytes(&self) -> u32 {
        let items = match self {
            DirectoryLetter::Claim { claims, .. } => claims.len(),
            DirectoryLetter::LookUp(clients) | DirectoryLetter::Inventory(clients) => clients.len(),
            DirectoryLetter::Answer(hosted) | DirectoryLetter::Inventoried(hosted) => hosted.len(),
            DirectoryLetter::Notice { changes, .. } => changes.len(),
            DirectoryLetter::Renew => 0,
            DirectoryLetter::Heard(_) | DirectoryLetter::AmI(_) | DirectoryLetter::HostIs(_) => 1,
            DirectoryLetter::Where { clients, .. } => 1 + clients.len(),
            DirectoryLetter::There { hosted, .. } => 1 + hosted.len(),
        };
        ID_BYTES.saturating_mul(u32::try_from(items).unwrap_or(u32::MAX))
    }

    fn contents(&self, _: &mut dyn FnMut(DeliveryId)) {}
}

/// Parts of fingerprints: append, never renumber.
impl Ids for DirectoryLetter {
    fn ids(&self) -> u64 {
        let first = |client: Option<ClientId>| client.map_or(u64::MAX, |client| client.0.into());
        let (kind, ids) = match self {
            DirectoryLetter::Claim { claims, .. } => {
                let claim = claims.first();
                (1, first(claim.map(|claim| claim.client)))
            }
            DirectoryLetter::LookUp(clients) => (2, first(clients.first().copied())),
            DirectoryLetter::Inventory(clients) => (3, first(clients.first().copied())),
            DirectoryLetter::Answer(hosted) => (4, first(hosted.first().map(|item| item.client))),
            DirectoryLetter::Notice { number, .. } => (5, *number),
            DirectoryLetter::Heard(number) => (6, *number),
            DirectoryLetter::AmI(client) => (8, client.0.into()),
            DirectoryLetter::HostIs(hosted) => (9, hosted.client.0.into()),
            DirectoryLetter::Renew => (10, 0),
            DirectoryLetter::Where { of, .. } => (50, of.key()),
            DirectoryLetter::There { of, .. } => (51, of.key()),
            DirectoryLetter::Inventoried(hosted) => {
                (7, first(hosted.first().map(|item| item.client)))
            }
        };
        kind_and_ids(kind, ids)
    }
}

/// What the directory is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectoryTimer {
    /// Changes were gathered for long enough.
    Gathered,
    /// This gateway has not said that it heard.
    Unheard(GatewayId),
}

impl Ids for DirectoryTimer {
    fn ids(&self) -> u64 {
        match self {
            DirectoryTimer::Gathered => kind_and_ids(1, 0),
            DirectoryTimer::Unheard(gateway) => kind_and_ids(2, gateway.0.into()),
        }
    }
}

/// The directory's memory: what it has to tell.
#[derive(Debug, Default)]
pub struct Directory {
    /// Changes that wait to be told, in the order of their coming, each with whom the client was taken from.
    gathered: Vec<(Change, GatewayId)>,
    /// For each gateway what it has not said that it heard.
    unheard: Vec<Unheard>,
    notices: u64,
}

/// What a gateway has yet to hear: of each client the newest, with the number of the notice that last
/// told it.
#[derive(Debug, Default)]
struct Unheard {
    changes: BTreeMap<ClientId, (Change, u64)>,
    /// One timer repeats them all.
    again: Again,
}

/// The directory's disk: who hosts whom.
#[derive(Debug, Default)]
pub struct DirectoryDisk {
    hosted: Vec<(GatewayId, u32)>,
    /// Changes that somebody may not have heard of: all of them are told anew after a crash.
    told: BTreeMap<ClientId, (Change, GatewayId)>,
}

/// What a strategy's servers need to have a directory among them.
pub trait WithDirectory:
    Server<Packet: From<DirectoryLetter>, Timer: From<DirectoryTimer>>
{
    /// Whether of a new host only that gateway is told which lost the client to it.
    const TELLS_LOSERS_ONLY: bool = false;

    /// How long changes are gathered before they are told.
    fn gathering(options: &Self::Options) -> Span;
}

impl DirectoryDisk {
    /// The initial state is configuration: everybody at home.
    pub(crate) fn new<O>(world: &World<O>) -> Self {
        let hosted = world.homes.iter().map(|&home| (home, FIRST_EPOCH)).collect();
        DirectoryDisk { hosted, told: BTreeMap::new() }
    }

    fn look_up(&self, client: ClientId) -> Hosted {
        let (host, epoch) = self.hosted[client.index()];
        Hosted { client, host, epoch }
    }

    /// Decides a claim. What comes back says who hosts the client now, the claimant or another, and from whom it was
    /// taken.
    fn decide(&mut self, claim: Claim, by: GatewayId) -> (Hosted, Option<GatewayId>) {
        let (host, epoch) = self.hosted[claim.client.index()];
        let wins = claim.epoch == epoch;
        if wins {
            self.hosted[claim.client.index()] = (by, epoch + 1);
        }
        // A host that claims with an older epoch repeats a question whose answer it did not get: it is
        // a yes, and nothing changes.
        debug_assert!(wins || claim.epoch < epoch || host != by);
        (self.look_up(claim.client), wins.then_some(host))
    }

    /// Those that are at a gateway are so anew. Those at home there are in the list too: a gateway that returns would
    /// take them for its own.
    fn renew<O>(&mut self, gateway: GatewayId, world: &World<O>) -> Rc<[Hosted]> {
        let all = (0..).map(ClientId).zip(self.hosted.iter_mut().zip(&world.homes));
        let own = all.filter_map(|(client, (seat, &home))| {
            let (host, epoch) = seat;
            let is_there = *host == gateway;
            *epoch += u32::from(is_there);
            let hosted = Hosted { client, host: *host, epoch: *epoch };
            (is_there || home == gateway).then_some(hosted)
        });
        own.collect()
    }
}

impl Directory {
    /// Begins, or comes back: then whatever was told last may not have been heard.
    pub(crate) fn begin<S: WithDirectory>(disk: &DirectoryDisk, cx: &mut Cx<'_, S>) -> Self {
        let gateways = cx.world().places.gateways as usize;
        let mut directory = Directory::default();
        directory.unheard.resize_with(gateways, Unheard::default);
        directory.gathered.extend(disk.told.values().copied());
        directory.publish(cx);
        directory
    }

    pub(crate) fn receive<S: WithDirectory>(
        &mut self,
        disk: &mut DirectoryDisk,
        from: NodeId,
        letter: DirectoryLetter,
        cx: &mut Cx<'_, S>,
    ) {
        let gateway = cx.world().places.as_gateway(from);
        let answer = match letter {
            DirectoryLetter::Claim { claims, suspect } => {
                self.decide(disk, &claims, gateway, suspect, cx)
            }
            DirectoryLetter::LookUp(clients) => {
                clients.iter().map(|&client| disk.look_up(client)).collect()
            }
            DirectoryLetter::Inventory(others) => {
                // Those at home there too: a gateway that returns would take them for its own.
                let homes = &cx.world().homes;
                let all = (0..).map(ClientId).zip(disk.hosted.iter().zip(homes));
                let own =
                    all.filter(|&(_, (&(host, _), &home))| host == gateway || home == gateway);
                let own = own.map(|(client, _)| client);
                let all = own.chain(others.iter().copied()).map(|client| disk.look_up(client));
                let answer = DirectoryLetter::Inventoried(all.collect());
                return cx.send(from, Packet::Between(answer.into()));
            }
            DirectoryLetter::Renew => {
                let answer = DirectoryLetter::Inventoried(disk.renew(gateway, cx.world()));
                return cx.send(from, Packet::Between(answer.into()));
            }
            DirectoryLetter::Heard(number) => return self.heard(gateway, number),
            DirectoryLetter::AmI(client) => {
                let answer = DirectoryLetter::HostIs(disk.look_up(client));
                return cx.send(from, Packet::Between(answer.into()));
            }
            DirectoryLetter::Where { of, clients } => {
                let hosted = clients.iter().map(|&client| disk.look_up(client)).collect();
                let answer = DirectoryLetter::There { of, hosted };
                return cx.send(from, Packet::Between(answer.into()));
            }
            letter @ (DirectoryLetter::Answer(_)
            | DirectoryLetter::There { .. }
            | DirectoryLetter::HostIs(_)
            | DirectoryLetter::Inventoried(_)
            | DirectoryLetter::Notice { .. }) => {
                panic!("{from} sent {letter:?} to the directory")
            }
        };
        cx.send(from, Packet::Between(DirectoryLetter::Answer(answer).into()));
    }

    fn decide<S: WithDirectory>(
        &mut self,
        disk: &mut DirectoryDisk,
        claims: &[Claim],
        by: GatewayId,
        suspect: Option<GatewayId>,
        cx: &mut Cx<'_, S>,
    ) -> Rc<[Hosted]> {
        let before = self.gathered.len();
        let answers = claims.iter().map(|&claim| {
            let (hosted, taken) = disk.decide(claim, by);
            if let Some(from) = taken.filter(|&from| !S::TELLS_LOSERS_ONLY || from != by) {
                let change = Change { hosted, suspect };
                disk.told.insert(claim.client, (change, from));
                self.gathered.push((change, from));
            }
            hosted
        });
        let answers = answers.collect();
        if self.gathered.len() > before {
            let gathering = S::gathering(&cx.world().strategy);
            if gathering.is_zero() {
                self.publish(cx);
            } else if before == 0 {
                cx.set_timer(gathering, MemberTimer::Server(DirectoryTimer::Gathered.into()));
            }
        }
        answers
    }

    pub(crate) fn wake<S: WithDirectory>(&mut self, timer: DirectoryTimer, cx: &mut Cx<'_, S>) {
        match timer {
            DirectoryTimer::Gathered => self.publish(cx),
            DirectoryTimer::Unheard(gateway) => {
                let unheard = &mut self.unheard[gateway.index()];
                unheard.again.rests();
                let again: Rc<[Change]> =
                    unheard.changes.values().map(|&(change, _)| change).collect();
                if !again.is_empty() {
                    self.notify(gateway, again, cx);
                }
            }
        }
    }

    /// Tells what was gathered: every gateway, or those that lost clients what concerns them.
    fn publish<S: WithDirectory>(&mut self, cx: &mut Cx<'_, S>) {
        let gathered = std::mem::take(&mut self.gathered);
        if gathered.is_empty() {
            return;
        }
        if S::TELLS_LOSERS_ONLY {
            let mut of: BTreeMap<GatewayId, Vec<Change>> = BTreeMap::new();
            gathered.iter().for_each(|&(change, from)| of.entry(from).or_default().push(change));
            of.into_iter().for_each(|(loser, changes)| self.notify(loser, changes.into(), cx));
            return;
        }
        for gateway in (0..cx.world().places.gateways).map(GatewayId) {
            self.notify(gateway, gathered.iter().map(|&(change, _)| change).collect(), cx);
        }
    }

    /// Tells a gateway of changes, and remembers to repeat them.
    fn notify<S: WithDirectory>(
        &mut self,
        gateway: GatewayId,
        changes: Rc<[Change]>,
        cx: &mut Cx<'_, S>,
    ) {
        self.notices += 1;
        let number = self.notices;
        let unheard = &mut self.unheard[gateway.index()];
        for &change in changes.iter() {
            unheard.changes.insert(change.hosted.client, (change, number));
        }
        let notice = DirectoryLetter::Notice { number, changes };
        cx.send(cx.world().places.gateway(gateway), Packet::Between(notice.into()));
        if !unheard.again.is_waiting() {
            // A gateway that is dead for long must not keep a run going.
            let pace = Pace::steady(cx.world().clients.keepalive).in_background();
            let reminder = MemberTimer::Server(DirectoryTimer::Unheard(gateway).into());
            unheard.again.said(pace, reminder, cx);
        }
    }

    fn heard(&mut self, gateway: GatewayId, number: u64) {
        self.unheard[gateway.index()].changes.retain(|_, &mut (_, told)| told != number);
    }
}
