//! Streams: the same numbers as the reference, whoever else draws and however they are drawn.

use penult_sim::{BufferedStream, Draw, Purpose, Seed, Stream};
use rand::distr::{Alphanumeric, Bernoulli, SampleString, Uniform};
use rand::seq::{IndexedRandom, IteratorRandom, SliceRandom};
use rand::{Rng, RngExt, SeedableRng, TryRng};
use rand_chacha::ChaCha8Rng;

/// The key as the documentation of `Seed` describes it, spelled out once more.
fn reference(seed: u64, purpose: Purpose, entity: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..24].copy_from_slice(b"penult: random streams 1");
    key[24..].copy_from_slice(&seed.to_le_bytes());
    let mut reference = ChaCha8Rng::from_seed(key);
    reference.set_stream(u64::from(purpose.number()) << 48 | entity);
    reference
}

fn purposes() -> [Purpose; 5] {
    [
        Purpose::LINK_LATENCY,
        Purpose::LINK_LOSS,
        Purpose::REGION_LATENCY,
        Purpose::of_models(0),
        Purpose::of_models(u16::MAX - 256),
    ]
}

const SEEDS: [u64; 5] = [0, 1, 2, 0x0123_4567_89ab_cdef, u64::MAX];
const ENTITIES: [u64; 6] = [0, 1, 2, 0xffff_ffff, 0x1_0000_0000, (1 << 48) - 1];

#[test]
fn numbers_are_those_of_rand_chacha() {
    // Around the ends of blocks, of its buffer of four blocks, and of the counter's low word.
    let starts = [0, 1, 7, 8, 31, 32, 1000, (1 << 35) - 3, (1 << 60) + 5, u64::MAX - 12];
    for number in SEEDS {
        let seed = Seed::new(number);
        for purpose in purposes() {
            for entity in ENTITIES {
                let mut reference = reference(number, purpose, entity);
                let mut stream = Stream::new(purpose, entity);
                let mut buffered = BufferedStream::new(purpose, entity, &seed);
                for start in starts {
                    stream.skip_to(start);
                    buffered.skip_to(start);
                    reference.set_word_pos(2 * u128::from(start));
                    for i in 0..12 {
                        let expected = reference.next_u64();
                        assert_eq!(stream.next(&seed), expected, "{seed:?} {stream:?} {start}+{i}");
                        assert_eq!(
                            buffered.next_u64(),
                            expected,
                            "{seed:?} {buffered:?} {start}+{i}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn numbers_do_not_depend_on_how_they_are_drawn() {
    let seed = Seed::new(7);
    let stream = || Stream::new(Purpose::NODE_CPU, 12);
    let expected: Vec<u64> = {
        let mut stream = stream();
        (0..50).map(|_| stream.next(&seed)).collect()
    };

    let mut one_by_one = stream();
    let mut at_once = stream();
    let mut in_threes = stream();
    let mut buffered = BufferedStream::of(&stream(), &seed);
    let mut got = [const { Vec::new() }; 4];
    let mut drawing = at_once.with(&seed);
    for i in 0..50 {
        got[0].push(one_by_one.with(&seed).next_u64());
        got[1].push(drawing.next_u64());
        if i % 3 == 0 {
            let mut drawing = in_threes.with(&seed);
            got[2].extend([drawing.next_u64(), drawing.next_u64(), drawing.next_u64()]);
        }
        got[3].push(buffered.next_u64());
    }
    got[2].truncate(50);
    for got in got {
        assert_eq!(got, expected);
    }
    assert_eq!(buffered.stream(), at_once);
    assert_eq!(at_once.drawn(), 50);
}

#[test]
fn a_buffered_stream_finds_any_place_again() {
    let seed = Seed::new(3);
    let mut buffered = BufferedStream::new(Purpose::LINK_LOSS, 5, &seed);
    let mut plain = Stream::new(Purpose::LINK_LOSS, 5);
    for step in 0..500_u64 {
        let n = step * step % 97;
        buffered.skip_to(n);
        plain.skip_to(n);
        assert_eq!(buffered.next_u64(), plain.next(&seed), "number {n}");
        assert_eq!(buffered.stream(), plain);
    }
}

#[test]
fn a_stream_is_independent_of_how_often_another_is_drawn() {
    let seed = Seed::new(1);
    let numbers_of_b = |draws_of_a: u32| {
        let mut a = BufferedStream::new(Purpose::LINK_LATENCY, 4, &seed);
        let mut b = BufferedStream::new(Purpose::LINK_LATENCY, 5, &seed);
        let mut c = Stream::new(Purpose::LINK_LOSS, 5);
        let mut numbers = Vec::new();
        for _ in 0..100 {
            for _ in 0..draws_of_a {
                a.next_u64();
            }
            numbers.push((b.next_u64(), c.next(&seed)));
        }
        numbers
    };
    assert_eq!(numbers_of_b(0), numbers_of_b(1));
    assert_eq!(numbers_of_b(0), numbers_of_b(1000));
}

#[test]
fn every_name_has_numbers_of_its_own() {
    let mut firsts = Vec::new();
    for number in SEEDS {
        let seed = Seed::new(number);
        assert_eq!(seed.number(), number);
        for purpose in purposes() {
            for entity in ENTITIES {
                let mut stream = Stream::new(purpose, entity);
                assert_eq!((stream.purpose(), stream.entity()), (purpose, entity));
                firsts.push(stream.next(&seed));
            }
        }
    }
    let all = firsts.len();
    firsts.sort_unstable();
    firsts.dedup();
    assert_eq!(firsts.len(), all, "two streams begin alike");
}

#[test]
fn streams_are_small() {
    assert_eq!(size_of::<Stream>(), 16);
    assert!(size_of::<BufferedStream>() <= 304);
    assert!(size_of::<penult_sim::Distribution>() <= 32);
    assert!(size_of::<penult_sim::Delay>() <= 32);
}

#[test]
#[should_panic = "more than 48 bits"]
fn an_entity_has_48_bits() {
    Stream::new(Purpose::LINK_LOSS, 1 << 48);
}

#[test]
fn small_and_buffered_streams_are_generators_of_the_rand_crates() {
    let seed = Seed::new(1);
    let stream = || Stream::new(Purpose::TOPOLOGY, 0);
    let mut plain = stream();
    let numbers = [(); 4].map(|()| plain.next(&seed));
    let check = |drawing: &mut dyn TryRng<Error = std::convert::Infallible>| {
        let mut bytes = [0; 20];
        assert_eq!(drawing.next_u32(), numbers[0] as u32);
        drawing.fill_bytes(&mut bytes);
        assert_eq!(bytes[..8], numbers[1].to_le_bytes());
        assert_eq!(bytes[8..16], numbers[2].to_le_bytes());
        assert_eq!(bytes[16..], numbers[3].to_le_bytes()[..4]);
    };
    let (mut small, mut buffered) = (stream(), BufferedStream::of(&stream(), &seed));
    check(&mut small.with(&seed));
    check(&mut buffered);
    assert_eq!((small.drawn(), buffered.stream().drawn()), (4, 4));
}

/// What `rand` makes of a generator: distributions, sequences, ranges, in words to compare.
fn by_rand(rng: &mut impl Rng) -> Vec<String> {
    let mut cards: Vec<u32> = (0..52).collect();
    cards.shuffle(rng);
    vec![
        format!("{cards:?}"),
        format!("{:?}", cards.choose(rng)),
        format!("{:?}", cards.sample(rng, 5).collect::<Vec<_>>()),
        format!("{:?}", (0..1000).sample(rng, 5)),
        format!("{:?}", rng.sample(Uniform::new(2.0, 3.0).unwrap())),
        format!("{:?}", rng.sample(Bernoulli::new(0.3).unwrap())),
        format!("{:?}", Alphanumeric.sample_string(rng, 9)),
        format!("{:?}", rng.random_range(1..=6)),
        format!("{:?}", rng.random::<(u8, u32, u64, f32, bool)>()),
    ]
}

#[test]
fn what_rand_makes_of_a_stream_does_not_hang_on_its_size() {
    let seed = Seed::new(3);
    for entity in 0..20 {
        let mut small = Stream::new(Purpose::of_models(3), entity);
        let mut buffered = BufferedStream::new(Purpose::of_models(3), entity, &seed);
        let made = by_rand(&mut small.with(&seed));
        assert_eq!(by_rand(&mut buffered), made);
        assert_eq!(buffered.stream(), small);
        let mut cards: Vec<u32> = (0..52).collect();
        assert_ne!(made[0], format!("{cards:?}"), "it was shuffled");
        cards.shuffle(&mut small.with(&seed));
        assert_ne!(made[0], format!("{cards:?}"), "what comes next is another");
    }
}

/// Hands out these numbers, in this order.
struct Script(Vec<u64>);

impl TryRng for Script {
    type Error = std::convert::Infallible;

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0.remove(0))
    }

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        unreachable!("draws take whole numbers")
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
        unreachable!("draws take whole numbers")
    }
}

#[test]
fn other_generators_draw_too() {
    let mut other = ChaCha8Rng::from_seed([7; 32]);
    let expected = other.clone().next_u64() >> 12;
    let unit = (expected as f64 + 0.5) / (1_u64 << 52) as f64;
    assert_eq!(other.unit().to_bits(), unit.to_bits());
}

#[test]
fn units_lie_strictly_between_0_and_1() {
    let least = Script(vec![0]).unit();
    let greatest = Script(vec![u64::MAX]).unit();
    assert!(least > 0.0 && greatest < 1.0);
    // They mirror each other, so neither tail of a distribution is favoured.
    assert_eq!(least.to_bits(), (1.0 - greatest).to_bits());
    assert_eq!(Script(vec![1 << 63]).unit().to_bits(), (0.5 + least).to_bits());
}

#[test]
fn chances_of_0_and_1_are_certain_and_take_a_number() {
    for number in [0, 1 << 63, u64::MAX] {
        let mut draw = Script(vec![number, number, number]);
        assert!(!draw.chance(0.0));
        assert!(draw.chance(1.0));
        assert_eq!(draw.0.len(), 1);
    }
}

#[test]
fn below_draws_again_where_it_must() {
    // 2^64 = 1 (mod 3): of all numbers just one is too many, and it is 0.
    let mut draw = Script(vec![0, u64::MAX]);
    assert_eq!(draw.below(3), 2);
    assert!(draw.0.is_empty());
    assert_eq!(Script(vec![1]).below(3), 0);
    assert_eq!(Script(vec![0]).below(1), 0);
    assert_eq!(Script(vec![5]).below(1 << 63), 2);
    // Through a reference too, as generic code holds it.
    let mut script = Script(vec![u64::MAX]);
    let mut reference = &mut script;
    assert_eq!(Draw::below(&mut reference, u64::MAX), u64::MAX - 1);
}

#[test]
#[should_panic = "a draw from nothing"]
fn there_is_nothing_below_zero() {
    Script(vec![0]).below(0);
}
