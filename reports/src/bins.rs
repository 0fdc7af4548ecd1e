//! Bins of time: a fixed number of them, and what a level did in each.

use penult_sim::{Span, Time};

/// No run is cut into more bins: each keeps its latencies.
pub const MOST_BINS: usize = 1000;

/// The run, cut into equal parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bins {
    width: Span,
    count: usize,
}

impl Bins {
    /// At most `most` bins from the start to `stops`, of a width that reads well: 1, 2 or 5 times a power
    /// of ten nanoseconds.
    pub fn at_most(most: usize, stops: Time) -> Bins {
        let most = most.clamp(1, MOST_BINS) as u64;
        let steps = (0..=18).flat_map(|power| [1, 2, 5].map(|step| step * 10_u64.pow(power)));
        let width = steps.clone().find(|&width| width.saturating_mul(most) >= stops.nanos());
        Bins::of(Span::nanos(width.unwrap_or(u64::MAX)), stops)
    }

    /// Bins of this width from the start to `stops`.
    pub fn of(width: Span, stops: Time) -> Bins {
        let width = width.max(Span::nanos(1));
        let count = stops.nanos().div_ceil(width.as_nanos()).max(1);
        let count = usize::try_from(count).ok().filter(|&count| count <= MOST_BINS);
        Bins { width, count: count.expect("a run is cut into MOST_BINS bins at most") }
    }

    /// How many there are.
    pub fn count(self) -> usize {
        self.count
    }

    /// How long each is.
    #[cfg(test)]
    pub fn width(self) -> Span {
        self.width
    }

    /// The one in which an instant falls; the end of the run belongs to the last.
    pub fn of_instant(self, at: Time) -> usize {
        let place = at.nanos() / self.width.as_nanos();
        usize::try_from(place).map_or(self.count - 1, |place| place.min(self.count - 1))
    }

    /// When one begins.
    pub fn begins(self, bin: usize) -> Time {
        Time::ZERO + self.width * bin as u64
    }
}

/// Something that rises and falls, watched over a window of time and, if asked, bin by bin.
#[derive(Clone, Debug)]
pub struct Course {
    now: u64,
    since: Time,
    window: (Time, Time),
    peak: u64,
    area: u128,
    bins: Option<Binned>,
}

impl Course {
    /// One that stands at zero. Peak and area are those within the window.
    pub fn within(from: Time, until: Time) -> Course {
        let window = (from, until);
        Course { now: 0, since: Time::ZERO, window, peak: 0, area: 0, bins: None }
    }

    /// The same, also bin by bin over the whole run.
    pub fn in_bins(self, bins: Bins) -> Course {
        Course { bins: Some(Binned::new(bins)), ..self }
    }

    /// How high it stands.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The highest that it stood for a while.
    pub fn peak(&self) -> u64 {
        self.peak
    }

    /// Level times nanoseconds, within the window.
    pub fn area(&self) -> u128 {
        self.area
    }

    /// How high it stood on average within the window; none of an empty window.
    pub fn mean(&self) -> Option<f64> {
        let (from, until) = self.window;
        (from < until).then(|| self.area as f64 / (until - from).as_nanos() as f64)
    }

    /// How high it stood on average in a bin, of which the run covered the part up to `end`.
    pub fn mean_in(&self, bin: usize, end: Time) -> Option<f64> {
        let Binned { layout, areas, .. } = self.bins.as_ref()?;
        let (from, until) = (layout.begins(bin), layout.begins(bin + 1).min(end));
        (from < until).then(|| areas[bin] as f64 / (until - from).as_nanos() as f64)
    }

    /// It stands at `level` from now on.
    #[inline]
    pub fn set(&mut self, at: Time, level: u64) {
        if level != self.now {
            self.reach(at);
            self.now = level;
        }
    }

    /// It rises by one.
    pub fn rise(&mut self, at: Time) {
        self.set(at, self.now + 1);
    }

    /// It falls by one.
    pub fn fall(&mut self, at: Time) {
        self.set(at, self.now - 1);
    }

    /// Takes note of the time that it stood where it stands.
    pub fn reach(&mut self, at: Time) {
        if at <= self.since {
            return;
        }
        let since = std::mem::replace(&mut self.since, at);
        let (from, until) = (since.max(self.window.0), at.min(self.window.1));
        if from < until {
            self.peak = self.peak.max(self.now);
            self.area += area(self.now, from, until);
        }
        if let Some(bins) = self.bins.as_mut().filter(|_| self.now > 0) {
            bins.stood(self.now, since, at);
        }
    }
}

/// The area in each bin.
#[derive(Clone, Debug)]
struct Binned {
    layout: Bins,
    areas: Vec<u128>,
    /// The bin that was come to last, and when it ends.
    bin: usize,
    ends: Time,
}

impl Binned {
    fn new(layout: Bins) -> Binned {
        Binned { layout, areas: vec![0; layout.count()], bin: 0, ends: layout.begins(1) }
    }

    /// It stood at a level all this while. Nothing counts past the last bin.
    #[inline]
    fn stood(&mut self, level: u64, mut from: Time, until: Time) {
        while until > self.ends {
            self.areas[self.bin] += area(level, from.min(self.ends), self.ends);
            from = from.max(self.ends);
            if self.bin + 1 == self.layout.count() {
                return;
            }
            self.bin += 1;
            self.ends = self.layout.begins(self.bin + 1);
        }
        self.areas[self.bin] += area(level, from, until);
    }
}

fn area(level: u64, from: Time, until: Time) -> u128 {
    u128::from(level) * u128::from((until - from).as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Time {
        Time::ZERO + Span::secs(seconds)
    }

    #[test]
    fn widths_read_well() {
        for (stops, most, width, count) in
            [(90, 100, 1, 90), (100, 100, 1, 100), (101, 100, 2, 51), (3600, 100, 50, 72)]
        {
            let bins = Bins::at_most(most, secs(stops));
            assert_eq!((bins.width(), bins.count()), (Span::secs(width), count), "{stops} s");
        }
        assert_eq!(Bins::at_most(100, Time::ZERO).count(), 1);
        let bins = Bins::of(Span::secs(2), secs(5));
        assert_eq!(bins.count(), 3);
        let of = |at| bins.of_instant(secs(at));
        assert_eq!([of(0), of(1), of(2), of(5), of(9)], [0, 0, 1, 2, 2]);
    }

    #[test]
    fn a_course_is_summed_within_its_window_and_its_bins() {
        let bins = Bins::of(Span::secs(2), secs(6));
        let mut course = Course::within(secs(1), secs(4)).in_bins(bins);
        course.set(secs(0), 4);
        course.set(secs(3), 9);
        course.set(secs(3), 1);
        course.set(secs(5), 0);
        course.reach(secs(6));
        assert_eq!(course.area(), (4 * 2 + 1) * 1_000_000_000);
        assert_eq!(course.mean(), Some(3.0));
        assert_eq!(course.peak(), 4, "what came and went in an instant was never there");
        let means = [0, 1, 2].map(|bin| course.mean_in(bin, secs(6)));
        assert_eq!(means, [Some(4.0), Some(2.5), Some(0.5)]);
        assert_eq!(course.mean_in(2, secs(5)), Some(1.0));
        assert_eq!(course.mean_in(2, secs(4)), None);
    }
}
