//! Axes: where values lie, which of them get a tick, and how those read.

use super::canvas::{Anchor, Canvas, Layer, Text};
use super::style::{self, GRID, INK, MUTED};

/// From values to pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    log: bool,
}

impl Scale {
    /// Values from `low` to `high` lie evenly between two pixels.
    pub(crate) fn linear((low, high): (f64, f64), (from, to): (f64, f64)) -> Scale {
        // Of nothing at all there is still an axis.
        let high = if high > low { high } else { low + 1.0 };
        Scale { low, high, from, to, log: false }
    }

    /// Values lie evenly between two pixels, from the tick below them all to that above.
    pub(crate) fn around((low, high): (f64, f64), pixels: (f64, f64)) -> Scale {
        let step = linear_step(low, high, 5);
        // What lies on the foot of an axis would read as nothing.
        let below = ((low / step - 1e-9).ceil() - 1.0) * step;
        Scale::linear((below, (high / step - 1e-9).ceil() * step), pixels)
    }

    /// The least value and the greatest.
    pub(crate) fn ends(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Powers of ten lie evenly between two pixels: those of whole steps of the axis around all values.
    pub(crate) fn log((low, high): (f64, f64), (from, to): (f64, f64)) -> Scale {
        let low = if low > 0.0 { low } else { 1e-6 };
        let high = high.max(low);
        let (low, high) = (step_down(low), step_up(high));
        let high = if high > low * 1.5 { high } else { low * 10.0 };
        Scale { low, high, from, to, log: true }
    }

    /// Where a value lies; what is outside, at the edge.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let place = |value: f64| if self.log { libm::log10(value) } else { value };
        let value = value.clamp(self.low, self.high);
        let share = (place(value) - place(self.low)) / (place(self.high) - place(self.low));
        self.from + share * (self.to - self.from)
    }

    /// Values for ticks: at most about so many.
    pub(crate) fn ticks(&self, most: usize) -> Vec<f64> {
        if self.log { self.log_ticks(most) } else { linear_ticks(self.low, self.high, most) }
    }

    fn log_ticks(&self, most: usize) -> Vec<f64> {
        let decades = libm::log10(self.high / self.low);
        let below = libm::floor(libm::log10(self.low) + 1e-9) as i32;
        let first = libm::ceil(libm::log10(self.low) - 1e-9) as i32;
        let last = libm::floor(libm::log10(self.high) + 1e-9) as i32;
        let steps: &[f64] = if decades * 3.0 < most as f64 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let stride = (f64::from(last - first + 1) / most as f64).ceil().max(1.0) as usize;
        // From the top, so that 100 % has its tick.
        let mut powers: Vec<i32> = (below..=last).rev().step_by(stride).collect();
        powers.reverse();
        let powers = powers.into_iter().map(power);
        let ticks = powers.flat_map(|power| steps.iter().map(move |step| step * power));
        let inside = |value: &f64| *value >= self.low * 0.999 && *value <= self.high * 1.001;
        ticks.filter(inside).collect()
    }
}

/// At most about so many multiples of 1, 2 or 5 times a power of ten.
pub(crate) fn linear_ticks(low: f64, high: f64, most: usize) -> Vec<f64> {
    let step = linear_step(low, high, most);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|number| number as f64 * step).collect()
}

/// How far apart at most about so many ticks are.
fn linear_step(low: f64, high: f64, most: usize) -> f64 {
    let rough = (high - low) / most.max(1) as f64;
    let base = power(libm::floor(libm::log10(rough)) as i32);
    let steps = [1.0, 2.0, 5.0, 10.0].map(|it| it * base);
    steps.into_iter().find(|&step| step >= rough * 0.999).unwrap_or(base * 10.0)
}

/// The least of 1, 2 and 5 times a power of ten that is not below a value: where an axis may end.
pub(crate) fn step_up(value: f64) -> f64 {
    let base = power(libm::floor(libm::log10(value)) as i32);
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * base);
    steps.into_iter().find(|&step| step >= value * 0.999_999).unwrap_or(base * 10.0)
}

fn step_down(value: f64) -> f64 {
    let base = power(libm::floor(libm::log10(value)) as i32);
    let steps = [5.0, 2.0, 1.0].map(|step| step * base);
    steps.into_iter().find(|&step| step <= value * 1.000_001).unwrap_or(base)
}

fn power(of_ten: i32) -> f64 {
    libm::pow(10.0, of_ten.into())
}

/// A number on an axis: `0.05`, `2,000`, `3 M`.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    for (from, unit, name) in
        [(1e15, 1e15, " P"), (1e12, 1e12, " T"), (1e9, 1e9, " G"), (1e6, 1e6, " M")]
    {
        if size >= from * 0.999_999 {
            return trimmed(value / unit, 3) + name;
        }
    }
    if size >= 1000.0 {
        let text = trimmed(value, 1);
        let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
        let (head, tail) = whole.split_at(whole.len() - 3);
        return format!("{head},{tail}{rest}");
    }
    if size >= 1e-6 || size <= 0.0 { trimmed(value, 6) } else { format!("{value:e}") }
}

/// With at most so many digits after the point.
pub(crate) fn trimmed(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// The unit in which a run of so many seconds reads well: its name, and how many seconds it has.
pub(crate) fn time_unit(seconds: f64) -> (&'static str, f64) {
    match seconds {
        short if short < 0.002 => ("µs", 1e-6),
        short if short < 2.0 => ("ms", 1e-3),
        middle if middle < 3.0 * 3600.0 => ("s", 1.0),
        long if long < 4.0 * 86_400.0 => ("hours", 3600.0),
        _ => ("days", 86_400.0),
    }
}

/// A time axis below a part of a plot, and its grid lines above.
pub(crate) fn time_axis(canvas: &mut Canvas, scale: &Scale, unit: &str, top: f64, bottom: f64) {
    canvas.on(Layer::Ticks);
    let ticks = scale.ticks(8);
    for &tick in &ticks {
        let x = scale.at(tick);
        canvas.line((x, top), (x, bottom), GRID.full(), 0.75);
        canvas.line((x, bottom), (x, bottom + 4.0), INK.full(), 0.75);
        canvas.small((x, bottom + 13.0), Anchor::Middle, number(tick));
    }
    canvas.on(Layer::Still);
    canvas.line((scale.from, bottom), (scale.to, bottom), INK.full(), 0.75);
    let middle = f64::midpoint(scale.from, scale.to);
    canvas.small((middle, bottom + 30.0), Anchor::Middle, format!("simulated time, {unit}"));
}

/// Ticks left of a part of a plot, with grid lines across.
pub(crate) fn value_axis(canvas: &mut Canvas, scale: &Scale, left: f64, right: f64, most: usize) {
    for tick in scale.ticks(most) {
        let y = scale.at(tick);
        canvas.line((left, y), (right, y), GRID.full(), 0.75);
        canvas.small((left - 6.0, y), Anchor::End, number(tick));
    }
    canvas.line((left, scale.from), (left, scale.to), INK.full(), 0.75);
}

/// What an axis shows, written along it.
pub(crate) fn along(canvas: &mut Canvas, x: f64, middle: f64, room: f64, words: &str) {
    let words = style::fitted(words, style::SMALL, false, room);
    let text = Text::small((x, middle), Anchor::Middle, words);
    canvas.text(Text { turned: true, ..text });
}

/// Words in the middle of a part that has nothing to show.
pub(crate) fn nothing(canvas: &mut Canvas, at: (f64, f64), words: &str) {
    let text = Text::small(at, Anchor::Middle, words);
    canvas.text(Text { colour: MUTED, ..text });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_read_well() {
        let words = |ticks: Vec<f64>| ticks.into_iter().map(number).collect::<Vec<_>>();
        assert_eq!(words(linear_ticks(0.0, 60.0, 8)), ["0", "10", "20", "30", "40", "50", "60"]);
        assert_eq!(words(linear_ticks(0.0, 0.3, 4)), ["0", "0.1", "0.2", "0.3"]);
        let log = Scale::log((44.0, 2044.0), (0.0, 300.0));
        assert_eq!(
            words(log.ticks(8)),
            ["20", "50", "100", "200", "500", "1,000", "2,000", "5,000"]
        );
        let wide = Scale::log((1e-5, 1.0), (0.0, 300.0));
        assert_eq!(words(wide.ticks(6)), ["0.00001", "0.0001", "0.001", "0.01", "0.1", "1"]);
        let four = Scale::log((20.0, 20_000.0), (0.0, 80.0));
        assert_eq!(words(four.ticks(4)), ["100", "1,000", "10,000"]);
        assert_eq!([1e6, 2.5e9, 1500.0, 1e-7].map(number), ["1 M", "2.5 G", "1,500", "1e-7"]);
    }

    #[test]
    fn a_scale_keeps_to_its_pixels_whatever_it_is_given() {
        for scale in [
            Scale::linear((0.0, 0.0), (10.0, 20.0)),
            Scale::log((0.0, 0.0), (10.0, 20.0)),
            Scale::log((5.0, 5.0), (10.0, 20.0)),
        ] {
            for value in [0.0, 1e-9, 5.0, 1e12] {
                let place = scale.at(value);
                assert!((10.0..=20.0).contains(&place), "{scale:?} {value} {place}");
            }
            assert!(!scale.ticks(5).is_empty(), "{scale:?}");
        }
    }
}
