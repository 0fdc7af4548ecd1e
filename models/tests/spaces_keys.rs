//! The keys of `spaces` that its exact results say nothing of: each acts.

use crate::common::spaces::{ServerTimes, options, plan_of, play_spaces, server, world};
use crate::common::*;
use penult_models::strategies::spaces::{
    ClusterBy, Letter, MapLetter, Move, SpaceId, SpaceName, Spaces, SpacesOptions,
};
use penult_models::{Packet, *};
use penult_sim::*;

const SERVERS: ServerTimes =
    ServerTimes { latency: Span::millis(3), cpu: Span::ZERO, write: Span::ZERO };
const HOMES: &[u32] = &[0, 1, 2, 3, 0, 1];

fn plain(change: impl FnOnce(&mut SpacesOptions)) -> Setup {
    let mut options = options(SERVERS);
    change(&mut options);
    world(4, HOMES, Times::PLAIN, &[], options)
}

/// The nodes that stored a message.
fn stored_at(played: &Played, message: u32) -> Vec<(Time, NodeId)> {
    let stored = played.seen.notes.iter().filter_map(|(at, node, note)| match note {
        Note::Stored { delivery, .. } if delivery.message.number() == message => Some((*at, *node)),
        _ => None,
    });
    stored.collect()
}

fn space(members: &[u32]) -> SpaceName {
    SpaceName::Members(members.iter().copied().map(ClientId).collect())
}

/// Offline for half a minute, and then it has expired at the server that had it last, or has not.
#[test]
fn retention_is_how_long_servers_keep_it() {
    for (retention, fate) in [(20, Fate::Expired), (40, Fate::Delivered)] {
        let mut setup = plain(|options| options.retention = Span::secs(retention));
        listed(&mut setup, &[(at(10_000), 0, &[1])]);
        let device = setup.places().client(ClientId(1));
        setup.faults.push(Fault::once(What::offline(device), at(5_000), Span::secs(35)));
        let played = play_spaces(&setup);
        let row = played.row(0, 1);
        assert_eq!(row.fate, fate);
        if fate == Fate::Expired {
            let cause = row.cause.expect("something took it");
            // The host had it last: it came there after the servers had stored it.
            assert_eq!(
                (cause.kind, cause.to_string().as_str()),
                (CauseKind::Retention, "retention(g1)")
            );
            let gone = at(10_000) + Span::millis(20 + 3) + Span::millis(3) + Span::secs(retention);
            assert_eq!(row.gone, Some(gone));
        }
    }
}

/// What expired at servers does not come back, and counts as had.
#[test]
fn ids_are_kept_as_long_again() {
    let mut setup = plain(|options| options.retention = Span::secs(10));
    setup.clients.send_timeout = Span::secs(2);
    listed(&mut setup, &[(at(10_000), 0, &[1])]);
    // Nobody hears that it is accepted until it has expired, and it is sent again then.
    let places = setup.places();
    let device = places.client(ClientId(0));
    let cut = What::link(device, node(0));
    setup.faults.push(Fault::once(cut, at(10_021), Span::secs(14)));
    for other in 1..4 {
        let cut = What::link(device, node(other));
        setup.faults.push(Fault::once(cut, at(10_000), Span::secs(14)));
    }
    setup.clients.send_attempts = 50;
    let played = play_spaces(&setup);
    assert_eq!(played.row(0, 1).fate, Fate::Delivered);
    let servers = stored_at(&played, 0).into_iter();
    let servers = servers.filter(|(_, node)| matches!(places.kind(*node), Kind::Service(_)));
    assert_eq!(servers.count(), 3, "each server stores it once");
    let accepted = played.row(0, 1).accepted.expect("it is accepted in the end");
    assert!(accepted > at(20_100), "accepted at {accepted}, after it had expired");
}

#[test]
fn a_suspect_is_asked_as_often_as_probe_says() {
    for probe in [700, 2_300] {
        let mut setup = plain(|options| options.probe = Span::millis(probe));
        listed(&mut setup, &[(at(10_500), 0, &[1])]);
        let suspect = server(&setup, 1);
        let cut = What::link(node(0), suspect);
        setup.faults.push(Fault::once(cut, at(10_000), Span::millis(5_500)));
        let played = play_spaces(&setup);
        let told = |wanted: &Note| {
            let all = played.seen.notes.iter();
            let mut all = all.filter(|(_, by, note)| *by == node(0) && same(note, wanted));
            all.next().map(|(at, ..)| *at)
        };
        let suspected = told(&Note::Suspected(suspect)).expect("it is suspected");
        let trusted = told(&Note::Trusted(suspect)).expect("and no more");
        // The first question after the link is back.
        let mut asked = suspected;
        while asked < at(15_500) {
            asked += Span::millis(probe);
        }
        assert_eq!(trusted, asked + SERVERS.latency * 2);
    }
}

fn same(one: &Note, other: &Note) -> bool {
    match (one, other) {
        (Note::Suspected(one), Note::Suspected(other))
        | (Note::Trusted(one), Note::Trusted(other)) => one == other,
        _ => false,
    }
}

/// What is said when.
#[derive(Default)]
struct Said {
    lists: Vec<usize>,
    claims: Vec<Time>,
    notices: Vec<Time>,
    moved: Vec<Time>,
}

impl Observer<Member<Spaces>> for Said {
    fn see(&mut self, at: Time, what: Observed<'_, Member<Spaces>>) {
        match what {
            Observed::Sent(sent) => match sent.packet {
                Packet::Down(Down::Hosted { list, .. }) => self.lists.push(list.len()),
                Packet::Between(Letter::Directory(DirectoryLetter::Notice { .. })) => {
                    self.notices.push(at);
                }
                Packet::Between(Letter::Map(MapLetter::Moved { .. })) => self.moved.push(at),
                _ => {}
            },
            Observed::Received(came) => {
                if let Packet::Between(Letter::Directory(DirectoryLetter::Claim { .. })) =
                    came.packet
                {
                    self.claims.push(at);
                }
            }
            _ => {}
        }
    }
}

fn said(setup: &Setup) -> Said {
    let options = setup.strategy.get::<Spaces>().expect("it is spaces").clone();
    let engine = setup.engine::<Spaces>(options).expect("the workload is well formed");
    let mut engine = engine.observed_by(Said::default());
    engine.run(&Limits::until(setup.stops)).expect("there are few events");
    engine.into_observer()
}

#[test]
fn length_is_that_of_lists_and_notices_wait() {
    for (length, notice) in [(1, 0), (2, 250), (4, 1_000)] {
        let mut setup =
            plain(|options| (options.length, options.notice) = (length, Span::millis(notice)));
        setup.clients.keepalive = Span::secs(5);
        setup.clients.send_timeout = Span::secs(1);
        listed(&mut setup, &[(at(10_000), 0, &[1])]);
        setup.faults.push(Fault::once(What::crash(node(1)), at(9_000), Span::secs(40)));
        let said = said(&setup);
        assert!(!said.lists.is_empty() && said.lists.iter().all(|it| *it == length as usize));
        let (claim, told) = (said.claims[0], said.notices[0]);
        assert_eq!(told - claim, Span::millis(notice));
    }
}

#[test]
fn policy_refuses() {
    let mut setup = plain(|options| {
        options.policy.messages = Some(MessageLimit { messages: 1, per: Span::secs(60) });
    });
    listed(&mut setup, &[(at(10_000), 0, &[1]), (at(11_000), 0, &[1]), (at(11_000), 2, &[1])]);
    let played = play_spaces(&setup);
    let fates = (0..3).map(|message| played.row(message, 1).fate);
    assert_eq!(fates.collect::<Vec<_>>(), [Fate::Delivered, Fate::Rejected, Fate::Delivered]);
    assert!(stored_at(&played, 1).is_empty());
    let mut setup = plain(|_| {});
    listed(&mut setup, &[(at(10_000), 0, &[1])]);
    setup.workload.harmful = 1.0;
    assert_eq!(play_spaces(&setup).row(0, 1).fate, Fate::Rejected);
}

#[test]
fn spaces_are_dealt_to_clusters() {
    let spaces: &[&[u32]] = &[&[0, 1], &[0, 4], &[2, 3], &[1, 5]];
    let dealt = |by: ClusterBy, change: fn(&mut SpacesOptions)| {
        let regions: &[&[u64]] = &[&[0, 1_000], &[1_000, 0]];
        let mut options = options(SERVERS);
        (options.servers, options.clusters, options.cluster_by) = (6, 2, by);
        change(&mut options);
        let mut setup = world(4, HOMES, Times::PLAIN, regions, options);
        // The third is written in twice.
        let mut messages: Vec<(Time, u32, &[u32])> =
            spaces.iter().map(|space| (at(1_000), space[0], &space[1..])).collect();
        messages.push((at(2_000), 3, &[2]));
        listed(&mut setup, &messages);
        let plan = plan_of(&setup);
        let cluster = |members: &&[u32]| {
            let space = plan.named(&space(members)).expect("it is of the list");
            plan.space(space).cluster
        };
        spaces.iter().map(cluster).collect::<Vec<u32>>()
    };
    let nothing: fn(&mut SpacesOptions) = |_| {};
    assert_eq!(dealt(ClusterBy::None, nothing), [0, 0, 0, 0]);
    // c0, c2 and c4 are in the first region, the others in the second; of equals the one listed first.
    assert_eq!(dealt(ClusterBy::Region, nothing), [0, 0, 0, 1]);
    // Three teams of two: 0 and 1, 2 and 3, 4 and 5; modulo two clusters.
    assert_eq!(dealt(ClusterBy::Team, |it| it.teams = 3), [0, 0, 1, 0]);
    assert_eq!(dealt(ClusterBy::Team, nothing), [0, 0, 0, 0]);
    // Two of five messages are in the third; of the others, one each.
    assert_eq!(dealt(ClusterBy::Volume, nothing), [0, 1, 0, 1]);
    // c0's are one group, c1's third shares half of its members with that.
    assert_eq!(dealt(ClusterBy::Members, nothing), [0, 0, 1, 0]);
    assert_eq!(dealt(ClusterBy::Members, |it| it.overlap = 0.6), [0, 1, 1, 0]);
}

/// What is sent after a move is stored at the new servers alone, and what was sent before gets there too.
#[test]
fn a_space_moves() {
    for directory_is_dead in [false, true] {
        let mut setup = plain(|options| {
            (options.servers, options.clusters, options.replicas) = (6, 2, 2);
            options.moves = vec![Move { at: at(10_000), space: space(&[0, 1]), to: 1 }];
        });
        setup.clients.keepalive = Span::secs(2);
        let device = setup.places().client(ClientId(1));
        setup.faults.push(Fault::once(What::offline(device), at(4_000), Span::secs(20)));
        listed(&mut setup, &[(at(5_000), 0, &[1]), (at(15_000), 0, &[1]), (at(30_000), 1, &[0])]);
        let moves = match directory_is_dead {
            true => {
                let directory = setup.places().service(0);
                let crash = What::crash(directory);
                setup.faults.push(Fault::once(crash, at(8_000), Span::secs(4)));
                at(12_000)
            }
            false => at(10_000),
        };
        assert_eq!(said(&setup).moved.first(), Some(&moves));
        let played = play_spaces(&setup);
        let in_cluster = |node: NodeId, cluster: u32| {
            (3 * cluster..3 * cluster + 3).any(|it| node == server(&setup, it))
        };
        let servers = |message: u32, cluster: u32| {
            let all = stored_at(&played, message).into_iter();
            all.filter(|(_, node)| in_cluster(*node, cluster)).count()
        };
        assert_eq!((servers(0, 0), servers(0, 1)), (2, 2), "what was there is offered");
        assert_eq!((servers(1, 0), servers(1, 1)), (0, 2));
        assert_eq!((servers(2, 0), servers(2, 1)), (0, 2));
        let fates = [(0, 1), (1, 1), (2, 0)].map(|(message, to)| played.row(message, to).fate);
        assert_eq!(fates, [Fate::Delivered; 3]);
        // The old ones offer at once.
        let offered = stored_at(&played, 0).into_iter().find(|(_, node)| in_cluster(*node, 1));
        let expected = moves + Span::millis(1 + 3) + SERVERS.latency * 6;
        assert_eq!(offered.map(|(at, _)| at), Some(expected));
    }
}

/// A dead server's place is taken after so long, by the next of the order.
#[test]
fn the_dead_are_replaced() {
    for after in [None, Some(3_000), Some(30_000)] {
        let mut setup = plain(|options| {
            (options.servers, options.replicas) = (4, 2);
            (options.beat, options.misses) = (Span::secs(1), 2);
            options.replace_after = after.map(Span::millis);
        });
        listed(&mut setup, &[(at(1_000), 0, &[1]), (at(20_000), 0, &[1])]);
        let order = plan_of(&setup).space(SpaceId(0)).order.clone();
        let [dead, asks, next] = [0, 1, 2].map(|place: usize| server(&setup, order[place].0));
        setup.faults.push(Fault::from(What::crash(dead), at(5_000)));
        let played = play_spaces(&setup);
        let first: Vec<_> =
            stored_at(&played, 0).into_iter().filter(|(_, node)| *node == next).collect();
        let second: Vec<_> =
            stored_at(&played, 1).into_iter().filter(|(_, node)| *node == next).collect();
        let suspects = played.seen.notes.iter().find(|(_, by, note)| {
            *by == asks && matches!(note, Note::Suspected(suspect) if *suspect == dead)
        });
        let suspected = suspects.expect("its peer finds out").0;
        match after {
            None => assert_eq!((first.len(), second.len()), (0, 0)),
            Some(after) => {
                // To the directory, from there to the others, and what they have: asked after T, lacking, sent.
                let asked = suspected + Span::millis(after) + Span::millis(1 + 3);
                let told = asked + Span::millis(1 + 3);
                let timeout = Span::millis(900);
                assert_eq!(first[0].0, told + timeout + SERVERS.latency * 6);
                assert_eq!(second.len(), 1);
            }
        }
        assert_eq!(played.row(1, 1).fate, Fate::Delivered);
    }
}

/// All servers die: what is on disk comes back with them.
#[test]
fn queue_says_where_servers_keep_it() {
    for (on_disk, lost, fate) in
        [(false, false, Fate::Lost), (true, false, Fate::Delivered), (true, true, Fate::Lost)]
    {
        let times = Times { on_disk, ..Times::PLAIN };
        let mut setup = world(4, HOMES, times, &[], options(SERVERS));
        setup.clients.keepalive = Span::secs(5);
        listed(&mut setup, &[(at(10_000), 0, &[1])]);
        let device = setup.places().client(ClientId(1));
        setup.faults.push(Fault::once(What::offline(device), at(5_000), Span::secs(30)));
        let disk = if lost { DiskFate::Lost } else { DiskFate::Kept };
        // The gateways have nothing that lasts.
        let nodes = (0..3).map(|it| server(&setup, it)).chain((0..4).map(node)).collect();
        let what = What::Crash { who: Who::Nodes(nodes), disk };
        setup.faults.push(Fault::once(what, at(15_000), Span::secs(2)));
        assert_eq!(play_spaces(&setup).row(0, 1).fate, fate, "{on_disk}, {lost}");
    }
}
