//! The incomplete beta function and its inverse, from which the intervals come. Of the math library only
//! what is the same on every platform is used, so reports keep their bytes.

use libm::{exp, lgamma, log, log1p};

/// The share of the beta distribution below `x`: by the continued fraction of Lentz's method, on the side
/// where that converges fast.
pub(super) fn share_below(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(1.0 - x, b, a) / b
    }
}

fn fraction(x: f64, a: f64, b: f64) -> f64 {
    // Some √max(a, b) rounds are needed: enough for 10⁹ trials.
    const ROUNDS: u32 = 100_000;
    const TINY: f64 = 1e-300;
    let guarded = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guarded(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for round in 1..=ROUNDS {
        let m = f64::from(round);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for term in [even, odd] {
            d = 1.0 / guarded(1.0 + term * d);
            c = guarded(1.0 + term / c);
            step = c * d;
            value *= step;
        }
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// The `x` below which this share lies, by halving: slow, and as exact as the function itself.
pub(super) fn quantile(share: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    loop {
        let middle = (low + high) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if share_below(middle, a, b) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_forms_are_met() {
        for x in [0.001, 0.1, 0.5, 0.77, 0.999] {
            let close = |found: f64, exact: f64| {
                assert!((found - exact).abs() < 1e-13, "{found} for {exact} at {x}");
            };
            close(share_below(x, 1.0, 1.0), x);
            close(share_below(x, 3.0, 1.0), x * x * x);
            close(share_below(x, 1.0, 2.0), 1.0 - (1.0 - x) * (1.0 - x));
            close(share_below(x, 2.5, 4.5) + share_below(1.0 - x, 4.5, 2.5), 1.0);
            // Near its end a distribution is too flat to tell its quantiles apart.
            if x < 0.9 {
                close(quantile(share_below(x, 2.0, 3.0), 2.0, 3.0), x);
            }
        }
    }
}
