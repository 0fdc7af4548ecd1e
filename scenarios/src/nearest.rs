//! The word that was probably meant.

/// What is longer is no misspelt key.
const WORD_MAX: usize = 60;

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
    let limit = (word.chars().count() / 3).max(1);
    let distance = |known: &&str| strsim::damerau_levenshtein(&word, &plain(known));
    let (far, near) =
        known.into_iter().map(|known| (distance(&known), known)).min_by_key(|near| near.0)?;
    (far <= limit).then_some(near)
}
