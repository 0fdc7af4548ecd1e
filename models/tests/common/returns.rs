//! A home that was dead and comes back, and mail for its clients that came to their host meanwhile.

use penult_models::strategies::chain::{ChainOptions, ResyncOptions, ResyncWhat};
use penult_models::*;
use penult_sim::*;

use super::*;

pub const SENDER: u32 = 0;
/// Offline while the gateways change: what it is to get is held.
pub const AWAY: u32 = 1;
/// Online all the time.
pub const THERE: u32 = 2;
/// The home of both; the sender's is g0.
pub const HOME: u32 = 4;
/// Its first neighbour, who takes over.
pub const HOST: u32 = 5;
/// The first neighbour of that one.
pub const THIRD: u32 = 6;
pub const BYTES: u64 = 1000;

pub fn times() -> Vec<Times> {
    let odd = Times {
        access: Span::nanos(17_123_457),
        link: Span::nanos(3_000_001),
        directory: Span::nanos(1_700_011),
        ..Times::PLAIN
    };
    vec![Times::PLAIN, odd]
}

/// The home is dead from 5 s to 20 s and forgets everything; so many messages for the client that is away
/// have come to its host since 10 s, and one for the other.
pub fn world(count: u64, times: Times, resync: ResyncOptions) -> Setup {
    let options = ChainOptions { resync, ..ChainOptions::default() };
    let mut setup = mesh(8, &[0, HOME, HOME], times, &options);
    list(&mut setup, count, &[]);
    let who = Who::Nodes(vec![NodeId::new(HOME as usize)]);
    let crash = What::Crash { who, disk: DiskFate::Lost };
    setup.faults.push(Fault::once(crash, at(5_000), Span::secs(15)));
    let away = What::Offline(Who::Nodes(vec![client(&setup, AWAY)]));
    setup.faults.push(Fault::once(away, at(1_000), Span::secs(39)));
    setup
}

/// Messages 0 to `count - 1` are held for who is away, `count` came to the other; the rest follow.
pub fn list(setup: &mut Setup, count: u64, more: &[(Time, u32)]) {
    let early = (0..count).map(|number| (at(10_000 + number * 10), SENDER, &[AWAY][..]));
    let mut messages: Vec<(Time, u32, &[u32])> = early.collect();
    messages.push((at(10_000 + count * 10), SENDER, &[THERE]));
    messages.extend(more.iter().map(|(at, to)| (*at, SENDER, std::slice::from_ref(to))));
    listed(setup, &messages);
}

pub fn client(setup: &Setup, client: u32) -> NodeId {
    setup.places().client(ClientId(client))
}

pub fn resync(batch: u32, bits: u64) -> ResyncOptions {
    ResyncOptions { batch, bandwidth: Bandwidth::bits_per_second(bits), what: ResyncWhat::All }
}

/// How long the messages take at the pace of synchronising.
pub fn pace(count: u64, resync: ResyncOptions) -> Span {
    resync.bandwidth.map_or(Span::ZERO, |bandwidth| bandwidth.time_for(count * BYTES))
}

/// From the return of the home at 20 s until it has what it lacked.
pub fn synchronised(count: u64, times: Times, resync: ResyncOptions) -> Time {
    at(20_000) + times.directory * 2 + times.link * 2 + pace(count, resync)
}

/// When something was noted at a gateway.
pub fn instants(seen: &Seen, gateway: u32, wanted: impl Fn(&Note) -> bool) -> Vec<Time> {
    let notes = seen.notes.iter().filter(|(_, node, _)| node.index() == gateway as usize);
    notes.filter(|(.., note)| wanted(note)).map(|&(at, ..)| at).collect()
}

pub fn claims(seen: &Seen, gateway: u32, client: u32) -> Vec<Time> {
    instants(
        seen,
        gateway,
        |note| matches!(note, Note::Claimed { client: ClientId(it), .. } if *it == client),
    )
}

pub fn stored(seen: &Seen, gateway: u32, message: u64) -> Vec<Time> {
    instants(
        seen,
        gateway,
        |note| matches!(note, Note::Stored { delivery, .. } if u64::from(delivery.message.number()) == message),
    )
}

pub fn finished(seen: &Seen, gateway: u32) -> Vec<(Time, u64, u64)> {
    let notes = seen.notes.iter().filter(|(_, node, _)| node.index() == gateway as usize);
    notes
        .filter_map(|&(at, _, ref note)| match *note {
            Note::ResyncFinished { messages, bytes } => Some((at, messages, bytes)),
            _ => None,
        })
        .collect()
}

pub fn started(seen: &Seen, gateway: u32) -> Vec<Time> {
    instants(seen, gateway, |note| matches!(note, Note::ResyncStarted))
}

pub fn all_delivered(played: &Played) {
    assert_eq!(played.totals.of(Fate::Delivered), played.totals.offered);
    assert_eq!(played.totals.duplicates_seen, 0);
}

/// Twenty messages, 160 ms of synchronising.
pub const COUNT: u64 = 20;
pub const SLOW: ResyncOptions = ResyncOptions {
    batch: 4,
    bandwidth: Bandwidth::bits_per_second(1_000_000),
    what: ResyncWhat::All,
};

/// What the home holds it lets go of when it is delivered.
pub fn lets_go_of_all(played: &Played) {
    let kept = instants(&played.seen, HOME, |note| matches!(note, Note::Kept(_)));
    let dropped = instants(&played.seen, HOME, |note| matches!(note, Note::Dropped(..)));
    assert_eq!(kept.len(), dropped.len());
}
