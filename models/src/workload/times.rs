//! When a client's user sends: its next instant from its last.

use penult_sim::{Distribution, Draw, Law, Span, Time};

use super::Sending;
use super::diurnal::Day;
use super::list::Listing;
use super::spec::{Bursts, SendTimes, WorkloadError};
use crate::ids::ClientId;

/// Checked, and in the form that is used.
#[derive(Debug)]
pub(super) enum Times {
    Poisson { gap: Distribution },
    Periodic { period: Span },
    Bursts(Bursts),
    Diurnal(Day),
    List(Listing),
}

const SECOND: f64 = 1e9;

/// The mean distance of messages, in nanoseconds.
pub(super) fn gap_of(rate: f64) -> Result<f64, WorkloadError> {
    let gap = SECOND / rate;
    // Neither what is no number, nor a rate so small that the distance is infinite.
    if (1.0..f64::INFINITY).contains(&gap) { Ok(gap) } else { Err(WorkloadError::Rate(rate)) }
}

/// So many, rounded to the nearest whole one.
pub(super) fn rounded(amount: f64) -> u64 {
    // A cast saturates; amounts are not negative.
    (amount + 0.5) as u64
}

impl Times {
    pub(super) fn new(times: SendTimes, clients: u32) -> Result<Self, WorkloadError> {
        Ok(match times {
            SendTimes::Poisson { rate } => {
                let gap = Distribution::exponential(gap_of(rate)?);
                Times::Poisson { gap: gap.map_err(|_| WorkloadError::Rate(rate))? }
            }
            SendTimes::Periodic { rate } => {
                Times::Periodic { period: Span::from_nanos_f64(gap_of(rate)?) }
            }
            SendTimes::Bursts(bursts) => Times::Bursts(bursts),
            SendTimes::Diurnal(diurnal) => Times::Diurnal(Day::new(&diurnal)?),
            SendTimes::List(list) => Times::List(Listing::new(list, clients)?),
        })
    }

    /// Plans the next message. `None`: there is no other.
    #[inline]
    pub(super) fn advance<D: Draw>(
        &self,
        client: ClientId,
        sending: &mut Sending,
        draw: impl FnOnce() -> D,
    ) -> Option<Time> {
        match self {
            Times::Poisson { gap } => {
                sending.at += Span::from_nanos_f64(gap.sample(&mut draw()));
            }
            Times::Periodic { period } if sending.planned == 0 => {
                sending.at += period.scaled(draw().unit());
            }
            Times::Periodic { period } => sending.at += *period,
            Times::Bursts(bursts) => bursts.advance(sending, &mut draw()),
            Times::Diurnal(day) => {
                let after = day.after(sending.at, &mut draw());
                sending.at += after;
            }
            Times::List(list) => sending.at = list.at(client, sending.planned)?,
        }
        sending.planned += 1;
        Some(sending.at)
    }
}

impl Bursts {
    fn advance(&self, sending: &mut Sending, draw: &mut impl Draw) {
        if sending.left > 0 {
            sending.left -= 1;
            sending.at += nanos(&self.spacing, draw);
            return;
        }
        let begins = if sending.planned == 0 {
            // All of it where nothing tells how long ago the last was; else any part of it.
            let part = match self.every.law() {
                Law::Exponential { .. } => 1.0,
                _ => draw.unit(),
            };
            sending.at + nanos(&self.every, draw).scaled(part)
        } else {
            // At least a nanosecond, or time would stand still.
            sending.burst + nanos(&self.every, draw).max(Span::nanos(1))
        };
        sending.at = begins.max(sending.at);
        sending.burst = sending.at;
        let count = rounded(self.count.sample(draw)).max(1);
        sending.left = u32::try_from(count - 1).unwrap_or(u32::MAX);
    }
}

fn nanos(span: &Distribution, draw: &mut impl Draw) -> Span {
    Span::from_nanos_f64(span.sample(draw))
}
