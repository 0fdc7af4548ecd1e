//! Walking in a plane: legs from point to point, and when two who walk are within each other's range.
//!
//! All of this is `+ − · / √` of `f64` in the order in which it is written, nothing fused: these are exact on
//! every platform, so that two programs that agree on the formulas agree on every contact.

use crate::{BufferedStream, Delay, Distribution, Draw, Purpose, Seed, Span, Stream, Time};

/// How walkers walk: to a point of the area, at a speed, then a pause, and again.
#[derive(Clone, Debug, PartialEq)]
pub struct Walking {
    /// Width and height of the area, in metres.
    pub area: (f64, f64),
    /// The speed of a leg, in metres per second.
    pub speed: Distribution,
    /// How long they stay where a leg ends.
    pub pause: Delay,
}

/// A stretch of a walk without a turn: a leg, or the pause after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leg {
    /// Where it begins, in metres.
    pub at: (f64, f64),
    /// How far it leads in a nanosecond, in metres.
    pub velocity: (f64, f64),
    /// When it begins.
    pub from: Time,
    /// When it ends, and the next one begins.
    pub until: Time,
}

/// A walk, leg by leg.
#[derive(Debug)]
pub struct Walk {
    stream: Stream,
    /// The same with its generator, once something was drawn.
    draws: Option<BufferedStream>,
    /// The point where the walker stands, or to which it is under way; nothing before it was put anywhere.
    point: Option<(f64, f64)>,
    /// When the next stretch begins, and whether it is a pause.
    next: Time,
    pause: Option<Span>,
}

impl Walk {
    /// The walk that this entity draws for this purpose.
    pub fn new(purpose: Purpose, entity: u64) -> Walk {
        let stream = Stream::new(purpose, entity);
        Walk { stream, draws: None, point: None, next: Time::ZERO, pause: None }
    }

    /// The next stretch: the first one begins at the start of the run, each other one where and when the one
    /// before ends. A leg draws the point that it leads to, its speed, and the pause after it.
    pub fn next(&mut self, walking: &Walking, seed: &Seed) -> Leg {
        if let (Some(at), Some(pause)) = (self.point, self.pause.take()) {
            return self.stretch(at, (0.0, 0.0), pause);
        }
        let draw = self.draws.get_or_insert_with(|| BufferedStream::of(&self.stream, seed));
        let mut point = || (draw.unit() * walking.area.0, draw.unit() * walking.area.1);
        let at = self.point.unwrap_or_else(&mut point);
        let to = point();
        let speed = walking.speed.sample(draw);
        let pause = walking.pause.sample(draw);
        let (dx, dy) = (to.0 - at.0, to.1 - at.1);
        let nanos = (dx * dx + dy * dy).sqrt() / speed * 1e9;
        let time = Span::from_nanos_f64(nanos).max(Span::nanos(1));
        let whole = time.as_nanos() as f64;
        self.point = Some(to);
        self.pause = (!pause.is_zero()).then_some(pause);
        self.stretch(at, (dx / whole, dy / whole), time)
    }

    fn stretch(&mut self, at: (f64, f64), velocity: (f64, f64), time: Span) -> Leg {
        let from = self.next;
        self.next = from + time;
        Leg { at, velocity, from, until: self.next }
    }
}

impl Leg {
    /// Where the walker is at an instant of this leg, in metres.
    #[inline]
    pub fn place_at(&self, at: Time) -> (f64, f64) {
        // Signed, because the CPU converts that in one instruction: a run ends long before it makes a difference.
        let since = (at - self.from).as_nanos() as i64 as f64;
        (self.at.0 + self.velocity.0 * since, self.at.1 + self.velocity.1 * since)
    }

    /// When two who walk are no further apart than `range` on the stretch from `from` to `until`, on which
    /// neither turns: from the first whole nanosecond to the one after the last. What is not over by `until`
    /// has that for its end. Nothing if they don't come so near.
    #[inline]
    pub fn contact(
        &self,
        other: &Leg,
        range: f64,
        from: Time,
        until: Time,
    ) -> Option<(Time, Time)> {
        let (one, two) = (self.place_at(from), other.place_at(from));
        let (dx, dy) = (one.0 - two.0, one.1 - two.1);
        let (vx, vy) = (self.velocity.0 - other.velocity.0, self.velocity.1 - other.velocity.1);
        let a = vx * vx + vy * vy;
        let b = dx * vx + dy * vy;
        let c = dx * dx + dy * dy - range * range;
        let d = b * b - a * c;
        let near = c <= 0.0;
        // Not `&&`: half of all pairs come closer, and few of them near, so that only both is foreseeable.
        let comes = (b < 0.0) & (d > 0.0);
        // Most pairs are far apart and don't come near: these are through here.
        if !(near | comes) {
            return None;
        }
        let after = |nanos: f64| from + Span::nanos(nanos as u64);
        let begin = if near { from } else { after(((-b - d.sqrt()) / a).ceil()) };
        let end = if a > 0.0 && d > 0.0 {
            after(((-b + d.sqrt()) / a).floor()).max(from) + Span::nanos(1)
        } else {
            Time::NEVER
        };
        let end = end.min(until);
        (begin < end).then_some((begin, end))
    }
}
