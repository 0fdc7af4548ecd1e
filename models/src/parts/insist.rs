//! Insisting: what is said again and again until it is heard, or nobody wants it said any more.

use std::collections::BTreeMap;

use penult_sim::{Span, TimerId};

use crate::member::{MemberTimer, TimerOf};
use crate::server::{Cx, Server};

/// How long what was said waits to be heard before it is said again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    first: Span,
    /// From wait to wait.
    factor: f64,
    /// So many waits are as long as the first, beside that.
    steady: u32,
    /// Whether a run need not wait for it.
    background: bool,
}

impl Pace {
    /// No wait grows beyond this, unless it was that long from the beginning.
    pub const LONGEST: Span = Span::secs(10);

    /// Waits that grow by a factor, up to ten seconds.
    pub const fn growing(first: Span, factor: f64) -> Pace {
        Pace { first, factor, steady: 0, background: false }
    }

    /// Waits of which each is twice as long as the one before, up to ten seconds.
    pub const fn doubling(first: Span) -> Pace {
        Pace::growing(first, 2.0)
    }

    /// Waits of one length.
    pub const fn steady(every: Span) -> Pace {
        Pace { first: every, factor: 1.0, steady: u32::MAX, background: false }
    }

    /// The same, of which the first so many are of one length.
    pub const fn after_steady(self, times: u32) -> Pace {
        Pace { steady: times.saturating_sub(1), ..self }
    }

    /// The same, for what a run need not wait for.
    pub const fn in_background(self) -> Pace {
        Pace { background: true, ..self }
    }

    /// How long the wait is after what was said so many times before.
    #[inline]
    pub fn wait_after(self, times: u32) -> Span {
        if times <= self.steady { self.first } else { self.grown(times - self.steady) }
    }

    fn grown(self, times: u32) -> Span {
        let mut wait = self.first;
        for _ in 0..times {
            if wait >= Self::LONGEST {
                break;
            }
            wait = wait.scaled(self.factor);
        }
        wait.min(Self::LONGEST.max(self.first))
    }

    fn set<S: Server>(self, wait: Span, reminder: TimerOf<S>, cx: &mut Cx<'_, S>) -> TimerId {
        match self.background {
            true => cx.set_background_timer(wait, reminder),
            false => cx.set_timer(wait, reminder),
        }
    }
}

/// One thing that is said until it is heard: how often it was, and what reminds of it.
#[derive(Debug, Default)]
pub struct Again {
    times: u32,
    /// Absent where nothing waits. One that ran out may be left.
    guard: Option<TimerId>,
}

impl Again {
    /// The count goes on from here.
    pub fn from(times: u32) -> Again {
        Again { times, guard: None }
    }

    /// How often it was said.
    #[inline]
    pub fn times(&self) -> u32 {
        self.times
    }

    /// It was said, and is said again after the wait, unless it is heard.
    #[inline]
    pub fn said<S: Server>(&mut self, pace: Pace, reminder: TimerOf<S>, cx: &mut Cx<'_, S>) {
        self.stop(cx);
        self.guard = Some(pace.set(pace.wait_after(self.times), reminder, cx));
        self.times += 1;
    }

    /// It is said for the first time after this wait.
    pub fn begins_after<S: Server>(
        &mut self,
        wait: Span,
        pace: Pace,
        reminder: TimerOf<S>,
        cx: &mut Cx<'_, S>,
    ) {
        self.stop(cx);
        self.guard = Some(pace.set(wait, reminder, cx));
    }

    /// It was said beside, and the wait for the last time goes on.
    pub fn said_beside(&mut self) {
        self.times += 1;
    }

    /// The wait for the last time begins anew, and lasts so much longer.
    pub fn waits_longer<S: Server>(
        &mut self,
        pace: Pace,
        longer: Span,
        reminder: TimerOf<S>,
        cx: &mut Cx<'_, S>,
    ) {
        self.stop(cx);
        let wait = pace.wait_after(self.times.saturating_sub(1)).saturating_add(longer);
        self.guard = Some(pace.set(wait, reminder, cx));
    }

    /// Whether it waits to be heard, or has waited for too long.
    #[inline]
    pub fn is_waiting(&self) -> bool {
        self.guard.is_some()
    }

    /// The wait is over, and it is not said again before somebody says so.
    pub fn rests(&mut self) {
        self.guard = None;
    }

    /// It is as if it had never been said.
    pub fn forget_times(&mut self) {
        self.times = 0;
    }

    /// It is not said again: it was heard, or nobody would hear it.
    #[inline]
    pub fn stop<S: Server>(&mut self, cx: &mut Cx<'_, S>) {
        if let Some(guard) = self.guard.take() {
            cx.cancel_timer(guard);
        }
    }
}

/// Something that knows how it is said.
pub trait Saying<S: Server> {
    /// What tells it from others of its kind.
    type Key: Copy + Ord;

    /// Says it.
    fn say(&self, key: Self::Key, cx: &mut Cx<'_, S>);

    /// What reminds of it.
    fn reminder(key: Self::Key) -> S::Timer;
}

/// Things of one kind that are said, each until it is heard.
#[derive(Debug)]
pub struct Insist<K, V> {
    open: BTreeMap<K, (V, Again)>,
}

impl<K, V> Default for Insist<K, V> {
    fn default() -> Self {
        Insist { open: BTreeMap::new() }
    }
}

impl<K: Copy + Ord, V> Insist<K, V> {
    /// Says something, instead of what was said under this key before, if anything was.
    pub fn begin<S: Server>(&mut self, key: K, what: V, pace: Pace, cx: &mut Cx<'_, S>)
    where
        V: Saying<S, Key = K>,
    {
        self.heard(key, cx);
        let place = self.open.entry(key).or_insert((what, Again::default()));
        Self::say(key, place, pace, cx);
    }

    /// The reminder came: says it again. False if it is not waited for.
    pub fn say_again<S: Server>(&mut self, key: K, pace: Pace, cx: &mut Cx<'_, S>) -> bool
    where
        V: Saying<S, Key = K>,
    {
        let open = self.open.get_mut(&key);
        open.map(|open| Self::say(key, open, pace, cx)).is_some()
    }

    /// The same, if it was said less often than that. Else it is given up, and what it was: whoever has not heard it
    /// by now is silent.
    pub fn say_up_to<S: Server>(
        &mut self,
        attempts: u32,
        key: K,
        pace: Pace,
        cx: &mut Cx<'_, S>,
    ) -> Option<V>
    where
        V: Saying<S, Key = K>,
    {
        let open = self.open.get_mut(&key)?;
        if open.1.times() >= attempts {
            return self.heard(key, cx);
        }
        Self::say(key, open, pace, cx);
        None
    }

    /// Whoever hears it is another now, or is back: all begins anew, at once, in the order of the keys.
    pub fn say_all_anew<S: Server>(&mut self, pace: Pace, cx: &mut Cx<'_, S>)
    where
        V: Saying<S, Key = K>,
    {
        for (&key, open) in &mut self.open {
            open.1.forget_times();
            Self::say(key, open, pace, cx);
        }
    }

    fn say<S: Server>(key: K, (what, again): &mut (V, Again), pace: Pace, cx: &mut Cx<'_, S>)
    where
        V: Saying<S, Key = K>,
    {
        what.say(key, cx);
        again.said(pace, MemberTimer::Server(V::reminder(key)), cx);
    }

    /// It was heard, or nobody wants it said any more: what it was, if anything was.
    pub fn heard<S: Server>(&mut self, key: K, cx: &mut Cx<'_, S>) -> Option<V> {
        let (what, mut again) = self.open.remove(&key)?;
        again.stop(cx);
        Some(what)
    }

    /// What has yet to be heard under this key.
    pub fn get(&self, key: K) -> Option<&V> {
        self.open.get(&key).map(|(what, _)| what)
    }

    /// The same, to change what is said from the next time on.
    pub fn get_mut(&mut self, key: K) -> Option<&mut V> {
        self.open.get_mut(&key).map(|(what, _)| what)
    }

    /// How often it was said; never, if it is not waited for.
    pub fn times(&self, key: K) -> u32 {
        self.open.get(&key).map_or(0, |(_, again)| again.times())
    }
}

#[cfg(test)]
mod tests {
    use penult_sim::NodeId;

    use super::*;
    use crate::packet::Packet;
    use crate::parts::trial::{Due, Log, Said, Trial, Tried, log, play, world};

    #[test]
    fn waits_grow_up_to_ten_seconds() {
        let waits = |pace: Pace| {
            [0, 1, 2, 3, 4, 5, 6, 7, 8].map(|times| pace.wait_after(times).as_nanos() / 1_000_000)
        };
        let first = Span::millis(200);
        assert_eq!(
            waits(Pace::doubling(first)),
            [200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000]
        );
        assert_eq!(
            waits(Pace::doubling(first).after_steady(3)),
            [200, 200, 200, 400, 800, 1_600, 3_200, 6_400, 10_000]
        );
        assert_eq!(waits(Pace::growing(first, 1.5))[..4], [200, 300, 450, 675]);
        assert_eq!(waits(Pace::steady(first)), [200; 9]);
        // One that is long from the beginning stays so.
        assert_eq!(waits(Pace::doubling(Span::secs(12))), [12_000; 9]);
        assert_eq!(Pace::steady(first).wait_after(u32::MAX), first);
    }

    /// A word, and after how many times the others hear it.
    #[derive(Clone, Debug)]
    struct Word(&'static str);

    impl<S: Server<Packet = Said<&'static str>, Timer = Due<u32>>> Saying<S> for Word {
        type Key = u32;

        fn say(&self, key: u32, cx: &mut Cx<'_, S>) {
            cx.send(NodeId::new(key as usize), Packet::Between(Said(self.0)));
        }

        fn reminder(key: u32) -> Due<u32> {
            Due::Of(key)
        }
    }

    #[derive(Default)]
    struct Speaker(Insist<u32, Word>);

    const PACE: Pace = Pace::doubling(Span::millis(100));

    impl Tried for Speaker {
        type Letter = &'static str;
        type Timer = u32;

        fn step(&mut self, number: usize, cx: &mut Cx<'_, Trial<Self>>) {
            let Speaker(insist) = self;
            match number {
                0 => {
                    insist.begin(1, Word("one"), PACE, cx);
                    insist.begin(2, Word("two"), PACE, cx);
                }
                // What takes its place begins anew; what is changed goes on.
                1 => {
                    assert_eq!((insist.times(1), insist.times(2), insist.times(3)), (2, 2, 0));
                    insist.begin(1, Word("once more"), PACE, cx);
                    insist.get_mut(2).expect("it was not heard").0 = "too";
                }
                _ => {
                    assert_eq!(insist.times(1), 2);
                    assert_eq!(insist.heard(1, cx).expect("it was said").0, "once more");
                    assert!(insist.heard(1, cx).is_none() && insist.get(1).is_none());
                    assert!(!insist.say_again(1, PACE, cx));
                    assert_eq!(insist.get(2).expect("it was not heard").0, "too");
                    insist.heard(2, cx);
                }
            }
        }

        fn wake(&mut self, key: u32, cx: &mut Cx<'_, Trial<Self>>) {
            assert!(self.0.say_again(key, PACE, cx), "what was heard reminds of nothing");
        }
    }

    #[test]
    fn it_is_said_until_it_is_heard() {
        let expected = log([
            (1_000, "g0 to g1: \"one\""),
            (1_000, "g0 to g2: \"two\""),
            (1_100, "g0 to g1: \"one\""),
            (1_100, "g0 to g2: \"two\""),
            (1_200, "g0 to g1: \"once more\""),
            (1_300, "g0 to g2: \"too\""),
            (1_300, "g0 to g1: \"once more\""),
        ]);
        assert_eq!(play::<Speaker>(&world(), &[1_000, 1_200, 1_450]), expected);
    }

    /// Says each thing three times at most, and begins anew once.
    #[derive(Default)]
    struct Patient {
        insist: Insist<u32, Word>,
        given_up: Vec<&'static str>,
    }

    impl Tried for Patient {
        type Letter = &'static str;
        type Timer = u32;

        fn step(&mut self, number: usize, cx: &mut Cx<'_, Trial<Self>>) {
            match number {
                0 => {
                    self.insist.begin(2, Word("two"), PACE, cx);
                    self.insist.begin(1, Word("one"), PACE, cx);
                }
                1 => self.insist.say_all_anew(PACE, cx),
                _ => {
                    assert_eq!(self.given_up, ["one", "two"]);
                    assert!(self.insist.get(1).is_none() && self.insist.get(2).is_none());
                    assert!(self.insist.say_up_to(3, 1, PACE, cx).is_none(), "it is not open");
                }
            }
        }

        fn wake(&mut self, key: u32, cx: &mut Cx<'_, Trial<Self>>) {
            let given_up = self.insist.say_up_to(3, key, PACE, cx);
            self.given_up.extend(given_up.map(|Word(word)| word));
        }
    }

    #[test]
    fn it_is_given_up_after_so_many_times_and_begins_anew_for_another() {
        let expected = log([
            (1_000, "g0 to g2: \"two\""),
            (1_000, "g0 to g1: \"one\""),
            (1_100, "g0 to g2: \"two\""),
            (1_100, "g0 to g1: \"one\""),
            // Without the new beginning the third would come at 1300.
            (1_250, "g0 to g1: \"one\""),
            (1_250, "g0 to g2: \"two\""),
            (1_350, "g0 to g1: \"one\""),
            (1_350, "g0 to g2: \"two\""),
            (1_550, "g0 to g1: \"one\""),
            (1_550, "g0 to g2: \"two\""),
        ]);
        assert_eq!(play::<Patient>(&world(), &[1_000, 1_250, 2_000]), expected);
    }

    /// Says one thing, a second time beside, and waits longer for what is on its way.
    #[derive(Default)]
    struct Asker(Again);

    impl Tried for Asker {
        type Letter = u32;
        type Timer = ();

        fn step(&mut self, number: usize, cx: &mut Cx<'_, Trial<Self>>) {
            match number {
                0 => self.wake((), cx),
                1 => {
                    self.0.said_beside();
                    cx.send(NodeId::new(1), Packet::Between(Said(self.0.times())));
                }
                2 => {
                    let longer = Span::millis(50);
                    self.0.waits_longer(PACE, longer, MemberTimer::Server(Due::Of(())), cx);
                }
                _ => {
                    self.0.stop(cx);
                    assert_eq!(self.0.times(), 4);
                    self.0.forget_times();
                    assert_eq!(self.0.times(), 0);
                }
            }
        }

        fn wake(&mut self, (): (), cx: &mut Cx<'_, Trial<Self>>) {
            self.0.said(PACE, MemberTimer::Server(Due::Of(())), cx);
            cx.send(NodeId::new(1), Packet::Between(Said(self.0.times())));
        }
    }

    #[test]
    fn a_wait_can_be_longer_and_what_is_said_beside_counts() {
        let said = |lines: Log| lines.into_iter().map(|(at, _)| at).collect::<Vec<_>>();
        // At 1100 it would be said again. The third time waits 400 ms, and from 1200 on once more, and longer.
        let log = play::<Asker>(&world(), &[1_000, 1_050, 1_200, 1_700]);
        assert_eq!(said(log), [1_000, 1_050, 1_100, 1_650]);
    }
}
