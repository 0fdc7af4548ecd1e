//! What a server asks the broker: each question goes to the primary as it is known, then to one replica after another,
//! until it is answered. When there is a new primary all are asked anew there.

use std::collections::BTreeMap;

use penult_sim::{NodeId, Time};

use super::super::Context;
use super::super::letters::{Ask, Letter};
use super::super::options::Term;
use super::super::timers::{Question, ServerTimer};
use super::timer;
use crate::ids::MessageId;
use crate::note::{Note, Wait};
use crate::packet::Packet;
use crate::parts::{Again, Pace};

/// The questions that are not answered.
#[derive(Debug, Default)]
pub(super) struct Questions {
    open: BTreeMap<Question, Open>,
}

#[derive(Debug)]
struct Open {
    ask: Ask,
    /// So many brokers were asked since the primary became known.
    turn: u32,
    again: Again,
    /// Whom it was asked last, and when.
    last: Option<(NodeId, Time)>,
    /// Whether the message is here for another reason too: then what that waits for counts.
    is_beside: bool,
}

impl Questions {
    pub(super) fn is_open(&self, question: Question) -> bool {
        self.open.contains_key(&question)
    }

    pub(super) fn get(&self, question: Question) -> Option<&Ask> {
        self.open.get(&question).map(|open| &open.ask)
    }

    /// Asks, instead of what was asked under this name before, if anything was.
    pub(super) fn begin(&mut self, question: Question, ask: Ask, term: Term, cx: &mut Context<'_>) {
        self.answered(question, cx);
        let open = Open { ask, turn: 0, again: Again::default(), last: None, is_beside: false };
        self.open.entry(question).or_insert(open).say(question, term, cx);
    }

    /// The answer came, or nobody wants it any more: what was asked.
    pub(super) fn answered(&mut self, question: Question, cx: &mut Context<'_>) -> Option<Ask> {
        let mut open = self.open.remove(&question)?;
        open.again.stop(cx);
        Some(open.ask)
    }

    /// A message that the broker is asked to store came back to here.
    pub(super) fn came_back(&mut self, message: MessageId) {
        if let Some(open) = self.open.get_mut(&Question::Put(message)) {
            open.is_beside = true;
        }
    }

    /// Nobody has answered.
    pub(super) fn again(&mut self, question: Question, term: Term, cx: &mut Context<'_>) {
        if let Some(open) = self.open.get_mut(&question) {
            open.say(question, term, cx);
        }
    }

    /// There is a new primary: everything is asked there, as for the first time.
    pub(super) fn ask_anew(&mut self, term: Term, cx: &mut Context<'_>) {
        for (&question, open) in &mut self.open {
            open.turn = 0;
            open.again.forget_times();
            if question != Question::Check {
                open.say(question, term, cx);
            }
        }
    }
}

impl Open {
    fn say(&mut self, question: Question, term: Term, cx: &mut Context<'_>) {
        let world = cx.world();
        let to = (term.id + self.turn) % world.strategy.replicas;
        let to = world.places.service(to);
        self.turn += 1;
        if let (Ask::Put(message, _), Some((asked, since))) = (&self.ask, self.last)
            && cx.now() > since
            && !self.is_beside
        {
            let why = Wait::For(asked);
            let all = message.deliveries();
            all.for_each(|delivery| cx.tell(Note::Waited { delivery, why, since }));
        }
        self.last = Some((to, cx.now()));
        cx.send(to, Packet::Between(Letter::Ask(self.ask.clone())));
        let pace = Pace::doubling(world.strategy.ack_timeout);
        self.again.said(pace, timer(ServerTimer::Unanswered(question)), cx);
    }
}
