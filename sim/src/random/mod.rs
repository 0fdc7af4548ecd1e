//! Random numbers: streams that know their place, and the distributions drawn from them.
//!
//! Every number of a run is named: it is the n-th number that one entity draws for one purpose under
//! one seed, and it depends on those four things only. One more client, fault or strategy leaves every
//! other number alone, so two strategies on one seed meet the same messages and the same faults.
//!
//! ```
//! use penult_sim::{Distribution, Draw, Purpose, Seed, Stream};
//!
//! let seed = Seed::new(1);
//! let mut loss = Stream::new(Purpose::LINK_LOSS, 7);
//! let lost = loss.with(&seed).chance(0.01);
//!
//! let latency = Distribution::log_normal_median_p99(20e6, 80e6)?;
//! let mut stream = Stream::new(Purpose::LINK_LATENCY, 7);
//! let nanos = latency.sample(&mut stream.with(&seed));
//! # assert!(!lost && nanos > 0.0);
//! # Ok::<(), penult_sim::DistributionError>(())
//! ```
//!
//! # Where the numbers come from
//!
//! From ChaCha with 8 rounds and a 64-bit counter, as Bernstein published it: the key is the [`Seed`],
//! the nonce is the stream's purpose and entity, and the n-th number is the words 2n and 2n + 1 of the
//! output, low word first. That is what `rand_chacha::ChaCha8Rng` gives, and a [`BufferedStream`] is one. It takes
//! 304 bytes; a [`Stream`] gives the same numbers from 16.
//!
//! Both are generators of the `rand` crates, whose distributions and sequences work on them. What those make of
//! the numbers may change with a version of `rand`, so the workspace pins the one that results depend on.
//!
//! # The same bytes everywhere
//!
//! Sums, products, quotients, square roots and rounding of `f64` are exact by IEEE 754 on every platform
//! Rust has at tier 1. Logarithms and powers are not: the platform's math library and the compiler's
//! constants may differ in the last bit. So they come from the crate `libm`, called by name, which is
//! the same Rust everywhere. `rand_distr` is not used for this reason: it reaches its math through
//! `num-traits`, and which math that is depends on what other crates of the build switch on.

mod buffered;
mod chacha;
mod delay;
mod distribution;
mod draw;
mod error;
mod law;
mod normal;
mod stream;

pub use buffered::BufferedStream;
pub use delay::Delay;
pub use distribution::Distribution;
pub use draw::Draw;
pub use error::DistributionError;
pub use law::Law;
pub use normal::{normal_above, normal_quantile};
pub use stream::{Drawing, Purpose, Seed, Stream};
