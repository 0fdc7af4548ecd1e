//! Heartbeats: nodes tell each other regularly that they live, and notice who does not.

use std::collections::BTreeMap;

use penult_sim::{Delay, Distribution, Ids, NodeId, Span, Time, TimerId};

use super::phi::{Gaps, quantile_of};
use super::{Detector, HeartbeatOptions};
use crate::member::MemberTimer;
use crate::packet::{Packet, kind_and_ids};
use crate::purpose;
use crate::server::{Cx, Server};

/// I live. The number says how many its sender has sent since it came to life: where it begins anew, the
/// sender was dead meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat(pub u64);

/// What a node is reminded of that sends and expects heartbeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeartbeatTimer {
    /// Time for the next.
    Beat,
    /// This node was silent for too long, if nothing came since the timer was set.
    Silence(NodeId),
    /// The same, after everything else of that instant: what comes just in time counts.
    LastCall(NodeId),
}

impl Ids for HeartbeatTimer {
    fn ids(&self) -> u64 {
        match *self {
            HeartbeatTimer::Beat => kind_and_ids(1, 0),
            HeartbeatTimer::Silence(node) => kind_and_ids(2, node.raw().into()),
            HeartbeatTimer::LastCall(node) => kind_and_ids(3, node.raw().into()),
        }
    }
}

/// A node's heartbeats, and what it knows of those of others.
#[derive(Debug)]
pub struct Heartbeats {
    options: HeartbeatOptions,
    /// How many standard deviations of silence are too many, with `phi`.
    quantile: f64,
    sent: u64,
    /// Whom it tells that it lives.
    told: Vec<NodeId>,
    watched: BTreeMap<NodeId, Watch>,
}

/// What is known of one other.
#[derive(Debug)]
struct Watch {
    /// When anything last came from it.
    last: Time,
    /// The number of its last heartbeat, and when that came.
    beat: Option<(u64, Time)>,
    gaps: Gaps,
    /// How long a silence may be; absent: nobody knows yet.
    patience: Option<Span>,
    /// The timer, and for when it is set. There is one, which is set anew when it runs out: nearly
    /// everything that comes makes it later only.
    guard: Option<(TimerId, Time)>,
    /// It was silent for too long, and still is.
    is_silent: bool,
}

impl Heartbeats {
    /// Begins to tell these, first after a uniform part of a period, and to watch those.
    pub fn begin<S>(
        options: HeartbeatOptions,
        told: Vec<NodeId>,
        watched: impl IntoIterator<Item = NodeId>,
        cx: &mut Cx<'_, S>,
    ) -> Self
    where
        S: Server<Timer: From<HeartbeatTimer>>,
    {
        let HeartbeatOptions { every, detector } = options;
        let phase = Distribution::uniform(0.0, every.as_nanos() as f64);
        let phase = Delay::from_nanos(phase.expect("a period is a range"));
        let first = phase.sample(&mut cx.draw(purpose::HEARTBEAT_PHASE));
        cx.set_background_timer(first, timer(HeartbeatTimer::Beat));
        let (patience, quantile) = match detector {
            Detector::Misses(misses) => {
                let patience = every.as_nanos().saturating_mul(misses.into());
                (Some(Span::nanos(patience)), 0.0)
            }
            Detector::Phi(phi) => (None, quantile_of(phi)),
        };
        // The first heartbeat may be a period away: silence counts from then on.
        let last = cx.now() + every;
        let mut heartbeats =
            Heartbeats { options, quantile, sent: 0, told, watched: BTreeMap::new() };
        for node in watched {
            let gaps = Gaps::default();
            let mut watch =
                Watch { last, beat: None, gaps, patience, guard: None, is_silent: false };
            watch.arm(node, cx);
            heartbeats.watched.insert(node, watch);
        }
        heartbeats
    }

    /// Tells everybody that this node lives, and will again.
    pub fn beat<S>(&mut self, cx: &mut Cx<'_, S>)
    where
        S: Server<Packet: From<Heartbeat>, Timer: From<HeartbeatTimer>>,
    {
        self.sent += 1;
        for &node in &self.told {
            cx.send(node, Packet::Between(Heartbeat(self.sent).into()));
        }
        cx.set_background_timer(self.options.every, timer(HeartbeatTimer::Beat));
    }

    /// Anything came from a node: it lives. Only heartbeats tell how far they are apart.
    pub fn heard<S>(&mut self, from: NodeId, cx: &mut Cx<'_, S>)
    where
        S: Server<Timer: From<HeartbeatTimer>>,
    {
        if let Some(watch) = self.watched.get_mut(&from) {
            watch.last = cx.now();
            watch.is_silent = false;
            watch.arm(from, cx);
        }
    }

    /// A heartbeat came from a node, which was told by [`Heartbeats::heard`] already or will be.
    pub fn heard_beat<S>(&mut self, from: NodeId, Heartbeat(number): Heartbeat, cx: &mut Cx<'_, S>)
    where
        S: Server<Timer: From<HeartbeatTimer>>,
    {
        let HeartbeatOptions { every, detector } = self.options;
        let Some(watch) = self.watched.get_mut(&from) else { return };
        let now = cx.now();
        let before = watch.beat.replace((number, now));
        if let Detector::Phi(_) = detector
            && let Some((earlier, at)) = before
        {
            // How long it was dead says nothing of how far its heartbeats are apart.
            if number > earlier {
                watch.gaps.add(now - at);
            }
            watch.patience = watch.gaps.patience(every, self.quantile);
        }
        self.heard(from, cx);
    }

    /// A timer about a node ran out. True if it is to be suspected: it was silent for too long.
    pub fn is_overdue<S>(&mut self, timer: HeartbeatTimer, cx: &mut Cx<'_, S>) -> bool
    where
        S: Server<Timer: From<HeartbeatTimer>>,
    {
        let (HeartbeatTimer::Silence(node) | HeartbeatTimer::LastCall(node)) = timer else {
            return false;
        };
        let watch = self.watched.get_mut(&node).expect("who is timed is watched");
        watch.guard = None;
        if watch.deadline().is_none_or(|deadline| deadline > cx.now()) {
            watch.arm(node, cx);
            return false;
        }
        watch.is_silent = matches!(timer, HeartbeatTimer::LastCall(_));
        if !watch.is_silent {
            let reminder = MemberTimer::Server(HeartbeatTimer::LastCall(node).into());
            watch.guard = Some((cx.set_background_timer(Span::ZERO, reminder), cx.now()));
        }
        watch.is_silent
    }

    /// Those that were silent for too long, and still are.
    pub fn silent(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.watched.iter().filter(|(_, watch)| watch.is_silent).map(|(&node, _)| node)
    }
}

impl Watch {
    fn deadline(&self) -> Option<Time> {
        self.patience.map(|patience| self.last + patience)
    }

    /// Sees to it that the timer runs out at the end of the patience, or before.
    fn arm<S>(&mut self, node: NodeId, cx: &mut Cx<'_, S>)
    where
        S: Server<Timer: From<HeartbeatTimer>>,
    {
        let Some(deadline) = self.deadline() else { return };
        if let Some((guard, set_for)) = self.guard {
            if set_for <= deadline {
                return;
            }
            cx.cancel_timer(guard);
        }
        let deadline = deadline.max(cx.now());
        let reminder = timer(HeartbeatTimer::Silence(node));
        self.guard = Some((cx.set_background_timer(deadline - cx.now(), reminder), deadline));
    }
}

fn timer<T: From<HeartbeatTimer>, C>(timer: HeartbeatTimer) -> MemberTimer<T, C> {
    MemberTimer::Server(timer.into())
}
