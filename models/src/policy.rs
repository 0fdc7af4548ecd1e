//! Policy: what a gateway lets pass, what it takes away, and what it refuses.

use std::rc::Rc;

use penult_sim::{Delay, IdMap, Span, Time};

use crate::ids::ClientId;
use crate::message::{Flags, Message};
use crate::purpose;
use crate::remembered::Remembered;
use crate::server::{Cx, Server};

/// The configuration of policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PolicyOptions {
    /// CPU time for each run.
    pub cost: Delay,
    /// So many messages of one sender in each period; absent: any number.
    pub messages: Option<MessageLimit>,
    /// The largest attachment that passes; absent: any.
    pub attachment: Option<u32>,
    /// The longest time to view that passes; absent: any.
    pub view: Option<Span>,
}

/// How many messages a sender may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageLimit {
    /// So many.
    pub messages: u32,
    /// In each of these periods, counted from the start of the run.
    pub per: Span,
}

/// What policy decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on, with these flags.
    Passes(Flags),
    /// It is refused.
    Refused,
}

/// The work of one run of policy.
pub(crate) fn work<S: Server>(options: &PolicyOptions, cx: &mut Cx<'_, S>) -> Span {
    match options.cost.as_constant() {
        Some(work) => work,
        None => options.cost.sample(&mut cx.draw(purpose::POLICY_COST)),
    }
}

/// A gateway's policy: its own counts of what it let pass.
#[derive(Debug, Default)]
pub struct Policy {
    /// For each sender the period counted last, and how many passed in it.
    counts: IdMap<(u64, u32)>,
    /// What was refused: each resend is refused again, whatever the counts say by then.
    refused: Remembered,
}

impl Policy {
    /// Runs over a message that came from its sender.
    pub fn judge(&mut self, options: &PolicyOptions, message: &Message, now: Time) -> Verdict {
        if message.harmful || !self.counts_in(options, message.sender, now) {
            return Verdict::Refused;
        }
        let stripped = options.attachment.is_some_and(|limit| message.attachment > limit);
        let view_limit = options.view.filter(|&limit| message.view > limit);
        Verdict::Passes(Flags { checked: true, stripped, view_limit })
    }

    /// Remembers for so long that a message was refused.
    pub fn refuse(&mut self, message: &Rc<Message>, now: Time, hold: Span) {
        for delivery in message.deliveries() {
            self.refused.add(delivery, Some(message), now, hold);
        }
    }

    /// Whether a message was refused before.
    pub fn has_refused(&mut self, message: &Message, now: Time) -> bool {
        message.deliveries().next().is_some_and(|first| self.refused.knows(first, now))
    }

    /// Counts a message, if its sender's limit has room for it.
    fn counts_in(&mut self, options: &PolicyOptions, sender: ClientId, now: Time) -> bool {
        let Some(limit) = options.messages else { return true };
        let period = now.nanos() / limit.per.as_nanos().max(1);
        let count = self.counts.get_or_insert_with(sender.0.into(), || (period, 0));
        if count.0 != period {
            *count = (period, 0);
        }
        let has_room = count.1 < limit.messages;
        count.1 += u32::from(has_room);
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MessageId, Recipients};

    fn message(sender: u32, attachment: u32, view: u64, harmful: bool) -> Message {
        Message {
            id: MessageId::of_workload(0),
            sender: ClientId(sender),
            recipients: Recipients::One(ClientId(9)),
            created: Time::ZERO,
            bytes: 100,
            attachment,
            view: Span::secs(view),
            harmful,
            answers: None,
            conversation: None,
        }
    }

    #[test]
    fn limits_count_by_sender_and_period() {
        let messages = Some(MessageLimit { messages: 2, per: Span::secs(10) });
        let options = PolicyOptions { messages, ..PolicyOptions::default() };
        let mut policy = Policy::default();
        let mut passes = |sender, secs| {
            let now = Time::ZERO + Span::secs(secs);
            policy.judge(&options, &message(sender, 0, 0, false), now) != Verdict::Refused
        };
        let passed = [(1, 0), (1, 9), (1, 9), (2, 9), (1, 10), (1, 19), (1, 19), (1, 35)];
        let expected = [true, true, false, true, true, true, false, true];
        assert_eq!(passed.map(|(sender, secs)| passes(sender, secs)), expected);
    }

    #[test]
    fn strips_cuts_and_refuses() {
        let (attachment, view) = (Some(1000), Some(Span::secs(5)));
        let options = PolicyOptions { attachment, view, ..PolicyOptions::default() };
        let mut policy = Policy::default();
        let mut judge = |message: &Message| policy.judge(&options, message, Time::ZERO);
        let plain = Flags { checked: true, ..Flags::default() };
        assert_eq!(judge(&message(1, 1000, 5, false)), Verdict::Passes(plain));
        let large = message(1, 1001, 6, false);
        let Verdict::Passes(flags) = judge(&large) else { panic!("it passes") };
        assert_eq!((flags.bytes_of(&large), flags.view_of(&large)), (100, Span::secs(5)));
        assert_eq!(judge(&message(1, 0, 0, true)), Verdict::Refused);
    }
}
