//! Names that were perhaps meant.

/// At most three of `names` that are near to `asked`, the nearest first: a few letters off, or right in
/// their last part.
pub(crate) fn near<'n>(asked: &str, names: impl Iterator<Item = &'n str>) -> Vec<String> {
    fn last(name: &str) -> &str {
        name.rsplit('.').next().unwrap_or(name)
    }
    let length = asked.chars().count();
    let most = (length / 3).max(2);
    // What differs more in length needs no closer look.
    let can_be =
        |name: &&str| name.chars().count().abs_diff(length) <= most || last(name) == last(asked);
    let mut found: Vec<(usize, &str)> = names
        .filter(can_be)
        .map(|name| (distance(asked, name), name))
        .filter(|&(off, name)| off <= most || last(name) == last(asked))
        .collect();
    found.sort_unstable();
    found.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}

/// How many letters have to be put in, taken out or changed to make one of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = place + 1;
        for (column, &against) in other.iter().enumerate() {
            let change = diagonal + usize::from(letter != against);
            diagonal = row[column + 1];
            row[column + 1] = change.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_come_nearest_first() {
        assert_eq!((distance("kitten", "sitting"), distance("", "abc")), (3, 3));
        let names = ["latency.p50", "latency.p99", "latency.p999", "deliveries.lost", "cost.bytes"];
        let of = |asked| near(asked, names.iter().copied());
        assert_eq!(of("latency.p98")[0], "latency.p99");
        assert_eq!(of("lost"), ["deliveries.lost"]);
        assert_eq!(of("delivery.lost"), ["deliveries.lost"]);
        assert!(of("something.else.altogether").is_empty());
    }
}
