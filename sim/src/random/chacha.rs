//! ChaCha with 8 rounds, one block at a time: for streams of sixteen bytes, which keep no generator.
//!
//! Of our own because `rand_chacha` computes four blocks whenever it computes any, which pays for who keeps the
//! other three. On x86-64, whose vectors it uses, four take it as long as one takes here; on others it has no vectors
//! and four times the work. The tests hold the numbers against `rand_chacha`'s.

/// How many numbers a block holds.
pub(super) const NUMBERS: u64 = 8;

/// "expand 32-byte k", as ChaCha has it.
const CONSTANT: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// The block `counter` of the stream `nonce` under `key`, as 8 numbers, each of two words with the low
/// word first.
///
/// Plain words and no vectors: with one block to compute, the four quarter rounds side by side keep a
/// processor as busy as vectors of four would, and a rotation is one instruction here where it is three
/// in the vectors that every x86-64 has. Written with rows of four, it compiles to the same thing. Forced
/// into vectors it is half the instructions and no faster, and takes about twice as long until the block is
/// there: each round waits for the one before, and a rotation for its parts.
///
/// Never inlined: it is long, wanted wherever something is drawn, and no faster for it.
#[inline(never)]
pub(super) fn block(key: &[u32; 8], nonce: u64, counter: u64) -> [u64; NUMBERS as usize] {
    let mut start = [0; 16];
    start[..4].copy_from_slice(&CONSTANT);
    start[4..12].copy_from_slice(key);
    start[12] = counter as u32;
    start[13] = (counter >> 32) as u32;
    start[14] = nonce as u32;
    start[15] = (nonce >> 32) as u32;

    let mut state = start;
    for _ in 0..4 {
        quarter_round(&mut state, 0, 4, 8, 12);
        quarter_round(&mut state, 1, 5, 9, 13);
        quarter_round(&mut state, 2, 6, 10, 14);
        quarter_round(&mut state, 3, 7, 11, 15);
        quarter_round(&mut state, 0, 5, 10, 15);
        quarter_round(&mut state, 1, 6, 11, 12);
        quarter_round(&mut state, 2, 7, 8, 13);
        quarter_round(&mut state, 3, 4, 9, 14);
    }

    std::array::from_fn(|n| {
        let word = |i: usize| u64::from(state[i].wrapping_add(start[i]));
        word(2 * n) | word(2 * n + 1) << 32
    })
}

#[inline]
fn quarter_round(x: &mut [u32; 16], a: usize, b: usize, c: usize, d: usize) {
    x[a] = x[a].wrapping_add(x[b]);
    x[d] = (x[d] ^ x[a]).rotate_left(16);
    x[c] = x[c].wrapping_add(x[d]);
    x[b] = (x[b] ^ x[c]).rotate_left(12);
    x[a] = x[a].wrapping_add(x[b]);
    x[d] = (x[d] ^ x[a]).rotate_left(8);
    x[c] = x[c].wrapping_add(x[d]);
    x[b] = (x[b] ^ x[c]).rotate_left(7);
}
