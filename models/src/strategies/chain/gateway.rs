//! A gateway of the chain: what it remembers, and who handles what.

use std::collections::BTreeMap;
use std::rc::Rc;

use penult_sim::{IdMap, NodeId, Span};

use super::gathering::Report;
use super::giving::Giving;
use super::handback::Returning;
use super::letters::{Copy, InStore, Letter, Waybill};
use super::lookups::LookUps;
use super::parcels::Parcels;
use super::repair::Repairs;
use super::resync::Getting;
use super::route::{Route, Routes, Wanted};
use super::shelf::{From, Held, Shelf, State};
use super::suspects::Suspects;
use super::takeover::Claims;
use super::unheard::AllUnheard;
use super::{ChainTimer, Cx, between, timer};
use crate::client::FIRST_EPOCH;
use crate::detector::Heartbeats;
use crate::few::Few;
use crate::hosting::{Hosting, Unacknowledged};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::message::{Flags, Message};
use crate::note::{Drop, Note};
use crate::packet::{Down, Packet, Up};
use crate::parking::{Parking, taken};
use crate::policy::{self, Policy, Verdict};
use crate::store::Spill;
use crate::world::QueuePlace;

/// A gateway's memory.
pub struct Gateway {
    pub(super) me: GatewayId,
    /// The route of what has none yet: nobody but this gateway.
    alone: Route,
    pub(super) hosting: Hosting,
    policy: Policy,
    /// Empty where queues are on disk.
    pub(super) shelf: Shelf,
    /// What policy or the disk is still busy with.
    working: Vec<Work>,
    pub(super) suspects: Suspects,
    pub(super) claims: Claims,
    pub(super) lookups: LookUps,
    /// Whom the directory said to host clients that are not at home.
    views: IdMap<View>,
    /// Whether this gateway may take those for its own whose home it is and of whom it heard nothing.
    /// One that returns hosts nobody before the directory says so.
    pub(super) settled: bool,
    routes: Routes,
    /// What leaves at the end of the event in hand.
    pub(super) parcels: Parcels,
    /// Who has yet to hear what became of a delivery.
    pub(super) unheard: AllUnheard,
    pub(super) heartbeats: Option<Heartbeats>,
    /// What has to be said of the triggers that came here.
    pub(super) reports: BTreeMap<DeliveryId, Report>,
    /// What goes to the external store and comes from there.
    pub(super) parking: Parking,
    pub(super) returning: Returning,
    pub(super) getting: Getting,
    pub(super) giving: Giving,
    pub(super) repairs: Repairs,
}

/// Who hosts a client, as far as a gateway knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub(super) host: GatewayId,
    pub(super) epoch: u32,
}

/// A gateway's disk.
#[derive(Default)]
pub struct GatewayDisk {
    /// Empty where queues are in memory.
    shelf: Shelf,
}

/// A message on its way from the network card to the shelf.
struct Work {
    copies: Few<Copy>,
    from: From,
    cpu: Span,
    disk: Span,
}

impl Work {
    /// Names it while it is worked on.
    fn first(&self) -> DeliveryId {
        self.copies[0].delivery()
    }
}

impl Gateway {
    pub(super) fn start(cx: &mut Cx<'_>) -> Self {
        let me = cx.world().places.as_gateway(cx.node());
        Gateway {
            me,
            alone: Route { gateways: Rc::from([me]), mirrors: false },
            hosting: Hosting::default(),
            policy: Policy::default(),
            shelf: Shelf::default(),
            working: Vec::new(),
            suspects: Suspects::default(),
            claims: Claims::default(),
            lookups: LookUps::default(),
            views: IdMap::new(),
            settled: true,
            routes: Routes::default(),
            parcels: Parcels::default(),
            unheard: AllUnheard::default(),
            heartbeats: super::heartbeats::begin(me, cx),
            reports: BTreeMap::new(),
            parking: Parking::default(),
            returning: Returning::default(),
            getting: Getting::default(),
            giving: Giving::default(),
            repairs: Repairs::default(),
        }
    }

    #[inline]
    pub(super) fn shelf<'a>(&'a mut self, disk: &'a mut GatewayDisk, cx: &Cx<'_>) -> &'a mut Shelf {
        shelf(&mut self.shelf, disk, cx)
    }

    /// Who hosts a client, as far as this gateway knows.
    pub(super) fn view(&self, client: ClientId, cx: &Cx<'_>) -> View {
        let home = cx.world().homes[client.index()];
        self.views.get(client.0.into()).copied().unwrap_or(View { host: home, epoch: FIRST_EPOCH })
    }

    /// Learns who hosts a client. False if it is nothing new.
    pub(super) fn learn(&mut self, client: ClientId, view: View, cx: &Cx<'_>) -> bool {
        let newer = view.epoch > self.view(client, cx).epoch;
        if newer {
            self.views.insert(client.0.into(), view);
        }
        newer
    }

    /// Whether this gateway serves a client as its host.
    pub(super) fn hosts(&self, client: ClientId, cx: &Cx<'_>) -> bool {
        let known = self.settled || self.views.contains(client.0.into());
        known && self.view(client, cx).host == self.me
    }

    /// Somebody else is suspected, or no longer: routes are chosen anew.
    pub(super) fn forget_routes(&mut self) {
        self.routes.forget();
    }

    /// The route to the recipient's host, chosen now.
    pub(super) fn route_to(
        &mut self,
        recipient: ClientId,
        sender: ClientId,
        cx: &Cx<'_>,
    ) -> Option<Route> {
        let host = self.view(recipient, cx).host;
        let wanted = Wanted { source: self.me, host, sender, recipient };
        self.routes.choose(wanted, cx.world(), |gateway| self.suspects.avoids(gateway))
    }

    /// Whether this gateway is one of those that may take a client over when its host is gone.
    pub(super) fn may_take_over(&self, client: ClientId, cx: &Cx<'_>) -> bool {
        !cx.world().strategy.split || cx.world().chain_of(client).contains(&self.me)
    }

    /// A device said something.
    pub(super) fn hear(&mut self, disk: &mut GatewayDisk, from: ClientId, up: Up, cx: &mut Cx<'_>) {
        match up {
            Up::Submit(message) => self.submitted(disk, from, &message, cx),
            Up::Got(delivery) => {
                self.claims.answered(from);
                self.got(disk, delivery, cx);
            }
            Up::Keepalive => self.kept_alive(from, cx),
            Up::Bye => {
                self.hosting.left(from, cx);
                return self.tell_of_device(disk, from, cx);
            }
            Up::Attach { epoch } => self.asked_to_host(disk, from, epoch, cx),
            Up::Stale { epoch } => self.told_stale(disk, from, epoch, cx),
            Up::Happened { delivery, by } => self.happened(disk, from, delivery, by, cx),
            Up::Here => self.client_is_here(from, cx),
        }
        if self.hosts(from, cx) {
            let was_away = self.hosting.heard(from, cx);
            if was_away {
                self.tell_of_device(disk, from, cx);
            }
            if self.parking.expects_mail() {
                let View { epoch, .. } = self.view(from, cx);
                self.parking.heard(from, epoch, cx);
            }
        }
    }

    fn kept_alive(&mut self, from: ClientId, cx: &mut Cx<'_>) {
        let device = cx.world().places.client(from);
        let View { host, epoch } = self.view(from, cx);
        if self.hosts(from, cx) {
            cx.send(device, Packet::Down(Down::Alive));
        } else if host != self.me {
            cx.send(device, Packet::Down(Down::Elsewhere { host, epoch }));
        }
    }

    /// A device asks to send. Whoever is asked takes it, stores it, says so and relays it.
    fn submitted(
        &mut self,
        disk: &mut GatewayDisk,
        from: ClientId,
        message: &Rc<Message>,
        cx: &mut Cx<'_>,
    ) {
        let device = cx.world().places.client(from);
        if !self.hosts(from, cx) {
            self.claim_sender(from, cx);
        }
        let now = cx.now();
        // What a gateway has, or had, is a delivery: it may know one recipient's and not another's.
        let (mut known, mut missing) = (None, Few::default());
        for delivery in message.deliveries() {
            let shelf = self.shelf(disk, cx);
            if let Some(held) = shelf.get_mut(delivery) {
                held.is_brought_by_sender();
                known = Some(delivery);
            } else if !shelf.is_over(delivery, now) && !self.is_working_on(delivery) {
                missing.push(delivery.recipient);
            }
        }
        if missing.is_empty() {
            return match known {
                Some(known) => self.accept(disk, known, cx),
                None if message.deliveries().any(|delivery| self.is_working_on(delivery)) => {}
                None => cx.send(device, Packet::Down(Down::Accepted(message.id))),
            };
        }
        if self.policy.has_refused(message, now) {
            return cx.send(device, Packet::Down(Down::Refused(message.id)));
        }
        let (options, hold) = (&cx.world().strategy.policy, cx.world().strategy.hold);
        let cpu = policy::run(options, message, cx);
        let Verdict::Passes(flags) = self.policy.judge(options, message, now) else {
            self.policy.refuse(message, now, hold);
            return cx.send(device, Packet::Down(Down::Refused(message.id)));
        };
        if flags.stripped {
            cx.tell(Note::Stripped(message.id));
        }
        let mut copies = Few::default();
        for recipient in missing {
            cx.tell(Note::Kept(DeliveryId { message: message.id, recipient }));
            copies.push(self.first_copy(message, recipient, flags, cx));
        }
        self.work(disk, Work { copies, from: From::Sender, cpu, disk: Span::ZERO }, cx);
    }

    /// Waits for the CPU, then writes.
    fn work(&mut self, disk: &mut GatewayDisk, work: Work, cx: &mut Cx<'_>) {
        if work.cpu.is_zero() {
            self.write(disk, work, cx);
        } else {
            cx.set_timer(work.cpu, timer(ChainTimer::Judged(work.first())));
            self.working.push(work);
        }
    }

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
            if self.learn(copy.recipient, view, cx) {
                self.learnt_from_copy(disk, copy.recipient, view, cx);
            }
        }
        let options = &cx.world().strategy;
        let cpu = match options.policy_everywhere {
            true => policy::run(&options.policy, &copies[0].message, cx),
            false => Span::ZERO,
        };
        self.work(disk, Work { copies, from, cpu, disk: Span::ZERO }, cx);
    }

    #[cold]
    fn learnt_from_copy(
        &mut self,
        disk: &mut GatewayDisk,
        recipient: ClientId,
        view: View,
        cx: &mut Cx<'_>,
    ) {
        if view.host != self.me && !self.claims.is_open(recipient) {
            self.relay_all(disk, recipient, None, cx);
        }
        self.follow(disk, std::iter::once(recipient), cx);
    }

    /// The copy that the source holds. Its route is chosen when it is stored.
    fn first_copy(
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
        })
    }

    #[inline]
    pub(super) fn is_working_on(&self, delivery: DeliveryId) -> bool {
        self.working.iter().any(|work| work.copies.iter().any(|copy| copy.delivery() == delivery))
    }

    /// Policy or the disk is done with something.
    pub(super) fn worked(
        &mut self,
        disk: &mut GatewayDisk,
        first: DeliveryId,
        written: bool,
        cx: &mut Cx<'_>,
    ) {
        let place = self.working.iter().position(|work| work.first() == first);
        let work = self.working.swap_remove(place.expect("what is worked on waits for its timer"));
        if written { self.store(disk, work, cx) } else { self.write(disk, work, cx) }
    }

    /// Writes what came, and goes on when it is written.
    fn write(&mut self, disk: &mut GatewayDisk, mut work: Work, cx: &mut Cx<'_>) {
        work.disk = match cx.world().queue {
            QueuePlace::Memory => Span::ZERO,
            QueuePlace::Disk => cx.write(),
        };
        if work.disk.is_zero() {
            self.store(disk, work, cx);
        } else {
            cx.set_timer(work.disk, timer(ChainTimer::Written(work.first())));
            self.working.push(work);
        }
    }

    /// It is stored: whoever brought it is told, and it goes on.
    fn store(&mut self, disk: &mut GatewayDisk, work: Work, cx: &mut Cx<'_>) {
        let Work { copies, from, cpu, disk: writing } = work;
        let first = copies[0].delivery();
        // Stored, and of that what is not to be set off now.
        let (mut stored, mut asked, mut aside) = (Few::default(), Few::default(), Few::default());
        for copy in copies {
            let delivery = copy.delivery();
            cx.tell(Note::Stored { delivery, cpu, disk: writing });
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
        let to_bring = if spills(from, cx) { stored.clone() } else { Few::default() };
        if !asked.is_empty() {
            stored.retain(|delivery| !asked.contains(delivery));
            asked.iter().for_each(|&delivery| aside.push(delivery));
            self.look_up_hosts(disk, asked.into_iter().collect(), cx);
        }
        for &delivery in &*stored {
            self.set_off(disk, delivery, cx);
        }
        to_bring.into_iter().for_each(|delivery| self.bring(disk, delivery, false, cx));
        match from {
            From::Sender => self.accept(disk, first, cx),
            From::Store => taken(first, cx),
            From::Gateway(_) => {}
        }
        self.written(&stored, cx);
        self.written(&aside, cx);
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
        self.shelf(disk, cx).held.insert(delivery, Held::new(copy, from, now, guard));
        next
    }

    /// Copies of one message came from another gateway in one packet.
    pub(super) fn relayed(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        copies: &[Copy],
        cx: &mut Cx<'_>,
    ) {
        let mut news = Few::default();
        for copy in copies {
            if self.is_new(disk, from, copy, cx) {
                news.push(copy.clone());
            }
        }
        if !news.is_empty() {
            self.take_in(disk, news, From::Gateway(from), cx);
        }
    }

    /// Whether a copy that came is to be stored. If it is here already, or was, whoever brought it hears so.
    fn is_new(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        copy: &Copy,
        cx: &mut Cx<'_>,
    ) -> bool {
        let delivery = copy.delivery();
        let now = cx.now();
        let shelf = self.shelf(disk, cx);
        if shelf.is_done(delivery, now) {
            between(from, Letter::done(delivery), cx);
            return false;
        }
        if shelf.held.contains(delivery) {
            self.came_again(disk, from, copy, cx);
            return false;
        }
        // What is there again comes from there; whatever else is an old copy.
        if copy.in_store != InStore::Back && shelf.is_parked(delivery, now) {
            between(from, Letter::parked(delivery), cx);
            return false;
        }
        !self.is_working_on(delivery)
    }

    /// A copy came of what is held.
    ///
    /// Two gateways may both have taken a message from its sender, each with the other on its way: so that
    /// they don't wait for each other, a gateway goes on along the shorter of two ways.
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
        let is_shorter = held.waits_for().is_some() && held.copy.is_farther_than(copy)
            || held.state == State::LookedUp && copy.leads_on();
        if self.set_out_again(disk, copy.clone(), From::Gateway(from), cx) {
            return;
        }
        let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
        if is_shorter {
            held.copy.route = copy.route.clone();
            held.copy.place = copy.place;
        }
        self.acknowledge(disk, delivery, from, cx);
        if is_shorter {
            self.send_on(disk, delivery, cx);
        }
    }

    /// Hands a delivery to its recipient, who is hosted here.
    pub(super) fn hand_over(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        let epoch = self.view(delivery.recipient, cx).epoch;
        let held = shelf(&mut self.shelf, disk, cx).get_mut(delivery).expect("it is held");
        (held.state, held.arrived) = (State::Hosted, true);
        let (message, flags) = (held.copy.message.clone(), held.copy.flags);
        self.hosting.hand_over(message, flags, (delivery.recipient, epoch), cx);
    }

    /// What is on the disk needs its timers again.
    pub(super) fn rearm(&mut self, disk: &mut GatewayDisk, cx: &mut Cx<'_>) {
        let (now, hold) = (cx.now(), cx.world().strategy.hold);
        let shelf = self.shelf(disk, cx);
        for delivery in shelf.held.ids() {
            let held = shelf.get_mut(delivery).expect("it was just listed");
            let held_for = now - held.copy.stored;
            let left = if held_for < hold { hold - held_for } else { Span::ZERO };
            let reminder = timer(ChainTimer::HoldOver(delivery));
            held.hold_guard = Some(cx.set_background_timer(left, reminder));
            (held.state, held.since) = (State::Resting, now);
        }
        self.resume_deletion(disk, cx);
    }

    /// The client has not said anything to its new host yet.
    pub(super) fn ungreeted(&mut self, client: ClientId, epoch: u32, cx: &mut Cx<'_>) {
        let View { host, epoch: known } = self.view(client, cx);
        if host == self.me && known == epoch && !self.hosting.has_heard_since(client, epoch) {
            self.greet(client, epoch, cx);
        }
    }

    /// A device knows of a newer epoch than this gateway, whose view was wrong.
    pub(super) fn views_forget(&mut self, client: ClientId) {
        self.views.remove(client.0.into());
    }

    pub(super) fn unacknowledged(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_>,
    ) {
        self.hosting.unacknowledged(Unacknowledged(delivery), cx);
        if self.hosting.is_away(delivery.recipient, cx) {
            self.tell_of_device(disk, delivery.recipient, cx);
        }
    }
}

/// The shelf that a gateway uses, its own or its disk's, for whoever needs the rest of the gateway beside it.
#[inline]
pub(super) fn shelf<'a>(
    mine: &'a mut Shelf,
    disk: &'a mut GatewayDisk,
    cx: &Cx<'_>,
) -> &'a mut Shelf {
    match cx.world().queue {
        QueuePlace::Memory => mine,
        QueuePlace::Disk => &mut disk.shelf,
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

/// The gateway that a node is.
pub(super) fn gateway_of(node: NodeId, cx: &Cx<'_>) -> GatewayId {
    cx.world().places.as_gateway(node)
}
