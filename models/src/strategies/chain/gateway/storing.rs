//! Storing: what a message goes through between its coming and its place on the shelf.

use std::rc::Rc;

use penult_sim::Span;

use super::{Gateway, GatewayDisk};
use crate::few::Few;
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::message::{Flags, Message};
use crate::note::{Drop, Note};
use crate::parts::parking::taken;
use crate::parts::{Known, View, Write, Written};
use crate::store::Spill;
use crate::strategies::chain::held::{From, Held, State};
use crate::strategies::chain::letters::{Copy, InStore, Letter, Waybill};
use crate::strategies::chain::{ChainTimer, Cx, between, timer};

/// A message on its way from the network card to the shelf.
pub(super) struct Work {
    pub(super) copies: Few<Copy>,
    pub(super) from: From,
}

impl Write for Work {
    fn deliveries(&self) -> impl Iterator<Item = DeliveryId> {
        self.copies.iter().map(Copy::delivery)
    }
}

impl Gateway {
    /// Takes in copies of one message that another server brought. Where policy runs at every gateway it
    /// runs here too; what the source decided stands.
    pub(super) fn take_in(
        &mut self,
        disk: &mut GatewayDisk,
        copies: Few<Copy>,
        from: From,
        cx: &mut Cx<'_>,
    ) {
        for copy in copies.iter() {
            cx.tell(Note::Kept(copy.delivery()));
            let view = View { host: copy.route.host(), epoch: copy.epoch };
            self.learn_from_copy(disk, copy.recipient, view, cx);
        }
        let message = copies[0].message.id;
        cx.tell(match cx.world().strategy.policy_everywhere {
            true => Note::PolicyRan(message),
            false => Note::PolicySpared(message),
        });
        self.write(disk, Work { copies, from }, cx);
    }

    /// The copy that the source holds. Its route is chosen when it is stored.
    pub(super) fn first_copy(
        &self,
        message: &Rc<Message>,
        recipient: ClientId,
        flags: Flags,
        cx: &Cx<'_>,
    ) -> Copy {
        Copy::from(Waybill {
            message: message.clone(),
            recipient,
            flags,
            epoch: self.view(recipient, cx).epoch,
            stored: cx.now(),
            route: self.alone.clone(),
            source: self.me,
            in_store: InStore::No,
            received: false,
        })
    }

    /// The disk is done with something.
    pub(super) fn write_done(&mut self, disk: &mut GatewayDisk, written: Written, cx: &mut Cx<'_>) {
        let (work, writing) = self.intake.written(written);
        self.store(disk, work, writing, cx);
    }

    /// Writes what came, and goes on when it is written.
    #[inline]
    pub(super) fn write(&mut self, disk: &mut GatewayDisk, work: Work, cx: &mut Cx<'_>) {
        if let Some((work, writing)) = self.intake.write(work, cx.world().queue, cx) {
            self.store(disk, work, writing, cx);
        }
    }

    /// It is stored: whoever brought it is told, and it goes on.
    fn store(&mut self, disk: &mut GatewayDisk, work: Work, writing: Span, cx: &mut Cx<'_>) {
        let Few::Short(Some(copy)) = work.copies else {
            return self.store_all(disk, work, writing, cx);
        };
        let (delivery, from) = (copy.delivery(), work.from);
        cx.tell(Note::Stored { delivery, disk: writing });
        if self.shelf(disk, cx).is_done(delivery, cx.now()) {
            drop_done(delivery, from, cx);
        } else {
            match self.shelve(disk, copy, from, cx) {
                Next::SetsOff => self.set_off(disk, delivery, cx),
                Next::Asks => self.look_up_hosts(disk, vec![delivery], cx),
            }
            if spills(from, cx) {
                self.bring(disk, delivery, false, cx);
            }
        }
        self.say_stored(disk, delivery, from, cx);
        self.written(&[delivery], cx);
    }

    /// The same with several copies, of one message: all are stored before any goes on.
    fn store_all(&mut self, disk: &mut GatewayDisk, work: Work, writing: Span, cx: &mut Cx<'_>) {
        let Work { copies, from } = work;
        let first = copies[0].delivery();
        // Stored, and of that what is not to be set off now.
        let (mut stored, mut asked, mut aside) = (Vec::new(), Vec::new(), Vec::new());
        for copy in copies {
            let delivery = copy.delivery();
            cx.tell(Note::Stored { delivery, disk: writing });
            if self.shelf(disk, cx).is_done(delivery, cx.now()) {
                drop_done(delivery, from, cx);
                aside.push(delivery);
                continue;
            }
            if self.shelve(disk, copy, from, cx) == Next::Asks {
                asked.push(delivery);
            }
            stored.push(delivery);
        }
        let to_bring = if spills(from, cx) { stored.clone() } else { Vec::new() };
        if !asked.is_empty() {
            stored.retain(|delivery| !asked.contains(delivery));
            aside.extend(&asked);
            self.look_up_hosts(disk, asked, cx);
        }
        for &delivery in &stored {
            self.set_off(disk, delivery, cx);
        }
        to_bring.into_iter().for_each(|delivery| self.bring(disk, delivery, false, cx));
        self.say_stored(disk, first, from, cx);
        self.written(&stored, cx);
        self.written(&aside, cx);
    }

    /// Tells the sender's device or the external store that what it brought is stored.
    fn say_stored(
        &mut self,
        disk: &mut GatewayDisk,
        first: DeliveryId,
        from: From,
        cx: &mut Cx<'_>,
    ) {
        match from {
            From::Sender => self.accept(disk, first, cx),
            From::Store => taken(first, cx),
            From::Gateway(_) => {}
        }
    }

    /// Puts a copy on the shelf. What comes from its sender gets its route here.
    fn shelve(
        &mut self,
        disk: &mut GatewayDisk,
        mut copy: Copy,
        from: From,
        cx: &mut Cx<'_>,
    ) -> Next {
        let (now, hold, delivery) = (cx.now(), cx.world().strategy.hold, copy.delivery());
        let mut next = Next::SetsOff;
        if from == From::Sender {
            let View { epoch, .. } = self.view(copy.recipient, cx);
            let waybill = &mut *copy;
            (waybill.epoch, waybill.stored) = (epoch, now);
            if spills(from, cx) {
                waybill.in_store = InStore::Beside;
            }
            if self.asks_first(waybill.recipient, cx) {
                next = Next::Asks;
            } else if let Some(route) = self.route_to(waybill.recipient, waybill.message.sender, cx)
            {
                waybill.route = route;
            }
        }
        let held_for = now - copy.stored;
        let left = if held_for < hold { hold - held_for } else { Span::ZERO };
        let guard = cx.set_background_timer(left, timer(ChainTimer::HoldOver(delivery)));
        let is_received = copy.received;
        let mut held = Held::new(copy, from, now, guard);
        if is_received {
            held.set_received();
        }
        self.shelf(disk, cx).put(held);
        next
    }

    /// A copy came from another gateway.
    pub(super) fn relayed(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        copy: Copy,
        cx: &mut Cx<'_>,
    ) {
        if self.is_to_store(disk, from, &copy, cx) {
            self.take_in(disk, Few::one(copy), From::Gateway(from), cx);
        }
    }

    /// Copies of one message came from another gateway in one packet.
    pub(super) fn relayed_all(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        copies: &[Copy],
        cx: &mut Cx<'_>,
    ) {
        let mut news = Few::default();
        for copy in copies {
            if self.is_to_store(disk, from, copy, cx) {
                news.push(copy.clone());
            }
        }
        if !news.is_empty() {
            self.take_in(disk, news, From::Gateway(from), cx);
        }
    }

    /// Whether a copy that came is to be stored. If it is here already, or was, whoever brought it hears so.
    fn is_to_store(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        copy: &Copy,
        cx: &mut Cx<'_>,
    ) -> bool {
        let delivery = copy.delivery();
        // What is there again comes from there; whatever else is an old copy.
        match self.known(disk, delivery, copy.in_store == InStore::Back, cx) {
            Known::Nothing => return true,
            Known::Written => {}
            Known::Done => between(from, Letter::done(delivery), cx),
            Known::Held => self.came_again(disk, from, copy, cx),
            Known::Parked => between(from, Letter::parked(delivery), cx),
        }
        false
    }

    /// A copy came of what is held.
    ///
    /// Two gateways may both have taken a message from its sender, each with the other on its way: so that
    /// they don't wait for each other, a gateway goes on along the better of two ways. A way is taken with its
    /// epoch: whoever gets the copy believes that its way ends at the host of that epoch.
    #[cold]
    fn came_again(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        copy: &Copy,
        cx: &mut Cx<'_>,
    ) {
        let delivery = copy.delivery();
        let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
        held.knows(from);
        // What waits for a look-up here has no way yet: it takes the one that leads on.
        let changes_way = held.waits_for().is_some() && held.copy.goes_better_along(copy)
            || held.state() == State::LookedUp && copy.leads_on();
        if self.set_out_again(disk, copy.clone(), From::Gateway(from), cx) {
            return;
        }
        let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
        if changes_way {
            (held.copy.route, held.copy.epoch) = (copy.route.clone(), copy.epoch);
            held.copy.place = copy.place;
        }
        self.acknowledge(disk, delivery, from, cx);
        if changes_way {
            self.send_on(disk, delivery, cx);
        }
    }
}

/// What comes next for what was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    SetsOff,
    /// The directory is asked first.
    Asks,
}

/// Whether what comes from there is brought to the external store at once.
fn spills(from: From, cx: &Cx<'_>) -> bool {
    from == From::Sender && cx.world().strategy.spill == Spill::AtOnce
}

/// While it was written it was deleted elsewhere, and that was said here.
#[cold]
fn drop_done(delivery: DeliveryId, from: From, cx: &mut Cx<'_>) {
    cx.tell(Note::Dropped(delivery, Drop::Done));
    if let From::Gateway(from) = from {
        between(from, Letter::done(delivery), cx);
    }
}
