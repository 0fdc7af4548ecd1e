//! What a gateway asks the directory about clients: whether it may host them, who does, and, at its return, both.

use std::rc::Rc;

use penult_sim::{Span, Time};

use super::{Answer, SeatTimer, Seats, View, WithSeats, pace, reminder, say};
use crate::directory::{Claim, DirectoryLetter, Hosted};
use crate::ids::{ClientId, GatewayId};
use crate::note::Note;
use crate::parts::Again;
use crate::server::Cx;

/// A question that the directory has not answered.
#[derive(Debug)]
pub(super) struct Question {
    what: Asked,
    since: Time,
    /// The epoch that a claim is from, once it was sent or a device asked for it. What is heard of later hosts
    /// meanwhile must not make it win against them.
    epoch: Option<u32>,
    again: Again,
    /// Whether the device itself asked to be hosted.
    attaching: bool,
    /// Whether the client is served here meanwhile: then nobody takes it over.
    beside: bool,
    suspect: Option<GatewayId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    MayI,
    Who,
}

impl Question {
    fn new(what: Asked, since: Time) -> Question {
        let (epoch, suspect) = (None, None);
        let (again, attaching, beside) = (Again::default(), false, false);
        Question { what, since, epoch, again, attaching, beside, suspect }
    }

    /// Whether an answer of this epoch is one to this question, and not a late one to an earlier question: a claim
    /// makes a new epoch, or meets one that is newer than its own.
    fn is_answered_by(&self, epoch: u32, known: View) -> bool {
        self.what == Asked::Who || epoch > self.epoch.unwrap_or(known.epoch)
    }
}

impl Seats {
    /// Whether the directory is asked about a client, and has not answered.
    #[inline]
    pub fn asks_about(&self, client: ClientId) -> bool {
        self.open.contains_key(&client)
    }

    /// A client said something that shows that it takes this gateway for its host.
    pub fn is_taken_for_host(&mut self, client: ClientId) {
        self.claimed.remove(&client);
    }

    /// Claims clients in one request; those claimed not long ago, as soon as that is.
    pub fn claim<S: WithSeats>(
        &mut self,
        clients: &[ClientId],
        suspect: Option<GatewayId>,
        cx: &mut Cx<'_, S>,
    ) {
        let (now, pace) = (cx.now(), pace(cx));
        let mut ready = Vec::new();
        for &client in clients {
            if self.asks_about(client) {
                continue;
            }
            let wait = match self.claimed.get(&client) {
                Some(&(last, times)) => {
                    let earliest = last + pace.wait_after(times - 1);
                    earliest.max(now) - now
                }
                None => Span::ZERO,
            };
            let mut question = Question { suspect, ..Question::new(Asked::MayI, now) };
            if wait.is_zero() {
                ready.push(client);
            } else {
                let reminder = reminder::<S>(SeatTimer::Unanswered(client));
                question.again.begins_after(wait, pace, reminder, cx);
            }
            self.open.insert(client, question);
        }
        self.ask(&ready, suspect, cx);
    }

    /// A client that is not hosted here sends from here: its host may be gone.
    pub fn claim_sender<S: WithSeats>(&mut self, client: ClientId, cx: &mut Cx<'_, S>) {
        if self.is_settled() {
            let View { host, .. } = self.view(client, cx);
            self.claim(&[client], Some(host).filter(|&host| host != self.me), cx);
        }
    }

    /// Claims a client whose device asks for it, at once, from the epoch that is known here or there. What is
    /// asked about it already is asked from this epoch when it is asked again.
    pub(super) fn claim_for_device<S: WithSeats>(
        &mut self,
        client: ClientId,
        epoch: u32,
        suspect: Option<GatewayId>,
        cx: &mut Cx<'_, S>,
    ) {
        // A device that knows of a later epoch has another host, or had one.
        let beside = self.hosts(client, cx) && !self.is_behind(client, epoch, cx);
        let (attaching, epoch) = (true, Some(epoch));
        if let Some(open) = self.open.get_mut(&client) {
            (open.attaching, open.epoch) = (attaching, epoch);
            return;
        }
        let new = Question::new(Asked::MayI, cx.now());
        self.open.insert(client, Question { epoch, attaching, beside, suspect, ..new });
        self.ask(&[client], suspect, cx);
    }

    /// Sends claims that are open to the directory, and waits for the answer.
    fn ask<S: WithSeats>(
        &mut self,
        clients: &[ClientId],
        suspect: Option<GatewayId>,
        cx: &mut Cx<'_, S>,
    ) {
        if clients.is_empty() {
            return;
        }
        let claims: Rc<[Claim]> = clients
            .iter()
            .map(|&client| {
                let View { epoch: known, .. } = self.view(client, cx);
                let open = self.open.get_mut(&client).expect("the claim is open");
                Claim { client, epoch: *open.epoch.get_or_insert(known) }
            })
            .collect();
        say(DirectoryLetter::Claim { claims, suspect }, cx);
        for &client in clients {
            let (last, times) = self.claimed.entry(client).or_default();
            (*last, *times) = (cx.now(), *times + 1);
            self.await_answer(client, cx);
        }
    }

    fn await_answer<S: WithSeats>(&mut self, client: ClientId, cx: &mut Cx<'_, S>) {
        let open = self.open.get_mut(&client).expect("the question is open");
        open.again.said(pace(cx), reminder::<S>(SeatTimer::Unanswered(client)), cx);
    }

    /// The directory is asked again.
    pub fn unanswered<S: WithSeats>(&mut self, client: ClientId, cx: &mut Cx<'_, S>) {
        let Some(open) = self.open.get(&client) else { return };
        match open.what {
            Asked::MayI => self.ask(&[client], open.suspect, cx),
            Asked::Who => {
                say(DirectoryLetter::LookUp(Rc::from([client])), cx);
                self.await_answer(client, cx);
            }
        }
    }

    /// Asks who hosts a client.
    pub fn look_up<S: WithSeats>(&mut self, client: ClientId, cx: &mut Cx<'_, S>) {
        if !self.asks_about(client) {
            self.open.insert(client, Question::new(Asked::Who, cx.now()));
            self.unanswered(client, cx);
        }
    }

    /// Comes back: asks whom the directory has here, and who hosts these others.
    pub fn take_inventory<S: WithSeats>(&self, others: Vec<ClientId>, cx: &mut Cx<'_, S>) {
        say(DirectoryLetter::Inventory(others.into()), cx);
        let again = S::directory_timeout(&cx.world().strategy).max(Span::millis(1));
        let again = again.saturating_mul(2);
        cx.set_background_timer(again, reminder::<S>(SeatTimer::NoInventory));
    }

    /// The directory said whom it has here. True if that is the first word of it since the return: what it says
    /// of each client is then to be [learnt](Seats::learn). An answer to the question's repetition is an
    /// [answer](Seats::answered) like any other.
    pub fn settle(&mut self) -> bool {
        !std::mem::replace(&mut self.settled, true)
    }

    /// The directory answers about a client. Who hosts it is what is known then: a notice may have come before an
    /// answer that is older.
    pub fn answered<S: WithSeats>(&mut self, hosted: Hosted, cx: &mut Cx<'_, S>) -> Answer {
        let (answer, is_to_hear) = self.judge(hosted, cx);
        if is_to_hear {
            self.send_away(hosted.client, cx);
        }
        answer
    }

    /// The same, where the device of a client is told otherwise: whether it had asked, and is to hear that it is hosted
    /// elsewhere.
    pub fn judge<S: WithSeats>(
        &mut self,
        Hosted { client, host, epoch }: Hosted,
        cx: &mut Cx<'_, S>,
    ) -> (Answer, bool) {
        let before = self.view(client, cx);
        self.learn(client, View { host, epoch }, cx);
        let View { host, epoch: known } = self.view(client, cx);
        let open = self.open.get(&client);
        if open.is_some_and(|open| !open.is_answered_by(epoch, before)) {
            return (Answer::Nothing, false);
        }
        let Some(mut open) = self.open.remove(&client) else {
            // Of an inventory, or of a question that was answered before: this gateway may have learned of
            // the host, and not acted on it.
            let answer = if host != self.me {
                Answer::Elsewhere { asked: None }
            } else if before.host != self.me {
                Answer::Here { epoch: known, asked: cx.now(), attaching: false }
            } else {
                Answer::Nothing
            };
            return (answer, false);
        };
        open.again.stop(cx);
        let Question { what, since: asked, attaching, beside, .. } = open;
        if host != self.me {
            return (Answer::Elsewhere { asked: Some(asked) }, attaching);
        }
        if what == Asked::MayI && !(beside && before.host == self.me) {
            cx.tell(Note::Claimed { client, from: before.host, epoch: known });
        }
        (Answer::Here { epoch: known, asked, attaching }, false)
    }
}
