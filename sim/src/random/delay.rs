//! A length of time that may vary.

use super::distribution::Distribution;
use super::draw::Draw;
use super::error::DistributionError;
use crate::Span;

/// How long something takes: a [`Distribution`] over nanoseconds, whose samples are rounded to the
/// nearest whole one. Links and nodes have several, and most are constant: those draw no number.
#[derive(Clone, PartialEq, Debug)]
pub struct Delay(Kind);

/// A constant is kept apart, as the whole number it is.
#[derive(Clone, PartialEq, Debug)]
enum Kind {
    Constant(Span),
    Varying(Distribution),
}

const _: () = assert!(size_of::<Delay>() <= 32);

impl Delay {
    /// No time at all.
    pub const ZERO: Delay = Delay::constant(Span::ZERO);

    /// Always this long.
    pub const fn constant(span: Span) -> Delay {
        Delay(Kind::Constant(span))
    }

    /// As long as this distribution says, in nanoseconds.
    pub fn from_nanos(distribution: Distribution) -> Delay {
        Delay(match distribution.as_constant() {
            Some(nanos) => Kind::Constant(Span::from_nanos_f64(nanos)),
            None => Kind::Varying(distribution),
        })
    }

    /// Its length, if it is always the same.
    #[inline]
    pub const fn as_constant(&self) -> Option<Span> {
        match self.0 {
            Kind::Constant(span) => Some(span),
            Kind::Varying(_) => None,
        }
    }

    /// The distribution, in nanoseconds.
    pub fn distribution(&self) -> Distribution {
        match self.0 {
            Kind::Constant(span) => Distribution::constant(span.as_nanos() as f64)
                .expect("a span is finite and not negative"),
            Kind::Varying(ref distribution) => distribution.clone(),
        }
    }

    /// How long it takes this time. No number if it is constant, else one, as [`Distribution::sample`] says.
    #[inline]
    pub fn sample<D: Draw + ?Sized>(&self, draw: &mut D) -> Span {
        match self.0 {
            Kind::Constant(span) => span,
            Kind::Varying(ref distribution) => Span::from_nanos_f64(distribution.sample(draw)),
        }
    }

    /// How long it takes on average; [`Span::MAX`] if that is infinite.
    pub fn mean(&self) -> Span {
        match self.0 {
            Kind::Constant(span) => span,
            Kind::Varying(ref distribution) => Span::from_nanos_f64(distribution.mean()),
        }
    }

    /// This delay times `factor`. An error when `factor` is negative or not finite.
    pub fn scaled(&self, factor: f64) -> Result<Delay, DistributionError> {
        match self.0 {
            // Through a distribution for its check, but rounded once.
            Kind::Constant(span) => {
                Distribution::constant(factor)?;
                Ok(Delay::constant(span.scaled(factor)))
            }
            Kind::Varying(ref distribution) => Ok(Delay::from_nanos(distribution.scaled(factor)?)),
        }
    }
}

impl Default for Delay {
    /// No time at all.
    fn default() -> Delay {
        Delay::ZERO
    }
}
