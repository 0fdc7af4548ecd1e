//! What a gateway asks the directory: whether it may host clients, who hosts them, and, at its return, both.

use std::collections::BTreeMap;
use std::rc::Rc;

use penult_sim::{NodeId, Span, Time, TimerId};

use super::gateway::{Gateway, GatewayDisk, View};
use super::letters::Letter;
use super::{ChainTimer, Cx, timer};
use crate::directory::{Claim, DirectoryLetter, Hosted};
use crate::ids::{ClientId, GatewayId};
use crate::note::Note;
use crate::packet::Packet;
use crate::services::ServiceKind;
use crate::world::backed_off;

/// What a gateway asks the directory.
#[derive(Debug, Default)]
pub(super) struct Claims {
    open: BTreeMap<ClientId, Open>,
    /// When each client was last claimed, and how often it was without a word from it since.
    last: BTreeMap<ClientId, (Time, u32)>,
}

/// A question that the directory has not answered.
#[derive(Debug)]
struct Open {
    what: Asked,
    since: Time,
    /// The epoch that a claim is from, once it was sent or a device asked for it. What is heard of later hosts
    /// meanwhile must not make it win against them.
    epoch: Option<u32>,
    /// How often it was asked.
    times: u32,
    guard: Option<TimerId>,
    /// Whether the device itself asked to be hosted.
    attaching: bool,
    suspect: Option<GatewayId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    MayI,
    Who,
}

impl Open {
    fn new(what: Asked, since: Time) -> Open {
        let (epoch, guard, suspect) = (None, None, None);
        Open { what, since, epoch, times: 0, guard, attaching: false, suspect }
    }

    /// Whether an answer of this epoch is one to this question, and not a late one to an earlier question: a claim
    /// makes a new epoch, or meets one that is newer than its own.
    fn is_answered_by(&self, epoch: u32, known: View) -> bool {
        self.what == Asked::Who || epoch > self.epoch.unwrap_or(known.epoch)
    }
}

impl Claims {
    /// A client said something that shows that it takes this gateway for its host.
    pub(super) fn answered(&mut self, client: ClientId) {
        self.last.remove(&client);
    }

    pub(super) fn is_open(&self, client: ClientId) -> bool {
        self.open.contains_key(&client)
    }
}

impl Gateway {
    /// Claims clients in one request; those claimed not long ago, as soon as that is.
    pub(super) fn claim(
        &mut self,
        clients: &[ClientId],
        suspect: Option<GatewayId>,
        cx: &mut Cx<'_>,
    ) {
        let (now, timeout) = (cx.now(), cx.world().strategy.ack_timeout);
        let mut ready = Vec::new();
        for &client in clients {
            if self.claims.is_open(client) {
                continue;
            }
            let wait = match self.claims.last.get(&client) {
                Some(&(last, times)) => {
                    let earliest = last + backed_off(timeout, 2.0, times - 1);
                    earliest.max(now) - now
                }
                None => Span::ZERO,
            };
            let open = Open { suspect, ..Open::new(Asked::MayI, now) };
            self.claims.open.insert(client, open);
            if wait.is_zero() {
                ready.push(client);
            } else {
                let guard = cx.set_timer(wait, timer(ChainTimer::Unanswered(client)));
                self.claims.open.get_mut(&client).expect("it was just put there").guard =
                    Some(guard);
            }
        }
        self.ask(&ready, suspect, cx);
    }

    /// Claims a client whose device asks for it, at once, from the epoch that is known here or there. What is
    /// asked about it already is asked from this epoch when it is asked again.
    pub(super) fn claim_for_device(
        &mut self,
        client: ClientId,
        epoch: u32,
        suspect: Option<GatewayId>,
        cx: &mut Cx<'_>,
    ) {
        let (attaching, epoch) = (true, Some(epoch));
        if let Some(open) = self.claims.open.get_mut(&client) {
            (open.attaching, open.epoch) = (attaching, epoch);
            return;
        }
        let open = Open { epoch, attaching, suspect, ..Open::new(Asked::MayI, cx.now()) };
        self.claims.open.insert(client, open);
        self.ask(&[client], suspect, cx);
    }

    /// Sends claims that are open to the directory, and waits for the answer.
    fn ask(&mut self, clients: &[ClientId], suspect: Option<GatewayId>, cx: &mut Cx<'_>) {
        if clients.is_empty() {
            return;
        }
        let claims: Rc<[Claim]> = clients
            .iter()
            .map(|&client| {
                let View { epoch: known, .. } = self.view(client, cx);
                let open = self.claims.open.get_mut(&client).expect("the claim is open");
                Claim { client, epoch: *open.epoch.get_or_insert(known) }
            })
            .collect();
        cx.send(directory(cx), directory_letter(DirectoryLetter::Claim { claims, suspect }));
        for &client in clients {
            let (_, times) = self.claims.last.get(&client).copied().unwrap_or_default();
            self.claims.last.insert(client, (cx.now(), times + 1));
            self.await_answer(client, cx);
        }
    }

    fn await_answer(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        let timeout = cx.world().strategy.ack_timeout;
        let open = self.claims.open.get_mut(&client).expect("the question is open");
        let wait = backed_off(timeout, 2.0, open.times);
        open.times += 1;
        open.guard = Some(cx.set_timer(wait, timer(ChainTimer::Unanswered(client))));
    }

    /// The directory is asked again.
    pub(super) fn unanswered(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        let Some(open) = self.claims.open.get(&client) else { return };
        match open.what {
            Asked::MayI => self.ask(&[client], open.suspect, cx),
            Asked::Who => {
                let clients = Rc::from([client]);
                cx.send(directory(cx), directory_letter(DirectoryLetter::LookUp(clients)));
                self.await_answer(client, cx);
            }
        }
    }

    /// Asks who hosts a client.
    pub(super) fn look_up(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        if !self.claims.is_open(client) {
            self.claims.open.insert(client, Open::new(Asked::Who, cx.now()));
            self.unanswered(client, cx);
        }
    }

    /// Comes back: asks whom the directory has here, and who hosts those whose mail is here.
    pub(super) fn take_inventory(&mut self, disk: &mut GatewayDisk, cx: &mut Cx<'_>) {
        let shelf = self.shelf(disk, cx);
        let mut others: Vec<ClientId> =
            shelf.held.ids().into_iter().map(|delivery| delivery.recipient).collect();
        others.extend(self.chain_clients(cx));
        others.sort_unstable();
        others.dedup();
        let inventory = DirectoryLetter::Inventory(others.into());
        cx.send(directory(cx), directory_letter(inventory));
        let again = cx.world().strategy.ack_timeout.max(Span::millis(1)).saturating_mul(2);
        cx.set_background_timer(again, timer(ChainTimer::NoInventory));
    }

    /// The directory answered. Who hosts whom is what is known then: a notice may have come before an answer that
    /// is older.
    pub(super) fn answered(&mut self, disk: &mut GatewayDisk, answers: &[Hosted], cx: &mut Cx<'_>) {
        for &Hosted { client, host, epoch } in answers {
            let before = self.view(client, cx);
            self.learn(client, View { host, epoch }, cx);
            let View { host, epoch: known } = self.view(client, cx);
            let open = self.claims.open.get(&client);
            if open.is_some_and(|open| !open.is_answered_by(epoch, before)) {
                continue;
            }
            let Some(open) = self.claims.open.remove(&client) else {
                // Of an inventory, or of a question that was answered before: this gateway may have learned of
                // the host, and not acted on it.
                if host != self.me {
                    self.relay_all(disk, client, None, cx);
                } else if before.host != self.me {
                    self.host(disk, client, known, cx.now(), cx);
                    self.expect_parked(client, cx);
                }
                continue;
            };
            if let Some(guard) = open.guard {
                cx.cancel_timer(guard);
            }
            if host == self.me {
                if open.what == Asked::MayI {
                    cx.tell(Note::Claimed { client, from: before.host, epoch: known });
                }
                self.host(disk, client, known, open.since, cx);
                if open.attaching {
                    self.ask_store(client, cx);
                } else {
                    self.expect_parked(client, cx);
                }
            } else {
                if open.attaching {
                    self.send_away(client, View { host, epoch: known }, cx);
                }
                self.relay_all(disk, client, Some(open.since), cx);
            }
        }
        self.follow(disk, answers.iter().map(|hosted| hosted.client), cx);
    }

    /// The directory says who hosts those at home here and those whose mail is here. The first time is the
    /// one that counts; an answer to the question's repetition is one like any other.
    pub(super) fn inventoried(
        &mut self,
        disk: &mut GatewayDisk,
        answers: &[Hosted],
        cx: &mut Cx<'_>,
    ) {
        if self.settled { self.answered(disk, answers, cx) } else { self.settle(disk, answers, cx) }
    }

    /// The first answer after a return. What the directory still has here is claimed anew, so that
    /// everybody hears of it and brings what they hold; what is held for others goes to their hosts.
    fn settle(&mut self, disk: &mut GatewayDisk, answers: &[Hosted], cx: &mut Cx<'_>) {
        self.settled = true;
        let mut mine = Vec::new();
        for &Hosted { client, host, epoch } in answers {
            self.learn(client, View { host, epoch }, cx);
            if self.view(client, cx).host == self.me {
                mine.push(client);
            } else {
                self.relay_all(disk, client, None, cx);
            }
        }
        self.claim(&mine, None, cx);
        self.claim_of_silent(disk, cx);
        self.bring_home(disk, answers.iter().map(|hosted| hosted.client), cx);
        self.mirror_chains(disk, cx);
        self.end_resync(cx);
    }
}

/// The directory's node.
pub(super) fn directory(cx: &Cx<'_>) -> NodeId {
    cx.world().service(ServiceKind::DIRECTORY).expect("there is a directory")
}

pub(super) fn directory_letter(letter: DirectoryLetter) -> Packet<Letter> {
    Packet::Between(Letter::Directory(letter))
}
