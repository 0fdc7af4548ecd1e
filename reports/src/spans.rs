//! Lengths of time as people read them: milliseconds below ten seconds, then seconds, minutes, hours, days. Files keep
//! milliseconds.

use crate::compare::significant;

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeUnit {
    /// How it is written behind a number.
    pub name: &'static str,
    /// How many milliseconds it has.
    pub millis: f64,
}

const MILLIS: TimeUnit = TimeUnit { name: "ms", millis: 1.0 };
const SECONDS: TimeUnit = TimeUnit { name: "s", millis: 1e3 };

/// From so many milliseconds on each unit is taken.
const UNITS: [(f64, TimeUnit); 4] = [
    (240.0 * 3_600_000.0, TimeUnit { name: "days", millis: 86_400_000.0 }),
    (180.0 * 60_000.0, TimeUnit { name: "h", millis: 3_600_000.0 }),
    (600_000.0, TimeUnit { name: "min", millis: 60_000.0 }),
    (10_000.0, SECONDS),
];

impl TimeUnit {
    /// The one in which so many milliseconds read well.
    pub fn of(millis: f64) -> TimeUnit {
        let fits = UNITS.iter().find(|(from, _)| millis.abs() >= *from);
        fits.map_or(MILLIS, |(_, unit)| *unit)
    }

    /// The one in which all of them read well together, which is that of the greatest.
    pub fn of_all(millis: impl IntoIterator<Item = f64>) -> TimeUnit {
        TimeUnit::of(millis.into_iter().map(f64::abs).fold(0.0, f64::max))
    }

    /// The one of a logarithmic axis. Where it goes from milliseconds to hours, no hour reads well at its foot.
    pub(crate) fn of_axis(least: f64, most: f64) -> TimeUnit {
        let unit = TimeUnit::of(most);
        if unit.millis > SECONDS.millis && least < unit.millis * 1e-3 { SECONDS } else { unit }
    }

    /// So many milliseconds, counted in it.
    pub fn count(self, millis: f64) -> f64 {
        millis / self.millis
    }
}

/// So many milliseconds with their unit, if they are so many that another unit reads better.
pub(crate) fn long(millis: f64) -> Option<String> {
    let unit = TimeUnit::of(millis);
    (unit != MILLIS).then(|| format!("{} {}", significant(unit.count(millis), 4), unit.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_well() {
        assert_eq!([0.0, 0.5, 9_999.0].map(long), [None, None, None]);
        let said = |millis| long(millis).unwrap();
        assert_eq!([10_000.0, 12_799.0, 599_000.0].map(said), ["10 s", "12.8 s", "599 s"]);
        assert_eq!([600_000.0, 10_740_000.0].map(said), ["10 min", "179 min"]);
        assert_eq!(said(102_080_740.221), "28.36 h");
        assert_eq!(said(20.0 * 86_400_000.0), "20 days");
        assert_eq!(said(-102_080_740.221), "-28.36 h");
    }

    #[test]
    fn what_stands_together_is_in_one_unit() {
        assert_eq!(TimeUnit::of_all([3.0, -50_000.0, 9.0]).name, "s");
        assert_eq!(TimeUnit::of_all([]).name, "ms");
        assert_eq!(TimeUnit::of_axis(40.0, 9_000.0).name, "ms");
        assert_eq!(TimeUnit::of_axis(40.0, 100e6).name, "s");
        assert_eq!(TimeUnit::of_axis(60_000.0, 100e6).name, "h");
    }
}
