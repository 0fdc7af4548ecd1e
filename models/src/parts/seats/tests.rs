//! Seats beside a real directory.

use std::marker::PhantomData;

use penult_sim::{Fault, NodeId, What};

use super::*;
use crate::directory::{Directory, DirectoryDisk, DirectoryTimer, WithDirectory};
use crate::message::Message;
use crate::packet::Up;
use crate::parts::trial::{Due, Said, Trial, Tried, dead, log, play, world};
use crate::places::Kind;

/// What g0 does at each step, beside what all gateways do.
trait Script: Default + 'static {
    fn step(seats: &mut Seats, number: usize, cx: &mut Cx<'_, Self>);
}

/// A gateway with its seats, or the directory.
#[derive(Default)]
struct Seated<X> {
    seats: Option<Seats>,
    directory: Option<(Directory, DirectoryDisk)>,
    script: PhantomData<X>,
}

type Cx<'a, X> = crate::server::Cx<'a, Trial<Seated<X>>>;

#[derive(Clone, Debug)]
enum Letter {
    Directory(DirectoryLetter),
    /// Claim this client.
    Claim(ClientId),
    /// What came of an answer here.
    Report(String),
}

#[derive(Clone, Debug)]
enum Timer {
    Seats(SeatTimer),
    Directory(DirectoryTimer),
}

impl From<DirectoryLetter> for Said<Letter> {
    fn from(letter: DirectoryLetter) -> Self {
        Said(Letter::Directory(letter))
    }
}

impl From<SeatTimer> for Due<Timer> {
    fn from(timer: SeatTimer) -> Self {
        Due::Of(Timer::Seats(timer))
    }
}

impl From<DirectoryTimer> for Due<Timer> {
    fn from(timer: DirectoryTimer) -> Self {
        Due::Of(Timer::Directory(timer))
    }
}

impl<X: Script> WithSeats for Trial<Seated<X>> {
    fn directory_timeout(_: &Vec<Span>) -> Span {
        Span::millis(200)
    }
}

impl<X: Script> WithDirectory for Trial<Seated<X>> {
    fn gathering(_: &Vec<Span>) -> Span {
        Span::ZERO
    }
}

const HERE: ClientId = ClientId(0);
const THERE: ClientId = ClientId(1);
const OTHER: GatewayId = GatewayId(1);

fn of(number: u64, recipient: ClientId) -> DeliveryId {
    DeliveryId { message: Message::numbered(number).id, recipient }
}

fn say_to<X: Script>(to: GatewayId, letter: Letter, cx: &mut Cx<'_, X>) {
    cx.send(cx.world().places.gateway(to), Packet::Between(Said(letter)));
}

impl<X: Script> Seated<X> {
    fn seats(&mut self, cx: &Cx<'_, X>) -> &mut Seats {
        let me = cx.world().places.as_gateway(cx.node());
        self.seats.get_or_insert_with(|| Seats::new(me))
    }

    /// Tells the next gateway what came of something, for the log.
    fn report(what: String, cx: &mut Cx<'_, X>) {
        let me = cx.world().places.as_gateway(cx.node());
        say_to(GatewayId((me.0 + 1) % 3), Letter::Report(what), cx);
    }

    fn answered(&mut self, answers: &[Hosted], cx: &mut Cx<'_, X>) {
        for &hosted in answers {
            let answer = self.seats(cx).answered(hosted, cx);
            Self::report(format!("{}: {answer:?}", hosted.client), cx);
            if let Answer::Here { epoch, attaching: true, .. } = answer {
                let list = cx.world().list_of(self.seats(cx).me());
                self.seats(cx).greet(hosted.client, epoch, list, cx);
            }
        }
    }
}

impl<X: Script> Tried for Seated<X> {
    type Letter = Letter;
    type Timer = Timer;

    /// Who is hosted where and since when is written `c1 g0 2`.
    fn words(letter: &Letter) -> String {
        let all = |hosted: &[Hosted]| {
            let one = |it: &Hosted| format!("{} {} {}", it.client, it.host, it.epoch);
            hosted.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        match letter {
            Letter::Report(what) => what.clone(),
            Letter::Directory(letter) => match letter {
                DirectoryLetter::Claim { claims, suspect } => {
                    let claims: Vec<_> =
                        claims.iter().map(|it| format!("{} {}", it.client, it.epoch)).collect();
                    let whom = suspect.map_or("nobody".to_owned(), |suspect| suspect.to_string());
                    format!("Claim {}, {whom} is gone", claims.join(", "))
                }
                DirectoryLetter::Answer(hosted) => format!("Answer {}", all(hosted)),
                DirectoryLetter::Inventoried(hosted) => format!("Inventoried {}", all(hosted)),
                DirectoryLetter::There { hosted, .. } => format!("There {}", all(hosted)),
                DirectoryLetter::HostIs(hosted) => format!("HostIs {}", all(&[*hosted])),
                DirectoryLetter::Where { clients, .. } => format!("Where {clients:?}"),
                DirectoryLetter::Notice { .. } => "Notice".to_owned(),
                letter => format!("{letter:?}"),
            },
            letter @ Letter::Claim(_) => format!("{letter:?}"),
        }
    }

    fn step(&mut self, number: usize, cx: &mut Cx<'_, X>) {
        X::step(self.seats(cx), number, cx);
    }

    fn hear(&mut self, from: ClientId, up: Up, cx: &mut Cx<'_, X>) {
        if let Up::Keepalive(_) = up {
            self.seats(cx).kept_alive(from, cx);
        }
    }

    fn receive(&mut self, from: NodeId, letter: Letter, cx: &mut Cx<'_, X>) {
        if let Kind::Service(_) = cx.world().places.kind(cx.node()) {
            let Letter::Directory(letter) = letter else { panic!("the directory got {letter:?}") };
            let (directory, disk) = self.directory.get_or_insert_with(|| {
                let disk = DirectoryDisk::new(cx.world());
                (Directory::begin(&disk, cx), disk)
            });
            return directory.receive(disk, from, letter, cx);
        }
        match letter {
            Letter::Report(_) => {}
            Letter::Claim(client) => self.seats(cx).claim(&[client], None, cx),
            Letter::Directory(letter) => match letter {
                DirectoryLetter::Answer(answers) => self.answered(&answers, cx),
                DirectoryLetter::Inventoried(answers) => {
                    if !self.seats(cx).settle() {
                        return self.answered(&answers, cx);
                    }
                    for &Hosted { client, host, epoch } in answers.iter() {
                        let is_new = self.seats(cx).learn(client, View { host, epoch }, cx);
                        Self::report(format!("{client}: learnt {is_new}"), cx);
                    }
                }
                DirectoryLetter::Notice { number, changes } => {
                    self.seats(cx).noticed(number, cx);
                    for change in changes.iter() {
                        let heard = self.seats(cx).hear_of(change.hosted, cx);
                        Self::report(format!("{}: {heard:?}", change.hosted.client), cx);
                    }
                }
                DirectoryLetter::HostIs(hosted) => {
                    let heard = self.seats(cx).hear_of(hosted, cx);
                    Self::report(format!("{}: {heard:?}", hosted.client), cx);
                }
                DirectoryLetter::There { of, .. } => {
                    let found = self.seats(cx).found(of, cx).unwrap_or_default();
                    let found: Vec<_> = found.iter().map(|it| it.recipient).collect();
                    Self::report(format!("{found:?} wait no longer"), cx);
                }
                letter => panic!("the directory sent {letter:?}"),
            },
        }
    }

    fn wake(&mut self, timer: Timer, cx: &mut Cx<'_, X>) {
        match timer {
            Timer::Directory(timer) => {
                self.directory.as_mut().expect("it set a timer").0.wake(timer, cx);
            }
            Timer::Seats(timer) => {
                let seats = self.seats(cx);
                match timer {
                    SeatTimer::Unanswered(client) => seats.unanswered(client, cx),
                    SeatTimer::NoInventory if seats.is_settled() => {}
                    SeatTimer::NoInventory => seats.take_inventory(vec![THERE], cx),
                    SeatTimer::NotFound(of) => {
                        // Meanwhile one of them went another way.
                        seats.not_found(of, |delivery| delivery.recipient == THERE, cx);
                    }
                    SeatTimer::Ungreeted(client, epoch) => {
                        let is_host = seats.hosts_since(client, epoch, cx);
                        Self::report(format!("{client} is reminded: {is_host}"), cx);
                    }
                }
            }
        }
    }
}

/// What happens where devices say nothing. That notices are sent and heard is not written down.
fn lines<X: Script>(faults: impl IntoIterator<Item = Fault>, steps: &[u64]) -> Vec<(u64, String)> {
    let mut setup = world();
    setup.clients.keepalive = Span::secs(1_000);
    setup.faults.extend(faults);
    let all = play::<Seated<X>>(&setup, steps).into_iter();
    all.filter(|(_, what)| !["Heard(", "Notice"].iter().any(|it| what.contains(it))).collect()
}

const DIRECTORY: u32 = 3;

/// Of two claims the first to arrive wins; everybody hears of it, and who asked knows by the answer.
#[test]
fn one_claim_wins_and_all_hear_of_it() {
    #[derive(Default)]
    struct Race;

    impl Script for Race {
        fn step(seats: &mut Seats, number: usize, cx: &mut Cx<'_, Self>) {
            if number == 0 {
                say_to(GatewayId(2), Letter::Claim(THERE), cx);
                seats.claim(&[THERE, HERE], Some(OTHER), cx);
                assert!(seats.asks_about(THERE) && !seats.hosts(THERE, cx));
                // What is asked already is not asked twice.
                seats.claim(&[THERE], None, cx);
                seats.look_up(THERE, cx);
            } else {
                assert!(seats.hosts(THERE, cx) && seats.hosts_since(THERE, 2, cx));
                assert!(seats.is_behind(THERE, 3, cx) && !seats.is_behind(THERE, 2, cx));
            }
        }
    }

    let expected = log([
        (1_000, "g0 to g2: Claim(c1)"),
        (1_000, "g0 to service 0: Claim c1 1, c0 1, g1 is gone"),
        (1_001, "g2 to service 0: Claim c1 1, nobody is gone"),
        (1_001, "service 0 to g0: Answer c1 g0 2, c0 g0 2"),
        (1_002, "service 0 to g2: Answer c1 g0 2"),
        (1_002, "g0 to g1: c1: Noted"),
        (1_002, "g0 to g1: c0: Noted"),
        (1_002, "g1 to g2: c1: Elsewhere"),
        (1_002, "g1 to g2: c0: Elsewhere"),
        (1_002, "g2 to g0: c1: Noted"),
        (1_002, "g2 to g0: c0: Elsewhere"),
        (1_002, "g0: Claimed { client: c1, from: g0, epoch: 2 }"),
        (1_002, "g0 to g1: c1: Here { epoch: 2, asked: 1s, attaching: false }"),
        (1_002, "g0: Claimed { client: c0, from: g0, epoch: 2 }"),
        (1_002, "g0 to g1: c0: Here { epoch: 2, asked: 1s, attaching: false }"),
        (1_003, "g2 to g0: c1: Elsewhere { asked: Some(1.001s) }"),
    ]);
    assert_eq!(lines::<Race>([], &[1_000, 2_000]), expected);
}

/// A question is asked until it is answered; and a client that says nothing is claimed less and less often.
#[test]
fn claims_are_repeated_and_back_off() {
    #[derive(Default)]
    struct Again;

    impl Script for Again {
        fn step(seats: &mut Seats, number: usize, cx: &mut Cx<'_, Self>) {
            if number == 2 {
                seats.is_taken_for_host(THERE);
            }
            seats.claim(&[THERE], None, cx);
        }
    }

    let claimed = lines::<Again>([dead(DIRECTORY, 900, 2_000)], &[1_000, 3_000, 5_000]);
    let claims = claimed.into_iter().filter(|(_, what)| what.contains("to service 0: Claim"));
    let expected = log([
        (1_000, "g0 to service 0: Claim c1 1, nobody is gone"),
        (1_200, "g0 to service 0: Claim c1 1, nobody is gone"),
        (1_600, "g0 to service 0: Claim c1 1, nobody is gone"),
        (2_400, "g0 to service 0: Claim c1 1, nobody is gone"),
        // Four claims, and not a word of the client: 1.6 s after the last.
        (4_000, "g0 to service 0: Claim c1 2, nobody is gone"),
        (5_000, "g0 to service 0: Claim c1 3, nobody is gone"),
    ]);
    assert_eq!(claims.collect::<Vec<_>>(), expected);
}

/// Gateways that never claim by themselves get on with this.
#[test]
fn devices_attach() {
    #[derive(Default)]
    struct Host;

    impl Script for Host {
        fn step(seats: &mut Seats, number: usize, cx: &mut Cx<'_, Self>) {
            match number {
                0 => {
                    assert_eq!(seats.attach(HERE, 1, cx), Attach::Here(1));
                    seats.confirm(HERE, cx);
                    assert_eq!(seats.attach(THERE, 1, cx), Attach::Claimed);
                }
                // Unheard here, g2 has it since, and its device knows.
                1 => say_to(GatewayId(2), Letter::Claim(THERE), cx),
                2 => {
                    assert!(seats.hosts_since(THERE, 2, cx));
                    assert_eq!(seats.attach(THERE, 3, cx), Attach::ClaimedAnew);
                }
                _ => assert!(!seats.told_stale(THERE, 4, cx) && seats.told_stale(THERE, 5, cx)),
            }
        }
    }

    let mut setup = world();
    let places = setup.places();
    let ends = (places.service(0), places.gateway(GatewayId(0)));
    let cut = What::Link { ends, one_way: true };
    setup.faults.push(Fault::once(cut, Time::from_millis(1_900), Span::millis(1_000)));
    let all = play::<Seated<Host>>(&setup, &[1_000, 2_000, 3_000, 4_000]);
    let of_g0 = |what: &str| {
        (what.starts_with("g0") || what.starts_with("service 0 to g0"))
            && !["Heard(", "Notice", "Alive", "Claimed {"].iter().any(|it| what.contains(it))
    };
    // The cut ends before the notices come again; then devices only remind their hosts.
    let all = all
        .into_iter()
        .filter(|(at, what)| of_g0(what) && (*at < 10_000 || what.contains("reminded")));
    let hosted = |epoch| {
        let list = [0, 1, 2].map(GatewayId);
        format!("g0 to c1: Hosted {{ epoch: {epoch}, list: {list:?} }}")
    };
    let expected = log([
        (1_000, "g0 to service 0: AmI(c0)"),
        (1_000, "g0 to service 0: Claim c1 1, g1 is gone"),
        (1_001, "service 0 to g0: HostIs c0 g0 1"),
        (1_001, "service 0 to g0: Answer c1 g0 2"),
        (1_002, "g0 to g1: c0: Nothing"),
        (1_002, "g0 to g1: c1: Noted"),
        (1_002, "g0 to g1: c1: Here { epoch: 2, asked: 1s, attaching: true }"),
        (1_002, &hosted(2)),
        (2_000, "g0 to g2: Claim(c1)"),
        (3_000, "g0 to service 0: Claim c1 3, nobody is gone"),
        (3_001, "service 0 to g0: Answer c1 g0 4"),
        (3_002, "g0 to g1: c1: Noted"),
        (3_002, "g0 to g1: c1: Here { epoch: 4, asked: 3s, attaching: true }"),
        (3_002, &hosted(4)),
        (4_000, "g0 to service 0: LookUp([c1])"),
        (4_001, "service 0 to g0: Answer c1 g0 4"),
        (4_002, "g0 to g1: c1: Here { epoch: 4, asked: 4s, attaching: false }"),
        // Whoever was greeted and has said nothing is greeted again, if this is its host still.
        (11_002, "g0 to g1: c1 is reminded: false"),
        (13_002, "g0 to g1: c1 is reminded: true"),
    ]);
    assert_eq!(all.collect::<Vec<_>>(), expected);
}

/// One that comes back hosts nobody before the directory's word.
#[test]
fn who_returns_takes_inventory() {
    #[derive(Default)]
    struct Back;

    impl Script for Back {
        fn step(seats: &mut Seats, number: usize, cx: &mut Cx<'_, Self>) {
            if number == 0 {
                *seats = Seats::returned(GatewayId(0));
                seats.take_inventory(vec![THERE], cx);
            } else {
                assert_eq!(seats.is_settled(), number == 2);
                assert_eq!(seats.hosts(HERE, cx), number == 2);
                assert!(!seats.hosts(THERE, cx));
                assert_eq!(seats.attach(HERE, 1, cx) == Attach::Ignored, number == 1);
                seats.kept_alive(HERE, cx);
                seats.kept_alive(THERE, cx);
            }
        }
    }

    let expected = log([
        (1_000, "g0 to service 0: Inventory([c1])"),
        (1_200, "g0 to c1: Elsewhere { host: g1, epoch: 1 }"),
        (1_400, "g0 to service 0: Inventory([c1])"),
        (1_800, "g0 to service 0: Inventory([c1])"),
        (1_801, "service 0 to g0: Inventoried c0 g0 1, c1 g1 1"),
        (1_802, "g0 to g1: c0: learnt false"),
        (1_802, "g0 to g1: c1: learnt false"),
        // It said nothing at 1200.
        (2_000, "g0 to c0: Alive"),
        (2_000, "g0 to c1: Elsewhere { host: g1, epoch: 1 }"),
    ]);
    assert_eq!(lines::<Back>([dead(DIRECTORY, 900, 1_500)], &[1_000, 1_200, 2_000]), expected);
}

/// Messages whose recipients' hosts are not known wait until the directory has said so.
#[test]
fn hosts_are_looked_up_for_messages() {
    #[derive(Default)]
    struct Source;

    impl Script for Source {
        fn step(seats: &mut Seats, _: usize, cx: &mut Cx<'_, Self>) {
            seats.look_up_hosts(vec![of(1, HERE), of(1, THERE)], cx);
        }
    }

    let expected = log([
        (1_000, "g0 to service 0: Where [c0, c1]"),
        (1_200, "g0 to service 0: Where [c1]"),
        (1_600, "g0 to service 0: Where [c1]"),
        (1_601, "service 0 to g0: There c1 g1 1"),
        (1_602, "g0 to g1: [c1] wait no longer"),
    ]);
    assert_eq!(lines::<Source>([dead(DIRECTORY, 900, 1_500)], &[1_000]), expected);
}
