//! Plots of a run. Each is laid out on a canvas first, in pixels, with labels whose sizes are known; then
//! the canvas is drawn as SVG, or as PNG.

mod axis;
mod bands;
mod canvas;
mod compare;
mod curves;
mod draw;
mod failovers;
mod latency;
mod loss;
mod style;
mod tail;
#[cfg(test)]
mod tests;
mod timeline;
#[cfg(test)]
mod truth;

pub(crate) use axis::number as number_in_words;
pub(crate) use canvas::Canvas;
#[cfg(test)]
pub(crate) use canvas::Shape;
pub(crate) use compare::plot as compared;
pub use curves::{Curves, Measure, Panel, SERIES_MAX};
pub(crate) use draw::escaped;
pub(crate) use latency::millis;
#[cfg(test)]
pub(crate) use style::Colour;

use crate::seen::Seen;

/// All plots of a run, in the order of the page.
pub(crate) fn all(seen: &Seen<'_>) -> [Canvas; 4] {
    [timeline::plot(seen), latency::plot(seen), loss::plot(seen), failovers::plot(seen)]
}
