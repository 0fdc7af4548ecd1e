//! Taking in: what devices and gateways bring is judged, stored, acknowledged, and set off.

use penult_sim::{NodeId, Span, Time};

use super::shelf::{Kept, Way};
use super::{Gateway, GatewayDisk, Work, timer};
use crate::ids::{ClientId, DeliveryId};
use crate::message::Flags;
use crate::note::{Note, Wait};
use crate::packet::Packet;
use crate::parts::parking::taken;
use crate::parts::{Again, Pace};
use crate::policy::Verdict;
use crate::store::Spill;
use crate::strategies::mesh::letters::{Down, Letter, Mail, Marks, Told, Up};
use crate::strategies::mesh::{Cx, MeshTimer};

impl Gateway {
    /// How often policy runs over what a packet brings.
    pub(in crate::strategies::mesh) fn policy_runs(
        &mut self,
        disk: &mut GatewayDisk,
        packet: &Packet<Letter>,
        cx: &Cx<'_>,
    ) -> u32 {
        let Packet::Between(letter) = packet else { return 0 };
        let runs = match letter {
            Letter::Up { up: Up::Submit(mail), .. } => self.is_new(disk, mail.delivery(), cx),
            Letter::Relay(mail, _) => {
                cx.world().strategy.policy_everywhere && self.is_new(disk, mail.delivery(), cx)
            }
            _ => false,
        };
        runs.into()
    }

    /// Whether nothing is known here of a message.
    fn is_new(&mut self, disk: &mut GatewayDisk, delivery: DeliveryId, cx: &Cx<'_>) -> bool {
        let now = cx.now();
        self.shelf(disk, cx).known(delivery, now).is_none()
            && !self.intake.is_at(delivery)
            && !self.refused.knows(delivery, now)
    }

    /// A device brings a message. What is known is acknowledged, as often as it comes.
    pub(super) fn submitted(
        &mut self,
        disk: &mut GatewayDisk,
        device: ClientId,
        via: u32,
        mail: Mail,
        cx: &mut Cx<'_>,
    ) {
        let (delivery, now) = (mail.delivery(), cx.now());
        if self.intake.is_at(delivery) {
            return self.beside.entry(delivery).or_default().push((device, via));
        }
        let shelf = self.shelf(disk, cx);
        if let Some(told) = shelf.known(delivery, now) {
            if let Some(kept) = shelf.kept_mut(delivery) {
                kept.way.brought(device);
            }
            return self.say_over(device, via, Down::Ack(told), cx);
        }
        let Some(flags) = self.judge(&mail, cx) else {
            let (marks, born) = (Marks::REFUSED, mail.message.created);
            return self.say_over(device, via, Down::Ack(Told { delivery, marks, born }), cx);
        };
        cx.tell(Note::Kept(delivery));
        let way = Way { from: None, bringers: vec![device] };
        let mail = Mail { flags, ..mail }.come(true);
        self.write(
            disk,
            Work { mail, way, stored: None, from: Some((device, via)), of_store: false },
            cx,
        );
    }

    /// Policy runs over a message: what it makes of it. Nothing if it refuses it.
    fn judge(&mut self, mail: &Mail, cx: &mut Cx<'_>) -> Option<Flags> {
        let (delivery, now, options) = (mail.delivery(), cx.now(), &cx.world().strategy);
        if self.refused.knows(delivery, now) {
            return None;
        }
        cx.tell(Note::PolicyRan(delivery.message));
        let Verdict::Passes(flags) = self.policy.judge(&options.policy, &mail.message, now) else {
            self.refused.add(delivery, Some(&mail.message), now, options.hold);
            return None;
        };
        if flags.stripped {
            cx.tell(Note::Stripped(delivery.message));
        }
        Some(flags)
    }

    /// Another gateway brings a message for a client that it takes to be hosted here.
    pub(super) fn relayed(
        &mut self,
        disk: &mut GatewayDisk,
        from: NodeId,
        mail: Mail,
        stored: Time,
        cx: &mut Cx<'_>,
    ) {
        let (delivery, now) = (mail.delivery(), cx.now());
        if self.shelf(disk, cx).known(delivery, now).is_some() {
            return cx.send(from, Packet::Between(Letter::Stored(delivery)));
        }
        if self.intake.is_at(delivery) {
            return;
        }
        cx.tell(Note::Kept(delivery));
        if cx.world().strategy.policy_everywhere {
            cx.tell(Note::PolicyRan(delivery.message));
        }
        let from = cx.world().places.as_gateway(from);
        let mail = mail.come(true);
        let way = Way { from: Some(from), bringers: Vec::new() };
        self.write(disk, Work { mail, way, stored: Some(stored), from: None, of_store: false }, cx);
    }

    pub(super) fn write(&mut self, disk: &mut GatewayDisk, work: Work, cx: &mut Cx<'_>) {
        let queue = cx.world().queue;
        if let Some((work, writing)) = self.intake.write(work, queue, cx) {
            self.stored(disk, work, writing, cx);
        }
    }

    /// It is stored: whoever brought it is told, and it goes on.
    pub(super) fn stored(
        &mut self,
        disk: &mut GatewayDisk,
        work: Work,
        writing: Span,
        cx: &mut Cx<'_>,
    ) {
        let Work { mail, mut way, stored, from, of_store } = work;
        let is_source = stored.is_none();
        let (hold, now, delivery) = (cx.world().strategy.hold, cx.now(), mail.delivery());
        let stored = stored.unwrap_or(now);
        let left = (stored + hold).max(now) - now;
        cx.tell(Note::Stored { delivery, disk: writing });
        let hold_guard = cx.set_background_timer(left, timer(MeshTimer::HoldOver(delivery)));
        let beside = self.beside.remove(&delivery).unwrap_or_default();
        let answered: Vec<(ClientId, u32)> = from.into_iter().chain(beside).collect();
        answered.iter().for_each(|&(device, _)| way.brought(device));
        let at_once = cx.world().strategy.spill == Spill::AtOnce;
        let (source, born) = (way.from, mail.message.created);
        let kept = Kept {
            mail,
            way,
            stored,
            since: now,
            again: Again::default(),
            handed: false,
            hold_guard,
            copies: None,
            given: Vec::new(),
            beside: at_once || of_store,
            in_store: false,
            over: false,
        };
        self.shelf(disk, cx).put(delivery, kept);
        let told = Told { delivery, marks: Marks::TAKEN, born };
        for (device, via) in answered {
            self.say_over(device, via, Down::Ack(told), cx);
        }
        if of_store {
            taken(delivery, cx);
        } else if let Some(source) = source {
            let source = cx.world().places.gateway(source);
            cx.send(source, Packet::Between(Letter::Stored(delivery)));
        }
        self.set_off(disk, delivery, cx);
        if at_once && is_source {
            self.bring(disk, delivery, false, cx);
        }
    }

    /// A stored message goes to its client, or to its client's host. After a return that is not known at once.
    pub(super) fn set_off(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let client = delivery.recipient;
        if self.seats.hosts(client, cx) {
            self.hand_over(disk, delivery, cx);
        } else if self.seats.view(client, cx).host != self.seats.me() {
            if let Some(kept) = self.shelf(disk, cx).kept_mut(delivery) {
                kept.again.forget_times();
                kept.handed = false;
            }
            self.send_on(disk, delivery, cx);
        }
    }

    /// Sends to the recipient's host, again and again until that has stored it.
    pub(super) fn send_on(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let (now, timeout) = (cx.now(), cx.world().strategy.ack_timeout);
        let host = self.seats.view(delivery.recipient, cx).host;
        if host == self.seats.me() {
            return self.set_off(disk, delivery, cx);
        }
        let to = cx.world().places.gateway(host);
        let Some(kept) = self.shelf(disk, cx).kept_mut(delivery) else { return };
        let since = std::mem::replace(&mut kept.since, now);
        let (mail, stored) = (kept.mail.clone(), kept.stored);
        if now > since {
            cx.tell(Note::Waited { delivery, why: Wait::For(to), since });
        }
        cx.send(to, Packet::Between(Letter::Relay(mail, stored)));
        let kept = self.shelf(disk, cx).kept_mut(delivery).expect("it is still here");
        kept.again.said(Pace::doubling(timeout), timer(MeshTimer::Unstored(delivery)), cx);
    }
}
