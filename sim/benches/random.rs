//! What a random number costs, and a sample of each distribution: nanoseconds, the least of many rounds.
//!
//! `rand_chacha` is here to show what its generator costs where one number is wanted, and no room for 304 bytes.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::hint::black_box;
use std::time::Instant;

use penult_sim::{BufferedStream, Delay, Distribution, Purpose, Seed, Span, Stream};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CALLS: u64 = 100_000;
const ROUNDS: u32 = 25;

fn time(name: &str, mut call: impl FnMut(u64) -> u64) {
    let mut least = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let sum = (0..CALLS).fold(0_u64, |sum, i| sum.wrapping_add(call(i)));
        black_box(sum);
        least = least.min(start.elapsed().as_nanos() as f64 / CALLS as f64);
    }
    println!("{name:44} {least:7.1} ns");
}

fn main() {
    let seed = Seed::new(black_box(1));
    let key = black_box([1; 32]);

    println!("one number of each of many streams");
    time("  rand_chacha, built for it", |i| {
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(i);
        rng.set_word_pos(2 * u128::from(black_box(5_u64)));
        rng.next_u64()
    });
    let mut rng = ChaCha8Rng::from_seed(key);
    time("  rand_chacha, moved to it", |i| {
        rng.set_stream(i);
        rng.set_word_pos(2 * u128::from(black_box(5_u64)));
        rng.next_u64()
    });
    let mut streams: Vec<Stream> = (0..1000).map(|i| Stream::new(Purpose::NODE_CPU, i)).collect();
    time("  Stream::next", |i| streams[(i % 1000) as usize].next(&seed));
    time("  Stream::with, number", |i| streams[(i % 1000) as usize].with(&seed).next_u64());
    time("  Stream::with, three numbers", |i| {
        let mut draw = streams[(i % 1000) as usize].with(&seed);
        draw.next_u64() ^ draw.next_u64() ^ draw.next_u64()
    });

    println!("many numbers of one stream");
    let mut rng = ChaCha8Rng::from_seed(key);
    let name = format!("  rand_chacha, kept ({} bytes)", size_of::<ChaCha8Rng>());
    time(&name, |_| rng.next_u64());
    let mut buffered = BufferedStream::new(Purpose::NODE_CPU, 1, &seed);
    let name = format!("  BufferedStream ({} bytes)", size_of::<BufferedStream>());
    time(&name, |_| buffered.next_u64());
    let mut stream = Stream::new(Purpose::NODE_CPU, 1);
    time("  Stream::next (16 bytes)", |_| stream.next(&seed));

    println!("samples, from a BufferedStream");
    let sample = |name: &str, made: Result<Distribution, _>| {
        let distribution = black_box(made.expect(name));
        let mut stream = BufferedStream::new(Purpose::NODE_CPU, 1, &seed);
        time(&format!("  {name}"), |_| distribution.sample(&mut stream).to_bits());
    };
    sample("constant", Distribution::constant(1.0));
    sample("uniform", Distribution::uniform(1.0, 5.0));
    sample("exponential", Distribution::exponential(1.0));
    sample("normal", Distribution::normal(5.0, 1.0));
    sample("lognormal", Distribution::log_normal(1.0, 0.5));
    sample("pareto", Distribution::pareto(1.0, 2.5));
    sample("weibull", Distribution::weibull(1.0, 0.7));
    sample("empirical", Distribution::empirical((0..1000).map(f64::from).collect()));
    let uniform = Delay::from_nanos(Distribution::uniform(1e6, 5e6).expect("a uniform delay"));
    for (name, delay) in [("constant", Delay::constant(Span::millis(5))), ("uniform", uniform)] {
        let delay = black_box(delay);
        let mut stream = BufferedStream::new(Purpose::LINK_LATENCY, 1, &seed);
        time(&format!("  Delay, {name}"), |_| delay.sample(&mut stream).as_nanos());
    }
}
