//! Spreading: what became of a delivery is told to everybody who holds it, until they say that they heard.
//!
//! A gateway tells those that it has the delivery from and those that it gave it to. Whoever stands behind one
//! that is silent is told instead; it itself is told when it returns.

use std::rc::Rc;

use penult_sim::IdMap;

use super::held::{From, Held};
use super::letters::{Copy, Letter, News};
use super::route::Behind;
use super::{ChainTimer, Cx, between, pace, timer};
use crate::few::Few;
use crate::ids::{DeliveryId, GatewayId};
use crate::message::Message;
use crate::parts::{Again, Pace, Suspects};

/// What a gateway has told of deliveries, and who has yet to hear it.
#[derive(Debug)]
pub(super) struct Spreading {
    me: GatewayId,
    by_delivery: IdMap<Few<(GatewayId, Word)>>,
}

/// What a gateway has yet to hear of a delivery.
#[derive(Debug)]
struct Word {
    news: News,
    /// Who is to hear it instead while that one is silent.
    beyond: Behind,
    again: Again,
    /// It was taken for dead when it was last told.
    in_vain: bool,
    /// It took this from the sender, who is to hear that it was received; from here if that one is silent.
    receipt: Option<Rc<Message>>,
}

/// What was not heard in time.
pub(super) struct Late {
    delivery: DeliveryId,
    by: GatewayId,
    word: Word,
    /// Whether it was told as often as anybody is before being taken for dead.
    pub(super) is_silent: bool,
}

/// Who is to hear from here what became of a delivery: those it was sent to, and who brought it.
pub(super) struct Hearers {
    others: Few<GatewayId>,
    from: From,
    /// What they have of it says in which route they stand.
    copy: Copy,
}

impl Hearers {
    pub(super) fn of(held: &Held) -> Self {
        Hearers { others: held.others.clone(), from: held.from, copy: held.copy.clone() }
    }

    pub(super) fn gateways(&self) -> impl Iterator<Item = GatewayId> {
        let brought = match self.from {
            From::Gateway(from) => Some(from),
            From::Sender | From::Store => None,
        };
        self.others.iter().copied().chain(brought)
    }
}

impl std::convert::From<Held> for Hearers {
    fn from(Held { others, from, copy, .. }: Held) -> Self {
        Hearers { others, from, copy }
    }
}

impl Spreading {
    pub(super) fn new(me: GatewayId) -> Self {
        Spreading { me, by_delivery: IdMap::new() }
    }

    /// Tells all who are to hear it, but for whoever said so. True if the one who took it from its sender, and is to tell
    /// it of the `receipt`, is taken for dead.
    pub(super) fn tell_all(
        &mut self,
        (delivery, news): (DeliveryId, News),
        hearers: &Hearers,
        told_by: Option<GatewayId>,
        receipt: bool,
        suspects: &Suspects,
        cx: &mut Cx<'_>,
    ) -> bool {
        let mut source_is_gone = false;
        for to in hearers.gateways() {
            if Some(to) == told_by || to == self.me {
                continue;
            }
            let beyond = Behind::of(&hearers.copy.route, hearers.copy.place, to);
            let mut message = None;
            if receipt && to == hearers.copy.source {
                source_is_gone |= suspects.has(to);
                message = (!suspects.has(to)).then(|| hearers.copy.message.clone());
            }
            self.tell_of((delivery, news), to, (beyond, message), suspects, cx);
        }
        source_is_gone
    }

    /// The next of a sequence can't pass it on: those behind it are told from here.
    pub(super) fn pass_beyond(
        &mut self,
        (delivery, news): (DeliveryId, News),
        beyond: &Behind,
        suspects: &Suspects,
        cx: &mut Cx<'_>,
    ) {
        if let Some((next, rest)) = beyond.split_first() {
            if next == self.me {
                return self.pass_beyond((delivery, news), &rest, suspects, cx);
            }
            self.tell((delivery, news), next, rest, suspects, cx);
        }
    }

    /// Tells a gateway what became of a delivery, and those behind it if it is suspected.
    pub(super) fn tell(
        &mut self,
        (delivery, news): (DeliveryId, News),
        to: GatewayId,
        beyond: Behind,
        suspects: &Suspects,
        cx: &mut Cx<'_>,
    ) {
        self.tell_of((delivery, news), to, (beyond, None), suspects, cx);
    }

    fn tell_of(
        &mut self,
        (delivery, news): (DeliveryId, News),
        to: GatewayId,
        (beyond, receipt): (Behind, Option<Rc<Message>>),
        suspects: &Suspects,
        cx: &mut Cx<'_>,
    ) {
        match self.get_mut(delivery, to) {
            Some(before) if before.news >= news => return,
            Some(before) => before.again.stop(cx),
            None => {}
        }
        if suspects.has(to) {
            let nobody = Behind::NOBODY;
            self.say(delivery, to, (news, nobody, None), Again::default(), suspects, cx);
            self.pass_beyond((delivery, news), &beyond, suspects, cx);
        } else {
            self.say(delivery, to, (news, beyond, receipt), Again::default(), suspects, cx);
        }
    }

    fn say(
        &mut self,
        delivery: DeliveryId,
        to: GatewayId,
        (news, beyond, receipt): (News, Behind, Option<Rc<Message>>),
        mut again: Again,
        suspects: &Suspects,
        cx: &mut Cx<'_>,
    ) {
        debug_assert_ne!(to, self.me, "nobody tells itself");
        between(to, Letter::News { delivery, news, beyond: beyond.clone() }, cx);
        let in_vain = suspects.has(to);
        let pace = match in_vain {
            true => pace(cx),
            false => Pace::steady(cx.world().strategy.ack_timeout),
        };
        again.said(pace.in_background(), timer(ChainTimer::Unheard(delivery, to)), cx);
        self.insert(delivery, to, Word { news, beyond, again, in_vain, receipt });
    }

    /// A gateway has heard it.
    pub(super) fn heard(
        &mut self,
        delivery: DeliveryId,
        by: GatewayId,
        news: News,
        cx: &mut Cx<'_>,
    ) {
        if let Some(mut word) = self.remove_if(delivery, by, |word| word.news == news) {
            word.again.stop(cx);
        }
    }

    /// A gateway has not heard it in time. It is told once more by [`tell_late`](Self::tell_late).
    pub(super) fn late(
        &mut self,
        delivery: DeliveryId,
        by: GatewayId,
        attempts: u32,
        suspects: &Suspects,
    ) -> Option<Late> {
        let mut word = self.remove_if(delivery, by, |_| true)?;
        if word.in_vain && !suspects.has(by) {
            // It is back. What it was told while it was dead is no silence of its own.
            word.again.forget_times();
        }
        let is_silent = word.again.times() >= attempts;
        Some(Late { delivery, by, word, is_silent })
    }

    /// Tells once more what was not heard; if it was told for long enough, to those behind too. The message, if its sender
    /// is to hear of its receipt from here from now on.
    pub(super) fn tell_late(
        &mut self,
        Late { delivery, by, word, is_silent }: Late,
        suspects: &Suspects,
        cx: &mut Cx<'_>,
    ) -> Option<Rc<Message>> {
        let Word { news, beyond, again, receipt, .. } = word;
        if !is_silent {
            self.say(delivery, by, (news, beyond, receipt), again, suspects, cx);
            return None;
        }
        self.say(delivery, by, (news, Behind::NOBODY, None), again, suspects, cx);
        self.pass_beyond((delivery, news), &beyond, suspects, cx);
        receipt
    }

    fn get_mut(&mut self, delivery: DeliveryId, by: GatewayId) -> Option<&mut Word> {
        let told = self.by_delivery.get_mut(delivery.key())?;
        told.iter_mut().find(|(gateway, _)| *gateway == by).map(|(_, word)| word)
    }

    /// Notes what a gateway was told, instead of what it was told before.
    fn insert(&mut self, delivery: DeliveryId, by: GatewayId, word: Word) {
        let told = self.by_delivery.get_or_insert_with(delivery.key(), Few::default);
        match told.iter_mut().find(|(gateway, _)| *gateway == by) {
            Some((_, before)) => {
                debug_assert!(before.news <= word.news, "{before:?} is more than {word:?}");
                *before = word;
            }
            None => told.push((by, word)),
        }
    }

    /// It was heard, or is told anew: takes it out, if it is `wanted`.
    fn remove_if(
        &mut self,
        delivery: DeliveryId,
        by: GatewayId,
        wanted: impl FnOnce(&Word) -> bool,
    ) -> Option<Word> {
        let told = self.by_delivery.get_mut(delivery.key())?;
        let place = told.iter().position(|(gateway, _)| *gateway == by)?;
        if !wanted(&told[place].1) {
            return None;
        }
        let (_, word) = told.remove(place);
        if told.is_empty() {
            self.by_delivery.remove(delivery.key());
        }
        Some(word)
    }
}
