//! The exact results of `replay` for constant times, to the nanosecond.

use crate::common::replaying::*;
use crate::common::*;
use penult_models::strategies::replay::{Begin, ReplayOptions};
use penult_models::*;
use penult_sim::*;

const SENDER: u32 = 0;
const RECIPIENT: u32 = 1;

/// A world: two clients at two gateways of three, one message at a time, nothing that happens by itself.
#[derive(Clone, Copy, Debug)]
struct World {
    times: Times,
    bus: BusTimes,
    replicas: u32,
    start: Span,
    /// From push to push.
    apart: Span,
}

impl World {
    fn setup(self) -> Setup {
        let options = ReplayOptions {
            replicas: self.replicas,
            start: self.start,
            between_pushes: self.apart,
            ..ReplayOptions::default()
        };
        let mut setup = stream(3, &[0, 1], self.times, self.bus, &options);
        setup.clients.keepalive = Span::secs(3_600);
        setup.clients.send_timeout = Span::secs(30);
        setup.stops = at(300_000);
        setup
    }

    /// From the primary's write of an event until it is stored.
    fn to_others(self) -> Span {
        if self.replicas == 1 { Span::ZERO } else { self.bus.latency * 2 + self.bus.write }
    }

    /// Until the source has stored it.
    fn to_source(self) -> Span {
        let Times { access, cpu, disk, policy, .. } = self.times;
        access + policy + cpu + disk
    }

    /// Until the sender is told.
    fn accepted(self) -> Span {
        self.written() + self.to_others() + self.bus.latency + self.times.access
    }

    /// Until the primary has written it.
    fn written(self) -> Span {
        self.to_source() + self.bus.latency + self.bus.write
    }

    /// Until every server has read it, without its work.
    fn read(self) -> Span {
        self.written() + self.to_others() + self.bus.latency
    }

    fn delivered(self) -> Span {
        self.read() + self.times.cpu + self.times.access
    }

    /// From a connection's beginning to the first event's coming.
    fn catch_up(self) -> Span {
        self.start + self.bus.latency * 2 + self.times.cpu + self.times.access
    }

    /// From push to push of a busy dispatcher.
    fn step(self) -> Span {
        self.times.cpu.max(self.apart)
    }
}

/// All times, with every number of replicas, and what else a dispatcher may take.
fn worlds() -> impl Iterator<Item = World> {
    let buses = [BusTimes { latency: Span::millis(3), write: Span::ZERO }, UNEVEN_BUS];
    let others = [(Span::ZERO, Span::ZERO), (Span::nanos(310_000_007), Span::nanos(41_000_003))];
    // Whoever has the time takes them all; in any case those of which no two are the same.
    let step = if cases(1) > 1 { 1 } else { 2 };
    several_times().into_iter().rev().step_by(step).flat_map(move |times| {
        buses.into_iter().flat_map(move |bus| {
            others.into_iter().flat_map(move |(start, apart)| {
                (1..=3).map(move |replicas| World { times, bus, replicas, start, apart })
            })
        })
    })
}

fn when(played: &Played, message: u32) -> Time {
    played.row(message, RECIPIENT).delivered.expect("it was delivered")
}

/// So many messages, a second apart, from five seconds on.
fn some(setup: &mut Setup, count: u32) {
    let to: &[u32] = &[RECIPIENT];
    let all: Vec<(Time, u32, &[u32])> =
        (0..count).map(|nth| (at(5_000 + 1_000 * u64::from(nth)), SENDER, to)).collect();
    listed(setup, &all);
}

#[test]
fn without_faults() {
    for world in worlds() {
        let mut setup = world.setup();
        some(&mut setup, 3);
        let played = play_replay(&setup);
        for row in &played.rows {
            assert_eq!(row.latency(), Some(world.delivered()), "{world:?}");
            let accepted = row.accepted.expect("it was accepted");
            assert_eq!(accepted, row.created + world.accepted(), "{world:?}");
        }
    }
}

#[test]
fn a_message_to_several_is_pushed_in_the_order_of_its_recipients() {
    for world in worlds().filter(|world| !world.apart.is_zero()) {
        let mut setup = world.setup();
        setup.homes = [0, 1, 1, 1].map(GatewayId).to_vec();
        listed(&mut setup, &[(at(5_000), SENDER, &[3, 1, 2])]);
        let played = play_replay(&setup);
        for (place, recipient) in (0..).zip([3, 1, 2]) {
            let latency = played.latency(0, recipient).expect("it was delivered");
            assert_eq!(latency, world.delivered() + world.step() * place, "{world:?}");
        }
    }
}

/// The j-th event missed comes at `t + a + X + (j − 1) · q`; after each 64 there is a step of the bus's answer.
#[test]
fn away_and_back_at_its_own_server() {
    for world in worlds() {
        let mut setup = world.setup();
        const COUNT: u32 = 70;
        some(&mut setup, COUNT);
        setup.ends = at(200_000);
        offline(&mut setup, RECIPIENT, at(3_000), Span::secs(100));
        let played = play_replay(&setup);
        let first = at(103_000) + world.times.access + world.catch_up();
        let answer = (world.bus.latency * 2 + world.times.cpu).max(world.apart);
        for nth in 0..COUNT {
            let due = match nth {
                0..64 => first + world.step() * u64::from(nth),
                _ => first + world.step() * u64::from(nth - 1) + answer,
            };
            assert_eq!(when(&played, nth), due, "{nth} {world:?}");
        }
    }
}

#[test]
fn away_and_its_server_dead_meanwhile() {
    for world in worlds() {
        let mut setup = world.setup();
        some(&mut setup, 3);
        offline(&mut setup, RECIPIENT, at(3_000), Span::secs(30));
        setup.faults.push(dead(1, at(4_000)));
        setup.clients.send_timeout = Span::millis(1_300);
        let played = play_replay(&setup);
        let Times { access, directory, .. } = world.times;
        let clients = &setup.clients;
        let attached = at(33_000) + clients.send_timeout + clients.reconnect;
        let first = attached + access + directory * 2 + world.catch_up();
        for nth in 0..3 {
            let due = first + world.step() * u64::from(nth);
            assert_eq!(when(&played, nth), due, "{nth} {world:?}");
        }
    }
}

#[test]
fn a_dead_server_is_noticed_by_keepalives() {
    for world in worlds() {
        let mut setup = world.setup();
        some(&mut setup, 2);
        setup.faults.push(dead(1, at(4_000)));
        let clients = &mut setup.clients;
        (clients.keepalive, clients.send_timeout) = (Span::secs(10), Span::secs(2));
        let (keepalive, timeout, reconnect) =
            (clients.keepalive, clients.send_timeout, clients.reconnect);
        let played = play_replay(&setup);
        let node = played.places.client(ClientId(RECIPIENT));
        let detached = played
            .seen
            .notes
            .iter()
            .find(|(_, by, note)| *by == node && matches!(note, Note::Detached));
        let detached = detached.expect("it gave its host up").0;
        let (earliest, Times { access, directory, .. }) =
            (at(4_000) + keepalive + timeout, world.times);
        assert!((earliest..earliest + keepalive).contains(&detached), "{world:?}");
        let first = detached + reconnect + access + directory * 2 + world.catch_up();
        assert_eq!(when(&played, 0), first, "{world:?}");
        assert_eq!(when(&played, 1), first + world.step(), "{world:?}");
    }
}

#[test]
fn a_server_that_returns_tells_its_clients() {
    for world in worlds() {
        let mut setup = world.setup();
        some(&mut setup, 3);
        setup.faults.push(crash(node(1), at(4_000), Span::secs(20), DiskFate::Kept));
        let played = play_replay(&setup);
        let Times { access, directory, .. } = world.times;
        let begun = at(24_000) + (directory * 2 + access * 2).max(world.bus.latency * 2);
        for nth in 0..3 {
            let due = begun + world.catch_up() + world.step() * u64::from(nth);
            assert_eq!(when(&played, nth), due, "{nth} {world:?}");
        }
    }
}

/// The server that a client turned to dies in mid catch-up, and returns: it goes on from the first that had not arrived.
#[test]
fn a_second_server_that_dies_in_mid_catch_up() {
    for world in worlds().filter(|world| !world.apart.is_zero()) {
        let world = World { apart: Span::nanos(500_000_003), ..world };
        let mut setup = world.setup();
        const COUNT: u32 = 5;
        some(&mut setup, COUNT);
        offline(&mut setup, RECIPIENT, at(3_000), Span::secs(30));
        setup.faults.push(dead(1, at(4_000)));
        setup.clients.send_timeout = Span::secs(2);
        let Times { access, directory, .. } = world.times;
        let attached = at(33_000) + setup.clients.send_timeout + setup.clients.reconnect;
        let first = attached + access + directory * 2 + world.catch_up();
        // Two are on their way or there.
        let down = first + world.apart + Span::millis(200);
        setup.faults.push(crash(node(2), down, Span::millis(700), DiskFate::Kept));
        let played = play_replay(&setup);
        let back = down + Span::millis(700);
        let begun = back + (directory * 2 + access * 2).max(world.bus.latency * 2);
        for nth in 0..COUNT {
            let due = match u64::from(nth) {
                nth @ 0..2 => first + world.apart * nth,
                nth => begun + world.catch_up() + world.apart * (nth - 2),
            };
            assert_eq!(when(&played, nth), due, "{nth} {world:?}");
        }
        assert_eq!(played.totals.duplicates_stopped, 0, "{world:?}");
    }
}

/// What the main dispatcher reads at y while a client catches up until z comes at `max(y + s, z) + a`.
#[test]
fn what_comes_meanwhile_waits_for_the_end_of_the_catch_up() {
    for world in worlds().filter(|world| !world.apart.is_zero()) {
        for late in [100_u64, 1_500] {
            let world = World { apart: Span::nanos(1_000_000_007), ..world };
            let mut setup = world.setup();
            let back = at(33_000);
            let to: &[u32] = &[RECIPIENT];
            let sent = back + Span::millis(late);
            listed(
                &mut setup,
                &[(at(5_000), SENDER, to), (at(6_000), SENDER, to), (sent, SENDER, to)],
            );
            offline(&mut setup, RECIPIENT, at(3_000), Span::secs(30));
            let played = play_replay(&setup);
            let first = back + world.times.access + world.catch_up();
            let ends = first + world.apart;
            assert_eq!((when(&played, 0), when(&played, 1)), (first, ends), "{world:?}");
            let read = sent + world.read() + world.times.cpu + world.times.access;
            assert_eq!(when(&played, 2), read.max(ends), "{world:?}");
        }
    }
}

/// Each waits for the slots of those before it: `(i − 1) · (σ + 2b + (k − 1) · q)`.
#[test]
fn one_slot_is_given_to_one_after_the_other() {
    for world in worlds().filter(|world| world.times.cpu.is_zero()) {
        let mut setup = world.setup();
        setup.homes = [0, 1, 1, 1, 1].map(GatewayId).to_vec();
        replay(&mut setup).max_temporary = Some(1);
        let each = 3_u64;
        let recipients = [[1], [2], [3], [4]];
        let all: Vec<(Time, u32, &[u32])> = recipients
            .iter()
            .flat_map(|to| (0..each).map(move |nth| (to, nth)))
            .zip(0..)
            .map(|((to, _), place)| (at(5_000 + 100 * place), SENDER, &to[..]))
            .collect();
        listed(&mut setup, &all);
        for client in 1..5 {
            offline(&mut setup, client, at(3_000), Span::secs(30));
        }
        let played = play_replay(&setup);
        let first = at(33_000) + world.times.access + world.catch_up();
        let slot = world.start + world.bus.latency * 2 + world.step() * (each - 1);
        for (place, client) in (0..).zip(1..5_u32) {
            for nth in 0..each {
                let message = (place * each + nth) as u32;
                let delivered = played.row(message, client).delivered.expect("it was delivered");
                let due = first + slot * place + world.step() * nth;
                assert_eq!(delivered, due, "{client} {nth} {world:?}");
            }
        }
    }
}

/// What the primary wrote at y is there until it is read, or has fallen out if `y + V < t + a + σ + b`.
#[test]
fn what_falls_out_before_it_is_read() {
    for world in worlds() {
        let mut setup = world.setup();
        some(&mut setup, 1);
        offline(&mut setup, RECIPIENT, at(3_000), Span::secs(30));
        let written = at(5_000) + world.written();
        let read = at(33_000) + world.times.access + world.start + world.bus.latency;
        for (more, fate) in [(0, Fate::Expired), (2, Fate::Delivered)] {
            replay(&mut setup).retention = (read - written) + Span::nanos(more) - Span::nanos(1);
            let played = play_replay(&setup);
            let row = played.row(0, RECIPIENT);
            assert_eq!(row.fate, fate, "{world:?}");
            if fate == Fate::Expired {
                let cause = row.cause.expect("there is one");
                assert_eq!(cause.kind, CauseKind::Retention, "{world:?}");
            }
        }
    }
}

/// Of each client so many are kept, whoever else gets more.
#[test]
fn only_so_many_of_each_client_are_kept() {
    for world in worlds() {
        let mut setup = world.setup();
        setup.homes = [0, 1, 1].map(GatewayId).to_vec();
        let all: Vec<(Time, u32, &[u32])> = (0..6)
            .map(|nth| {
                (at(5_000 + 1_000 * nth), SENDER, if nth % 3 == 2 { &[2][..] } else { &[1] })
            })
            .collect();
        listed(&mut setup, &all);
        replay(&mut setup).retention_events = Some(2);
        for client in [1, 2] {
            offline(&mut setup, client, at(3_000), Span::secs(30));
        }
        let played = play_replay(&setup);
        let fates: Vec<Fate> = played.rows.iter().map(|row| row.fate).collect();
        let fate = |message, client| played.row(message, client).fate;
        assert_eq!([fate(0, 1), fate(1, 1)], [Fate::Expired; 2], "{fates:?} {world:?}");
        assert_eq!([fate(3, 1), fate(4, 1), fate(2, 2), fate(5, 2)], [Fate::Delivered; 4]);
    }
}

#[test]
fn a_bus_of_one_that_returns() {
    for world in worlds().filter(|world| world.replicas == 1) {
        let mut setup = world.setup();
        // Nothing is published again just when it returns.
        replay(&mut setup).ack_timeout = Span::secs(9);
        some(&mut setup, 1);
        let who = bus(&setup, 0);
        setup.faults.push(crash(who, at(4_000), Span::secs(4), DiskFate::Kept));
        let played = play_replay(&setup);
        let BusTimes { latency, write } = world.bus;
        let due = at(8_000) + latency * 3 + write + world.times.cpu + world.times.access;
        assert_eq!(when(&played, 0), due, "{world:?}");
    }
}

#[test]
fn the_primary_dies() {
    for world in worlds().filter(|world| world.replicas > 1) {
        let mut setup = world.setup();
        replay(&mut setup).ack_timeout = Span::secs(9);
        let sent = at(10_100);
        listed(&mut setup, &[(sent, SENDER, &[RECIPIENT])]);
        let who = bus(&setup, 0);
        setup.faults.push(Fault::from(
            What::Crash { who: Who::Nodes(vec![who]), disk: DiskFate::Kept },
            at(9_800),
        ));
        let played = play_replay(&setup);
        let BusTimes { latency, write } = world.bus;
        let (last, every) = (at(9_500), Span::millis(500));
        let next = last + latency + every * 3 + Span::secs(1);
        let (next, stored) = match world.replicas {
            2 => (next, write),
            _ => (next + latency * 2, latency * 2 + write * 2),
        };
        let due = next + latency * 3 + stored + world.times.cpu + world.times.access;
        assert_eq!(when(&played, 0), due, "{world:?}");
    }
}

/// What the dead replica of two has not acked is stored when it is left out: by attempts, or by silence.
#[test]
fn a_replica_of_two_dies() {
    for world in worlds().filter(|world| world.replicas == 2) {
        for (attempts, sent) in [(1_u64, 9_600), (2, 9_900), (9, 9_700), (9, 10_800), (2, 12_000)] {
            let mut setup = world.setup();
            let options = replay(&mut setup);
            options.attempts = attempts as u32;
            let timeout = options.ack_timeout;
            listed(&mut setup, &[(at(sent), SENDER, &[RECIPIENT])]);
            let who = bus(&setup, 1);
            setup.faults.push(Fault::from(
                What::Crash { who: Who::Nodes(vec![who]), disk: DiskFate::Kept },
                at(9_520),
            ));
            let played = play_replay(&setup);
            let latency = world.bus.latency;
            let written = at(sent) + world.written();
            let silent = at(9_500) + latency + Span::millis(1_500);
            let stored = written.max((written + timeout * attempts).min(silent));
            let due = stored + latency + world.times.cpu + world.times.access;
            assert_eq!(when(&played, 0), due, "{attempts} {sent} {world:?}");
        }
    }
}

/// A device that crashes has the number on its disk: what it got since then is stopped.
#[test]
fn a_device_goes_back_to_its_disk() {
    for world in worlds().filter(|world| world.start.is_zero()) {
        for (every, before) in [(1_u32, 5_u32), (2, 5), (3, 5), (4, 3), (5, 5)] {
            let mut setup = world.setup();
            some(&mut setup, before);
            replay(&mut setup).store_every = every;
            let device = setup.places().client(ClientId(RECIPIENT));
            setup.faults.push(crash(device, at(20_000), Span::secs(5), DiskFate::Kept));
            let played = play_replay(&setup);
            let stopped = u64::from(before % every);
            assert_eq!(played.totals.duplicates_stopped, stopped, "{every} {before} {world:?}");
        }
    }
}

/// A device without a number begins with what comes, or with all there is.
#[test]
fn a_device_that_lost_its_disk_begins_where_it_is_told() {
    for world in worlds() {
        for begin in [Begin::Tip, Begin::All] {
            let mut setup = world.setup();
            replay(&mut setup).begin = begin;
            let to: &[u32] = &[RECIPIENT];
            listed(
                &mut setup,
                &[(at(5_000), SENDER, to), (at(21_000), SENDER, to), (at(40_000), SENDER, to)],
            );
            let device = setup.places().client(ClientId(RECIPIENT));
            setup.faults.push(crash(device, at(20_000), Span::secs(5), DiskFate::Lost));
            let played = play_replay(&setup);
            // What came while it was dead fell out of its world with `tip`.
            let missed = played.row(1, RECIPIENT).fate;
            let (fate, again) = match begin {
                Begin::Tip => (Fate::Stranded, 0),
                Begin::All => (Fate::Delivered, 1),
            };
            assert_eq!(missed, fate, "{world:?}");
            assert_eq!(played.totals.duplicates_forgotten, again, "{world:?}");
            assert_eq!(played.latency(2, RECIPIENT), Some(world.delivered()), "{world:?}");
        }
    }
}
