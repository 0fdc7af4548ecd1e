//! Several recipients: a message is deleted when each of them has done what deletes it. Their hosts report to
//! the gateway at which the message entered the system, or to the next of its list; that one gathers.

use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::gateway::{Gateway, GatewayDisk};
use super::letters::{Letter, News};
use super::route::Behind;
use super::shelf::Gathered;
use super::{ChainTimer, Cx, between, pace, timer};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::message::Recipients;
use crate::parts::{Again, Pace};

/// What a host has to say about a delivery, and to whom.
#[derive(Debug)]
pub(super) struct Report {
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

impl Gateway {
    /// Reports that the trigger of a delivery came, again and again until the delivery is done.
    pub(super) fn report_to(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        to: Arc<[GatewayId]>,
        recipients: Option<Recipients>,
        cx: &mut Cx<'_>,
    ) {
        if let Entry::Vacant(place) = self.reports.entry(delivery) {
            let (passed, told, attempts, heard) = (0, None, 0, false);
            let again = Again::default();
            place.insert(Report { to, recipients, passed, told, attempts, again, heard });
            self.report(disk, delivery, cx);
        }
    }

    fn report(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &mut Cx<'_>) {
        let (me, timeout) = (self.me, cx.world().strategy.ack_timeout);
        let report = self.reports.get_mut(&delivery).expect("it was just looked at");
        let open = &report.to[report.passed..];
        let next = open.iter().copied().find(|&gateway| !self.suspects.has(gateway));
        if report.told != next {
            (report.told, report.attempts, report.heard) = (next, 0, false);
            report.again.forget_times();
        }
        // Until it is heard, attempts follow each other as those of messages do.
        let is_known = report.heard || next.is_none_or(|next| next == me);
        let pace = if is_known { pace(cx) } else { Pace::steady(timeout) };
        report.attempts += 1;
        report.again.said(pace.in_background(), timer(ChainTimer::Ungathered(delivery)), cx);
        let recipients = report.recipients.clone();
        match (next, recipients) {
            (Some(to), Some(recipients)) if to == me => {
                self.gather(disk, delivery, &recipients, me, cx);
            }
            (Some(to), Some(recipients)) => {
                between(to, Letter::Triggered { delivery, recipients }, cx);
            }
            (Some(to), None) if to == me => self.happened_heard(disk, delivery, false, cx),
            (Some(to), None) => between(to, Letter::Happened(delivery), cx),
            (None, _) => {}
        }
    }

    /// A report was not answered, or the message is not done yet.
    pub(super) fn ungathered(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let is_held = self.shelf(disk, cx).held.contains(delivery);
        let Some(report) = self.reports.get(&delivery) else { return };
        if report.recipients.is_some() && !is_held {
            self.reports.remove(&delivery);
            return;
        }
        let attempts = cx.world().strategy.attempts;
        let is_silent = |&told: &GatewayId| told != self.me && report.attempts >= attempts;
        if let Some(silent) = report.told.filter(is_silent) {
            self.suspect(disk, silent, cx);
        }
        self.report(disk, delivery, cx);
    }

    /// A report was heard.
    pub(super) fn report_heard(&mut self, delivery: DeliveryId, by: GatewayId) {
        if let Some(report) = self.reports.get_mut(&delivery)
            && report.told == Some(by)
        {
            (report.attempts, report.heard) = (0, true);
        }
    }

    /// Another gateway looks for one that holds this.
    pub(super) fn happened_elsewhere(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let now = cx.now();
        let shelf = self.shelf(disk, cx);
        let had = shelf.held.contains(delivery)
            || shelf.is_done(delivery, now)
            || shelf.is_parked(delivery, now);
        between(from, Letter::HappenedHeard { delivery, had }, cx);
        self.triggered(disk, delivery, cx);
    }

    /// One that was asked sees to it, or does not hold it.
    pub(super) fn happened_heard(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        had: bool,
        cx: &mut Cx<'_>,
    ) {
        let Some(report) = self.reports.get_mut(&delivery) else { return };
        if report.recipients.is_some() {
            return;
        }
        report.again.stop(cx);
        report.passed += 1;
        report.told = None;
        if had || report.passed >= report.to.len() {
            self.reports.remove(&delivery);
        } else {
            self.report(disk, delivery, cx);
        }
    }

    /// A host reports that the trigger of a delivery came there.
    pub(super) fn told_triggered(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        delivery: DeliveryId,
        recipients: &Recipients,
        cx: &mut Cx<'_>,
    ) {
        between(from, Letter::TriggeredHeard(delivery), cx);
        self.gather(disk, delivery, recipients, from, cx);
    }

    /// One more of a message's recipients has triggered its deletion. When all have, it is deleted along every
    /// sequence, and wherever a host reported from.
    fn gather(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        recipients: &Recipients,
        from: GatewayId,
        cx: &mut Cx<'_>,
    ) {
        let (now, hold, me) = (cx.now(), cx.world().strategy.hold, self.me);
        let shelf = self.shelf(disk, cx);
        if shelf.is_done(delivery, now) {
            if from != me {
                self.tell_news(delivery, News::Done, from, Behind::NOBODY, cx);
            }
            return;
        }
        shelf.gathered.retain(|_, gathered| gathered.until > now);
        let gathered = shelf
            .gathered
            .entry(delivery.message)
            .or_insert_with(|| Gathered { told_by: Default::default(), until: now + hold });
        gathered.told_by.insert(delivery.recipient, from);
        let all = recipients.as_slice();
        if !all.iter().all(|recipient| gathered.told_by.contains_key(recipient)) {
            return;
        }
        let gathered = shelf.gathered.remove(&delivery.message).expect("it is complete");
        let all: Vec<(ClientId, GatewayId)> = gathered.told_by.into_iter().collect();
        for (recipient, reporter) in all {
            let delivery = DeliveryId { message: delivery.message, recipient };
            let hearers = self.hearers_of(disk, delivery, cx);
            if let Some(mut report) = self.reports.remove(&delivery) {
                report.again.stop(cx);
            }
            self.done(disk, delivery, None, cx);
            if reporter != me && !hearers.contains(&reporter) {
                self.tell_news(delivery, News::Done, reporter, Behind::NOBODY, cx);
            }
        }
    }
}
