//! Coordinates on earth, and how long light in glass takes between them.

use crate::Span;

/// The mean radius of the earth.
const EARTH_KM: f64 = 6371.0;

/// Light in glass makes two thirds of its speed in the void, 200 km in a millisecond.
const NANOS_PER_KM: f64 = 5_000.0;

/// A point on earth, in degrees.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Coordinates {
    /// North of the equator, −90 to 90.
    pub latitude: f64,
    /// East of Greenwich, −180 to 180.
    pub longitude: f64,
}

impl Coordinates {
    /// The great-circle distance in kilometres, by the haversine formula, which stays exact for
    /// points close together.
    pub fn distance_km(self, other: Self) -> f64 {
        let (here, there) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half_sine = |degrees: f64| libm::sin(degrees.to_radians() / 2.0);
        let north = half_sine(other.latitude - self.latitude);
        let east = half_sine(other.longitude - self.longitude);
        let haversine = north * north + libm::cos(here) * libm::cos(there) * east * east;
        // Rounding may take antipodes a little past 1, where the root would be NaN.
        let haversine = haversine.clamp(0.0, 1.0);
        2.0 * EARTH_KM * libm::atan2(haversine.sqrt(), (1.0 - haversine).sqrt())
    }

    /// How long a signal takes on the great circle, at two thirds of the speed of light.
    pub fn latency(self, other: Self) -> Span {
        Span::from_nanos_f64(self.distance_km(other) * NANOS_PER_KM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_the_earth() {
        let at = |latitude, longitude| Coordinates { latitude, longitude };
        assert_eq!(at(10.0, 20.0).latency(at(10.0, 20.0)), Span::ZERO);
        let half = std::f64::consts::PI * EARTH_KM;
        for (here, there) in [
            (at(90.0, 0.0), at(-90.0, 0.0)),
            (at(0.0, 0.0), at(0.0, 180.0)),
            (at(45.0, -90.0), at(-45.0, 90.0)),
        ] {
            assert!((here.distance_km(there) - half).abs() < 1e-3);
        }
        // Across the date line it is not far.
        assert!(at(0.0, 179.5).distance_km(at(0.0, -179.5)) < 112.0);
    }
}
