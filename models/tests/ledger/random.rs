//! Random runs of legal operations, against a slow and obvious model: sets of places.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use penult_models::{DeliveryId, Drop, Ledger, LedgerOptions, Message, Note, Places, Wait};
use penult_sim::{Loss, NodeId, Span, Time};
use proptest::prelude::*;

use crate::common::cases;

use super::drive::{Drive, Flight, PLACES, bag, c, d, deliver, message, shown};

/// What the model knows of a delivery.
#[derive(Debug)]
struct Known {
    message: Rc<Message>,
    /// Which nodes have it, and whether they have stored it.
    places: BTreeMap<NodeId, bool>,
    stored: bool,
    stored_at: BTreeSet<NodeId>,
    accepted: bool,
    refused: bool,
    delivered: Option<Time>,
    /// What took its copies, the latest last, and whether that was in good faith.
    took: Vec<(String, bool)>,
    /// Whether the last of those who had stored it, beside its sender, let go because its time was over, and nobody
    /// has stored it since. What is under way then is gone by that, whatever takes it.
    ran_out: Option<String>,
    end: Option<String>,
}

struct Model {
    drive: Drive,
    on_disk: bool,
    known: BTreeMap<DeliveryId, Known>,
    flights: Vec<(Flight, Vec<DeliveryId>)>,
    dead: BTreeSet<NodeId>,
    /// Every delivery to an application, in order, with the sender and the number of its message.
    got: Vec<(DeliveryId, u32)>,
    messages: u64,
    repeats: u64,
}

/// One step: what, and three numbers to choose by.
type Step = (u8, u8, u8, u8);

fn pick<T: Clone>(all: &[T], number: u8) -> Option<T> {
    (!all.is_empty()).then(|| all[usize::from(number) % all.len()].clone())
}

impl Model {
    fn new(on_disk: bool) -> Model {
        Model {
            drive: Drive::with_queues_on_disk(on_disk),
            on_disk,
            known: BTreeMap::new(),
            flights: Vec::new(),
            dead: BTreeSet::new(),
            got: Vec::new(),
            messages: 0,
            repeats: 0,
        }
    }

    fn is_client(node: NodeId) -> bool {
        node.raw() >= PLACES.gateways + PLACES.services
    }

    fn name(node: NodeId) -> String {
        match node.raw() {
            n @ 0..4 => format!("g{n}"),
            4 => "directory".to_owned(),
            5 => "store".to_owned(),
            n => format!("c{}", n - 6),
        }
    }

    fn in_flight(&self, delivery: DeliveryId) -> usize {
        self.flights.iter().filter(|(_, carried)| carried.contains(&delivery)).count()
    }

    fn copies(&self, delivery: DeliveryId) -> usize {
        self.known[&delivery].places.len() + self.in_flight(delivery)
    }

    /// All (delivery, node) with a live node and a copy at it.
    fn held(&self, wanted: impl Fn(&Known, NodeId) -> bool) -> Vec<(DeliveryId, NodeId)> {
        let all = self.known.iter().flat_map(|(&delivery, known)| {
            known.places.keys().map(move |&node| (delivery, node, known))
        });
        let live = all.filter(|(_, node, known)| !self.dead.contains(node) && wanted(known, *node));
        live.map(|(delivery, node, _)| (delivery, node)).collect()
    }

    fn take(&mut self, delivery: DeliveryId, cause: String, good_faith: bool) {
        let known = self.known.get_mut(&delivery).unwrap();
        known.took.push((cause, good_faith));
    }

    /// Something took what was under way.
    fn take_under_way(known: &mut Known, cause: String) {
        let cause = known.ran_out.clone().unwrap_or(cause);
        known.took.push((cause, false));
    }

    fn step(&mut self, (what, x, y, z): Step) {
        let now = self.drive.now + Span::nanos(u64::from(z));
        self.drive.now = now;
        match what % 14 {
            0 | 1 => self.create(x, y),
            2..=4 => self.send(x, y),
            5..=7 => self.receive(x, y, z),
            8 => self.lose(x, y),
            9 => self.duplicate(x),
            10 => self.store_or_wait(x, y),
            11 => self.drop(x, y),
            12 => self.crash_or_recover(x, y),
            _ => self.answer(x, y),
        }
        self.drive.event(now, |_| {});
        self.settle();
        self.compare();
    }

    fn create(&mut self, x: u8, y: u8) {
        let sender = u32::from(x % 4);
        if self.dead.contains(&c(sender)) {
            return;
        }
        let others: Vec<u32> = (0..4).filter(|&other| other != sender).collect();
        let recipients = &others[..1 + usize::from(y) % 2];
        let message = message(self.messages, sender, recipients, self.drive.now);
        self.messages += 1;
        self.drive.create(&message);
        for delivery in message.deliveries() {
            self.known.insert(
                delivery,
                Known {
                    message: Rc::clone(&message),
                    places: BTreeMap::from([(c(sender), true)]),
                    stored: false,
                    stored_at: BTreeSet::new(),
                    accepted: false,
                    refused: false,
                    delivered: None,
                    took: Vec::new(),
                    ran_out: None,
                    end: None,
                },
            );
        }
    }

    /// A node sends one thing that it has to anybody, and to its recipient in the proper packet.
    fn send(&mut self, x: u8, y: u8) {
        let Some((delivery, from)) = pick(&self.held(|_, _| true), x) else { return };
        let to = NodeId::new(usize::from(y) % PLACES.access().raw() as usize);
        if to == from {
            return;
        }
        let mut carried = vec![delivery];
        let packet = if to == PLACES.client(delivery.recipient) {
            deliver(&self.known[&delivery].message)
        } else {
            if y >= 128 {
                carried = self.held(|_, node| node == from).into_iter().map(|(d, _)| d).collect();
            }
            bag(&carried)
        };
        let flight = self.drive.send(from, to, packet);
        self.flights.push((flight, carried));
    }

    fn receive(&mut self, x: u8, y: u8, z: u8) {
        let live: Vec<usize> = (0..self.flights.len())
            .filter(|&index| !self.dead.contains(&self.flights[index].0.to))
            .collect();
        let Some(index) = pick(&live, x) else { return };
        let (flight, carried) = self.flights.remove(index);
        let arrived = flight.sent + Span::nanos((self.drive.now - flight.sent).as_nanos() / 2);
        self.drive.receive_since(&flight, arrived);
        let node = flight.to;
        for delivery in carried {
            let copies = self.copies(delivery);
            let now = self.drive.now;
            let known = self.known.get_mut(&delivery).unwrap();
            if node == PLACES.client(delivery.recipient) {
                if known.delivered.is_some() {
                    self.drive.tell(node, Note::Repeated(delivery));
                    self.repeats += 1;
                } else {
                    known.delivered = Some(now);
                    self.drive.tell(node, Note::Delivered(delivery));
                    self.got.push((delivery, known.message.sender.0));
                }
                continue;
            }
            match y % 4 {
                0 => self.drive.tell(node, Note::Kept(delivery)),
                1 | 2 => {
                    let rest = Span::nanos(0);
                    self.drive.tell(node, Note::Kept(delivery));
                    self.drive.tell(node, Note::Stored { delivery, disk: rest });
                }
                _ => {
                    // It throws the new copy away; one that it had stays.
                    if z.is_multiple_of(2) {
                        self.drive.drop(node, delivery, Drop::Twice);
                        if !known.places.contains_key(&node) {
                            known.took.push((format!("twice({})", Self::name(node)), true));
                        }
                    } else if copies == 0 {
                        Self::take_under_way(known, format!("discarded({})", Self::name(node)));
                    }
                    continue;
                }
            }
            let is_sender = node == PLACES.client(known.message.sender);
            let stores = !y.is_multiple_of(4);
            *known.places.entry(node).or_insert(false) |= stores;
            if stores && !is_sender {
                (known.stored, known.ran_out) = (true, None);
                if node.raw() < PLACES.gateways {
                    known.stored_at.insert(node);
                }
            }
        }
    }

    fn lose(&mut self, x: u8, y: u8) {
        if self.flights.is_empty() {
            return;
        }
        let index = usize::from(x) % self.flights.len();
        let (flight, carried) = self.flights.remove(index);
        let (from, to) = (flight.from, flight.to);
        let ends = format!("{}-{}", Self::name(from), Self::name(to));
        let (loss, cause) = match y % 3 {
            0 => (Loss::Chance(from, to), format!("link-drop({ends})")),
            1 => (Loss::Crash(to), format!("crash({})", Self::name(to))),
            _ => (Loss::LinkDown(from, to), format!("link-down({ends})")),
        };
        self.drive.lose(&flight, loss);
        for delivery in carried {
            Self::take_under_way(self.known.get_mut(&delivery).unwrap(), cause.clone());
        }
    }

    fn duplicate(&mut self, x: u8) {
        if let Some((flight, carried)) = pick(&self.flights, x) {
            let second = self.drive.duplicate(&flight);
            self.flights.push((second, carried));
        }
    }

    fn store_or_wait(&mut self, x: u8, y: u8) {
        let Some((delivery, node)) = pick(&self.held(|_, _| true), x) else { return };
        if y >= 128 {
            let since = Time::from_nanos(self.drive.now.nanos() * u64::from(y - 128) / 128);
            let awaited = NodeId::new(usize::from(y) % 4);
            let why = [Wait::For(awaited), Wait::Handover, Wait::Away, Wait::Parked];
            let note = Note::Waited { delivery, why: why[usize::from(x) % 4], since };
            return self.drive.tell(node, note);
        }
        self.drive.tell(node, Note::Stored { delivery, disk: Span::ZERO });
        let known = self.known.get_mut(&delivery).unwrap();
        known.places.insert(node, true);
        if node != PLACES.client(known.message.sender) {
            (known.stored, known.ran_out) = (true, None);
            if node.raw() < PLACES.gateways {
                known.stored_at.insert(node);
            }
        }
    }

    fn drop(&mut self, x: u8, y: u8) {
        let Some((delivery, node)) = pick(&self.held(|_, _| true), x) else { return };
        let reasons = [
            (Drop::Done, "deleted", false),
            (Drop::HandedOn, "handed-on", true),
            (Drop::Rejected, "rejected", false),
            (Drop::Expired, "expired", false),
            (Drop::GaveUp, "gave-up", false),
            (Drop::Retention, "retention", false),
            (Drop::Evicted, "evicted", false),
        ];
        let (why, name, good_faith) = reasons[usize::from(y) % reasons.len()];
        self.drive.drop(node, delivery, why);
        let cause = format!("{name}({})", Self::name(node));
        let known = self.known.get_mut(&delivery).unwrap();
        let sender = PLACES.client(known.message.sender);
        let was_stored = known.places.remove(&node).is_some_and(|stored| stored) && node != sender;
        let is_stored = known.places.iter().any(|(&other, &stored)| stored && other != sender);
        if was_stored && !is_stored && matches!(why, Drop::Expired | Drop::Retention) {
            known.ran_out = Some(cause.clone());
        }
        self.take(delivery, cause, good_faith);
    }

    fn crash_or_recover(&mut self, x: u8, y: u8) {
        let node = NodeId::new(usize::from(x) % PLACES.access().raw() as usize);
        if self.dead.remove(&node) {
            return self.drive.recover(node);
        }
        self.dead.insert(node);
        let disk_lost = y.is_multiple_of(4);
        self.drive.crash(node, disk_lost);
        let is_client = Self::is_client(node);
        let on_disk = self.on_disk || node.raw() >= PLACES.gateways;
        for known in self.known.values_mut() {
            let Some(&stored) = known.places.get(&node) else { continue };
            let survives = is_client || on_disk && stored;
            if disk_lost || !survives {
                known.places.remove(&node);
                let crash = format!("crash({})", Self::name(node));
                match stored {
                    true => known.took.push((crash, false)),
                    false => Self::take_under_way(known, crash),
                }
            }
        }
    }

    /// A sender is told that its message was accepted, or refused.
    fn answer(&mut self, x: u8, y: u8) {
        let is_outbox = |known: &Known, node| node == PLACES.client(known.message.sender);
        let Some((delivery, node)) = pick(&self.held(is_outbox), x) else { return };
        let message = Rc::clone(&self.known[&delivery].message);
        let all: Vec<DeliveryId> = message.deliveries().collect();
        let is_whole = |d: &DeliveryId| self.known[d].stored || self.known[d].delivered.is_some();
        let refuse = y.is_multiple_of(4);
        if refuse {
            self.drive.tell(node, Note::Refused(message.id));
        } else if all.iter().all(is_whole) {
            self.drive.tell(node, Note::Accepted(message.id));
        } else {
            return;
        }
        for delivery in all {
            let known = self.known.get_mut(&delivery).unwrap();
            if known.end.is_none() {
                known.accepted |= !refuse;
                known.refused |= refuse;
            }
            if known.places.remove(&node).is_some() {
                let (why, name) = if refuse {
                    (Drop::Rejected, "rejected")
                } else {
                    (Drop::HandedOn, "handed-on")
                };
                self.drive.drop(node, delivery, why);
                self.take(delivery, format!("{name}({})", Self::name(node)), !refuse);
            }
        }
    }

    /// Decides about every delivery without copies.
    fn settle(&mut self) {
        let ids: Vec<DeliveryId> = self.known.keys().copied().collect();
        for delivery in ids {
            let copies = self.copies(delivery);
            let known = self.known.get_mut(&delivery).unwrap();
            if copies == 0 && known.end.is_none() {
                known.end = known.end_without_copies(false);
            }
        }
    }

    fn compare(&self) {
        let ledger = &self.drive.ledger;
        let mut all = 0;
        for (&delivery, known) in &self.known {
            let copies = self.copies(delivery);
            all += copies as u64;
            let expected = known.end.is_none().then_some(copies as u32);
            assert_eq!(ledger.copies_of(delivery), expected, "{delivery:?}: {known:?}");
        }
        assert_eq!(ledger.copies().now(), all);
        for node in (0..PLACES.access().raw()).map(|raw| NodeId::new(raw as usize)) {
            let held = self.known.values().filter(|known| known.places.contains_key(&node)).count();
            assert_eq!(ledger.held_by(node) as usize, held, "{node}");
        }
        let is_open = |(&delivery, known): (&DeliveryId, &Known)| {
            known.delivered.is_none() && !known.refused && self.copies(delivery) > 0
        };
        let open = self.known.iter().filter(|&entry| is_open(entry)).count();
        assert_eq!(ledger.open(), open as u64);
    }

    fn end(mut self) {
        let broken: Vec<String> =
            self.drive.ledger.violations().iter().map(ToString::to_string).collect();
        assert!(broken.is_empty(), "{broken:?}");
        self.drive.ledger.finish(self.drive.now);
        assert!(self.drive.ledger.violations().is_empty());
        let mut expected = BTreeMap::new();
        for (&delivery, known) in &self.known {
            let copies = self.copies(delivery);
            let end = known.end.clone().unwrap_or_else(|| {
                if copies == 0 || known.refused || known.delivered.is_some() {
                    known.end_without_copies(true).unwrap()
                } else {
                    (if known.stored { "stranded" } else { "unsent" }).to_owned()
                }
            });
            expected.insert(delivery, (end, known.accepted, known.delivered));
        }
        let totals = self.drive.ledger.totals();
        let overtaken = (0..self.got.len()).filter(|&late| {
            let (delivery, sender) = self.got[late];
            self.got[..late].iter().any(|&(before, from)| {
                from == sender
                    && before.recipient == delivery.recipient
                    && before.message > delivery.message
            })
        });
        assert_eq!(totals.out_of_order as usize, overtaken.count());
        assert_eq!(totals.duplicates_stopped, self.repeats);
        let mut stored: BTreeMap<_, BTreeSet<NodeId>> = BTreeMap::new();
        for (delivery, known) in &self.known {
            stored.entry(delivery.message).or_default().extend(&known.stored_at);
        }
        assert_eq!(totals.gateways as usize, stored.values().map(BTreeSet::len).sum::<usize>());
        let rows = self.drive.ledger.sink();
        let seen: BTreeMap<_, _> = rows
            .iter()
            .map(|row| (row.delivery(), (shown(row), row.accepted.is_some(), row.delivered)))
            .collect();
        assert_eq!(seen.len(), rows.len(), "each delivery has one row");
        assert_eq!(seen, expected);
        for row in rows {
            assert!(row.latency().is_none_or(|latency| latency == row.phases.total()));
        }
    }
}

impl Known {
    fn end_without_copies(&self, over: bool) -> Option<String> {
        let last = self.took.iter().rfind(|(_, good)| !good).or(self.took.last());
        let last = last.map_or("", |(cause, _)| cause);
        Some(if self.delivered.is_some() {
            "delivered".to_owned()
        } else if self.refused {
            "rejected".to_owned()
        } else if last.starts_with("rejected") && !over {
            return None;
        } else if !self.stored {
            format!("unsent {last}")
        } else if last.starts_with("expired") || last.starts_with("retention") {
            format!("expired {last}")
        } else {
            format!("lost {last}")
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(75), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_ledger_agrees_with_sets_of_places(
        on_disk: bool,
        steps in prop::collection::vec(any::<Step>(), 1..150),
    ) {
        let mut model = Model::new(on_disk);
        for step in steps {
            model.step(step);
        }
        model.end();
    }
}

/// More copies than a list is walked for: the index must tell the same story.
#[test]
fn many_carriers_come_and_go() {
    let mut drive = Drive::new();
    let clients = 200;
    drive.ledger = Ledger::new(
        LedgerOptions {
            places: Places { clients, ..PLACES },
            services: Vec::new(),
            conduits: Vec::new(),
            devices_carry: false,
            gateways_on_disk: false,
            warmup: Time::ZERO,
            ends: Time::NEVER,
        },
        Vec::new(),
    );
    let m = message(0, 0, &[1], Time::ZERO);
    drive.at(0, |e| e.create(&m));
    let mut carriers = BTreeSet::from([0]);
    for round in 1..3000u32 {
        let carrier = 2 + round.wrapping_mul(2_654_435_761) % (clients - 2);
        let flight = drive.at(u64::from(round), |e| e.send(c(0), c(carrier), bag(&[d(0, 1)])));
        drive.at(u64::from(round), |e| {
            e.receive(&flight);
            if carriers.insert(carrier) {
                e.tell(c(carrier), Note::Kept(d(0, 1)));
            } else {
                carriers.remove(&carrier);
                e.drop(c(carrier), d(0, 1), Drop::Evicted);
            }
        });
        assert_eq!(drive.ledger.copies_of(d(0, 1)), Some(carriers.len() as u32));
        assert_eq!(drive.ledger.held_by(c(carrier)), u32::from(carriers.contains(&carrier)));
    }
    assert!(carriers.len() > 50, "{}", carriers.len());
    for &carrier in &carriers {
        drive.at(4000, |e| e.crash(c(carrier), true));
    }
    assert_eq!(drive.ends(), [format!("unsent crash(c{})", carriers.last().unwrap())]);
}
