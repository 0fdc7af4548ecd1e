//! Neighbours: which direction leads from a node straight to another.

use super::DirectionId;
use crate::NodeId;

/// The directions of links, by their ends. A row for each node up to the last with a link: a million
/// clients have none.
#[derive(Debug, Default)]
pub(crate) struct Neighbours {
    /// In each row by ascending id.
    rows: Vec<Vec<(NodeId, DirectionId)>>,
}

impl Neighbours {
    /// Adds a direction. False if there is one already.
    pub(crate) fn add(&mut self, from: NodeId, to: NodeId, direction: DirectionId) -> bool {
        let rows = from.index().max(to.index()) + 1;
        if self.rows.len() < rows {
            self.rows.resize_with(rows, Vec::new);
        }
        let row = &mut self.rows[from.index()];
        match row.binary_search_by_key(&to, |&(node, _)| node) {
            Ok(_) => false,
            Err(place) => {
                row.insert(place, (to, direction));
                true
            }
        }
    }

    /// The direction from one node to another. Most packets go to or from a device, which has no row, or
    /// between two of a full mesh, whose place in the row is known.
    #[inline]
    pub(crate) fn get(&self, from: NodeId, to: NodeId) -> Option<DirectionId> {
        let row = self.rows.get(from.index())?;
        if to.index() >= self.rows.len() {
            return None;
        }
        let &(first, _) = row.first()?;
        // Nobody is a neighbour of its own.
        let own = u32::from(first < from && from < to);
        let place = to.raw().wrapping_sub(first.raw()).wrapping_sub(own);
        match row.get(place as usize) {
            Some(&(node, direction)) if node == to => Some(direction),
            _ => search(row, to),
        }
    }
}

#[inline(never)]
fn search(row: &[(NodeId, DirectionId)], to: NodeId) -> Option<DirectionId> {
    let place = row.binary_search_by_key(&to, |&(node, _)| node).ok()?;
    Some(row[place].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds both directions of each link, numbered as they come.
    fn neighbours(links: &[(usize, usize)]) -> Neighbours {
        let mut neighbours = Neighbours::default();
        for (number, &(a, b)) in (0..).zip(links) {
            let (a, b) = (NodeId::new(a), NodeId::new(b));
            assert!(neighbours.add(a, b, DirectionId(2 * number)));
            assert!(neighbours.add(b, a, DirectionId(2 * number + 1)));
            assert!(!neighbours.add(a, b, DirectionId(99)), "there is one");
        }
        neighbours
    }

    fn assert_finds(links: &[(usize, usize)], nodes: usize) {
        let neighbours = neighbours(links);
        for (from, to) in (0..nodes).flat_map(|from| (0..nodes).map(move |to| (from, to))) {
            let there = links.iter().position(|&link| link == (from, to)).map(|number| 2 * number);
            let back = links.iter().position(|&link| link == (to, from));
            let expected = there.or(back.map(|number| 2 * number + 1));
            let found = neighbours.get(NodeId::new(from), NodeId::new(to));
            assert_eq!(found.map(|direction| direction.0 as usize), expected, "{from} to {to}");
        }
    }

    #[test]
    fn finds_those_of_a_full_mesh_behind_others() {
        let pairs = |a: usize| (3..a).map(move |b| (a, b));
        assert_finds(&(3..9).flat_map(pairs).collect::<Vec<_>>(), 12);
    }

    #[test]
    fn finds_those_of_meshes_with_gaps() {
        assert_finds(&[(5, 1), (1, 0), (0, 7), (7, 5), (2, 7), (4, 2)], 9);
    }
}
