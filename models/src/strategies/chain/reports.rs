//! Reports: what a host has to say of the triggers that came there, and to whom, until it is heard or done.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::letters::Letter;
use super::{ChainTimer, Cx, between, pace, timer};
use crate::ids::{DeliveryId, GatewayId};
use crate::message::Recipients;
use crate::parts::{Again, Pace, Suspects};

/// What has to be said of the triggers that came here.
#[derive(Debug)]
pub(super) struct Reports {
    me: GatewayId,
    open: BTreeMap<DeliveryId, Report>,
}

/// What a host has to say about a delivery, and to whom.
#[derive(Debug)]
struct Report {
    /// The first of these that is not suspected hears it.
    to: Arc<[GatewayId]>,
    /// Of a message with several: who they are. Else this gateway does not hold it, and looks for one that does.
    recipients: Option<Recipients>,
    /// How many of those were asked and don't hold it.
    passed: usize,
    /// Whom it was told last.
    told: Option<GatewayId>,
    /// How often without an answer.
    attempts: u32,
    again: Again,
    /// Whether that one ever answered.
    heard: bool,
}

/// What it means that a report was not answered in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// Nothing: nobody has to hear it any more.
    Over,
    /// It is said again.
    Again,
    /// This one was told as often as anybody is before being taken for dead. Then it is said again.
    Silent(GatewayId),
}

impl Reports {
    pub(super) fn new(me: GatewayId) -> Self {
        Reports { me, open: BTreeMap::new() }
    }

    /// Reports that the trigger of a delivery came, again and again until the delivery is done. As [`say`](Self::say).
    pub(super) fn begin(
        &mut self,
        delivery: DeliveryId,
        to: Arc<[GatewayId]>,
        recipients: Option<Recipients>,
        suspects: &Suspects,
        cx: &mut Cx<'_>,
    ) -> Option<Recipients> {
        debug_assert!(!to.is_empty(), "somebody hears of {delivery:?}");
        let Entry::Vacant(place) = self.open.entry(delivery) else { return None };
        let (passed, told, attempts, heard) = (0, None, 0, false);
        let again = Again::default();
        place.insert(Report { to, recipients, passed, told, attempts, again, heard });
        self.say(delivery, suspects, cx)
    }

    /// Says it. If it is this gateway itself that hears it, and gathers, it gets the message's recipients.
    pub(super) fn say(
        &mut self,
        delivery: DeliveryId,
        suspects: &Suspects,
        cx: &mut Cx<'_>,
    ) -> Option<Recipients> {
        let (me, timeout) = (self.me, cx.world().strategy.ack_timeout);
        let report = self.open.get_mut(&delivery).expect("it was just looked at");
        let open = &report.to[report.passed..];
        let next = open.iter().copied().find(|&gateway| !suspects.has(gateway));
        if report.told != next {
            (report.told, report.attempts, report.heard) = (next, 0, false);
            report.again.forget_times();
        }
        // Until it is heard, attempts follow each other as those of messages do.
        let is_known = report.heard || next.is_none_or(|next| next == me);
        let pace = if is_known { pace(cx) } else { Pace::steady(timeout) };
        report.attempts += 1;
        report.again.said(pace.in_background(), timer(ChainTimer::Ungathered(delivery)), cx);
        match (next?, report.recipients.clone()) {
            (to, Some(recipients)) if to == me => return Some(recipients),
            (to, Some(recipients)) => between(to, Letter::Triggered { delivery, recipients }, cx),
            (to, None) if to == me => self.answered(delivery, false, suspects, cx),
            (to, None) => between(to, Letter::Happened(delivery), cx),
        }
        None
    }

    /// A report was not answered, or the message is not done yet.
    pub(super) fn unanswered(
        &mut self,
        delivery: DeliveryId,
        is_held: bool,
        attempts: u32,
    ) -> Unanswered {
        let Some(report) = self.open.get(&delivery) else { return Unanswered::Over };
        if report.recipients.is_some() && !is_held {
            self.open.remove(&delivery);
            return Unanswered::Over;
        }
        match report.told {
            Some(told) if told != self.me && report.attempts >= attempts => {
                Unanswered::Silent(told)
            }
            _ => Unanswered::Again,
        }
    }

    /// A report was heard by whoever gathers.
    pub(super) fn heard(&mut self, delivery: DeliveryId, by: GatewayId) {
        if let Some(report) = self.open.get_mut(&delivery)
            && report.told == Some(by)
        {
            (report.attempts, report.heard) = (0, true);
        }
    }

    /// One that was asked whether it has the delivery sees to it, or does not hold it.
    pub(super) fn answered(
        &mut self,
        delivery: DeliveryId,
        had: bool,
        suspects: &Suspects,
        cx: &mut Cx<'_>,
    ) {
        let Some(report) = self.open.get_mut(&delivery) else { return };
        if report.recipients.is_some() {
            return;
        }
        report.again.stop(cx);
        report.passed += 1;
        report.told = None;
        if had || report.passed >= report.to.len() {
            self.open.remove(&delivery);
        } else {
            let gatherer = self.say(delivery, suspects, cx);
            debug_assert!(gatherer.is_none(), "who looks for a holder knows no recipients");
        }
    }

    /// The delivery is done: nobody has to hear of it any more.
    pub(super) fn done(&mut self, delivery: DeliveryId, cx: &mut Cx<'_>) {
        if let Some(mut report) = self.open.remove(&delivery) {
            report.again.stop(cx);
        }
    }
}
