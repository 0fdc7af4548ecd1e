//! The word that was probably meant.

/// What is longer is no misspelt key.
const WORD_MAX: usize = 60;

/// Among more words than this nobody looks further: the keys of a table are fewer, and names may be any number.
const KNOWN_MAX: usize = 200;

/// The nearest of `known` to `word`, if it is near enough to be what was meant: at most a third of the
/// letters differ, swapped neighbours counting once.
///
/// ```
/// assert_eq!(penult_scenarios::nearest("ack_timout", ["length", "ack_timeout"]), Some("ack_timeout"));
/// assert_eq!(penult_scenarios::nearest("colour", ["length", "ack_timeout"]), None);
/// ```
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    if word.chars().count() > WORD_MAX {
        return None;
    }
    let plain = |word: &str| word.to_lowercase().replace(['-', ' '], "_");
    let word = plain(word);
    let length = word.chars().count();
    let limit = (length / 3).max(1);
    // What differs more in length needs no closer look.
    let can_be = |known: &&str| known.chars().count().abs_diff(length) <= limit;
    let distance = |known: &&str| strsim::damerau_levenshtein(&word, &plain(known));
    let known = known.into_iter().take(KNOWN_MAX).filter(can_be);
    let (far, near) = known.map(|known| (distance(&known), known)).min_by_key(|near| near.0)?;
    (far <= limit).then_some(near)
}
