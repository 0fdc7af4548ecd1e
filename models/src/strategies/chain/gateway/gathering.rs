//! Several recipients: a message is deleted when each of them has done what deletes it. Their hosts report to
//! the gateway at which the message entered the system, or to the next of its list; that one gathers.

use std::sync::Arc;

use penult_sim::Time;

use super::parking::has_store;
use super::{Gateway, GatewayDisk};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::message::Recipients;
use crate::strategies::chain::letters::{Letter, News};
use crate::strategies::chain::reports::Unanswered;
use crate::strategies::chain::route::Behind;
use crate::strategies::chain::shelf::Gathered;
use crate::strategies::chain::{Cx, between};

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
        let mine = self.reports.begin(delivery, to, recipients, &self.suspects, cx);
        self.gather_mine(disk, delivery, mine, cx);
    }

    /// It is this gateway itself that hears of a trigger here, if it knows the message's recipients by that.
    fn gather_mine(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        recipients: Option<Recipients>,
        cx: &mut Cx<'_>,
    ) {
        if let Some(recipients) = recipients {
            self.gather(disk, delivery, &recipients, self.me, cx);
            self.is_gathered(disk, delivery, cx);
        }
    }

    /// Whoever gathers has heard a report: of what only the external store has, nothing more is to be said.
    fn is_gathered(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &mut Cx<'_>) {
        if !self.shelf(disk, cx).held.contains(delivery) {
            self.reports.done(delivery, cx);
        }
    }

    /// The gateway that gathers has heard a report.
    pub(super) fn triggered_heard(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        self.reports.heard(delivery, from);
        self.is_gathered(disk, delivery, cx);
    }

    /// A report was not answered, or the message is not done yet.
    pub(super) fn ungathered(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let shelf = self.shelf(disk, cx);
        let is_held = shelf.held.contains(delivery) || shelf.several_of(delivery).is_some();
        match self.reports.unanswered(delivery, is_held, cx.world().strategy.attempts) {
            Unanswered::Over => return,
            Unanswered::Again => {}
            Unanswered::Silent(silent) => self.suspect(disk, silent, cx),
        }
        let mine = self.reports.say(delivery, &self.suspects, cx);
        self.gather_mine(disk, delivery, mine, cx);
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
                let news = (delivery, News::Done);
                self.spreading.tell(news, from, Behind::NOBODY, &self.suspects, cx);
            }
            return;
        }
        // What the store has for the others may come back whenever they do.
        let until = if has_store(cx) { Time::NEVER } else { now + hold };
        shelf.gathered.retain(|_, gathered| gathered.until > now);
        let gathered = shelf
            .gathered
            .entry(delivery.message)
            .or_insert_with(|| Gathered { told_by: Default::default(), until });
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
            self.reports.done(delivery, cx);
            // What is not here went to the external store, or came back from there another way.
            if !self.shelf(disk, cx).held.contains(delivery) {
                self.mark_in_store(delivery, true, cx);
            }
            self.done(disk, delivery, None, cx);
            if reporter != me && !hearers.contains(&reporter) {
                let news = (delivery, News::Done);
                self.spreading.tell(news, reporter, Behind::NOBODY, &self.suspects, cx);
            }
        }
    }
}
