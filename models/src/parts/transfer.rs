//! Transfer: batches that leave one after the other at the pace of a bandwidth, all in one stream, the first
//! first.

use std::collections::VecDeque;

use penult_sim::{Bandwidth, Span, Time};

use crate::member::TimerOf;
use crate::server::{Cx, Server};

/// What leaves at a pace.
#[derive(Debug)]
pub struct Transfer<B> {
    /// What has to leave, in this order, each with the bytes that count.
    queue: VecDeque<(B, u64)>,
    /// Since when batches leave without a pause, and how many bytes have: so rounding never adds up.
    /// The first of the queue is leaving.
    busy: Option<(Time, u64)>,
}

/// What becomes of batches that are to leave.
#[derive(Debug, PartialEq, Eq)]
pub struct Leaving<B> {
    /// The last of them leaves so much later.
    pub after: Span,
    /// These leave now: there is no bandwidth to wait for.
    pub now: Vec<B>,
}

impl<B> Default for Transfer<B> {
    fn default() -> Self {
        Transfer { queue: VecDeque::new(), busy: None }
    }
}

impl<B> Transfer<B> {
    /// Puts batches behind what is there. Without a bandwidth they need not wait.
    pub fn put(
        &mut self,
        batches: Vec<(B, u64)>,
        bandwidth: Option<Bandwidth>,
        now: Time,
    ) -> Leaving<B> {
        let Some(bandwidth) = bandwidth.filter(|_| !batches.is_empty()) else {
            let now = batches.into_iter().map(|(batch, _)| batch).collect();
            return Leaving { after: Span::ZERO, now };
        };
        self.queue.extend(batches);
        let (since, left) = self.busy.unwrap_or((now, 0));
        let all: u64 = self.queue.iter().map(|(_, bytes)| bytes).sum();
        Leaving { after: since + bandwidth.time_for(left + all) - now, now: Vec::new() }
    }

    /// Sees to it that something is leaving, if anything is to.
    pub fn begin<S: Server>(
        &mut self,
        bandwidth: Option<Bandwidth>,
        reminder: TimerOf<S>,
        cx: &mut Cx<'_, S>,
    ) {
        if self.busy.is_none() && !self.queue.is_empty() {
            self.busy = Some((cx.now(), 0));
            self.await_first(bandwidth, reminder, cx);
        }
    }

    /// The reminder came: the first batch has left, and the next begins to.
    pub fn left<S: Server>(
        &mut self,
        bandwidth: Option<Bandwidth>,
        reminder: TimerOf<S>,
        cx: &mut Cx<'_, S>,
    ) -> B {
        let (batch, bytes) = self.queue.pop_front().expect("what leaves is queued");
        let (_, left) = self.busy.as_mut().expect("something left");
        *left += bytes;
        if self.queue.is_empty() {
            self.busy = None;
        }
        self.await_first(bandwidth, reminder, cx);
        batch
    }

    /// Nobody wants these any more. One that is leaving leaves.
    pub fn forget(&mut self, mut is_unwanted: impl FnMut(&B) -> bool) {
        let mut is_leaving = self.busy.is_some();
        self.queue.retain(|(batch, _)| std::mem::take(&mut is_leaving) || !is_unwanted(batch));
    }

    fn await_first<S: Server>(
        &self,
        bandwidth: Option<Bandwidth>,
        reminder: TimerOf<S>,
        cx: &mut Cx<'_, S>,
    ) {
        debug_assert_eq!(
            self.busy.is_some(),
            !self.queue.is_empty(),
            "something leaves, or nothing is to"
        );
        let Some(((since, left), (_, bytes))) = self.busy.zip(self.queue.front()) else { return };
        let bandwidth = bandwidth.expect("without one nothing queues");
        let leaves = since + bandwidth.time_for(left + bytes);
        cx.set_timer(leaves - cx.now(), reminder);
    }
}

#[cfg(test)]
mod tests {
    use penult_sim::NodeId;

    use super::*;
    use crate::member::MemberTimer;
    use crate::packet::Packet;
    use crate::parts::trial::{Due, Said, Trial, Tried, log, play, world};

    /// Three bytes a second: no batch takes a whole number of nanoseconds.
    const SLOW: Option<Bandwidth> = Bandwidth::bits_per_second(24);

    #[derive(Default)]
    struct Sender(Transfer<u32>);

    impl Sender {
        fn put(&mut self, batches: &[(u32, u64)], cx: &mut Cx<'_, Trial<Self>>) -> Span {
            let Leaving { after, now } = self.0.put(batches.to_vec(), SLOW, cx.now());
            assert!(now.is_empty());
            self.0.begin(SLOW, MemberTimer::Server(Due::Of(())), cx);
            after
        }
    }

    impl Tried for Sender {
        type Letter = u32;
        type Timer = ();

        fn step(&mut self, number: usize, cx: &mut Cx<'_, Trial<Self>>) {
            let millis = |span: Span| span.as_nanos() / 1_000_000;
            match number {
                0 => assert_eq!(millis(self.put(&[(0, 1), (1, 1), (2, 4)], cx)), 2_000),
                // Behind what has to leave; 0 has, and 1 is leaving.
                1 => {
                    assert_eq!(millis(self.put(&[(3, 1), (4, 7), (5, 0)], cx)), 4_166);
                    // 2 and 3 are not wanted; 1 would not be, but is leaving.
                    self.0.forget(|&batch| (1..=3).contains(&batch));
                    assert_eq!(self.put(&[], cx), Span::ZERO);
                }
                // After a pause the pace begins anew.
                _ => assert_eq!(millis(self.put(&[(6, 3)], cx)), 1_000),
            }
        }

        fn wake(&mut self, (): (), cx: &mut Cx<'_, Trial<Self>>) {
            let batch = self.0.left(SLOW, MemberTimer::Server(Due::Of(())), cx);
            cx.send(NodeId::new(1), Packet::Between(Said(batch)));
        }
    }

    #[test]
    fn batches_leave_one_after_the_other() {
        let expected = log([
            (1_333, "g0 to g1: 0"),
            (1_666, "g0 to g1: 1"),
            // Nine bytes, three seconds: thirds of nanoseconds have not added up.
            (4_000, "g0 to g1: 4"),
            (4_000, "g0 to g1: 5"),
            (9_000, "g0 to g1: 6"),
        ]);
        assert_eq!(play::<Sender>(&world(), &[1_000, 1_500, 8_000]), expected);
    }

    #[test]
    fn without_a_bandwidth_nothing_waits() {
        let mut transfer = Transfer::default();
        let leaving = transfer.put(vec![('a', 1_000_000), ('b', 1)], None, Time::ZERO);
        assert_eq!(leaving, Leaving { after: Span::ZERO, now: vec!['a', 'b'] });
        assert!(transfer.queue.is_empty());
    }
}
