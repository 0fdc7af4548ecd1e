//! The streams that nodes draw from: a table for each purpose, as most that draw are of a kind.

use crate::{NodeId, Purpose, Stream};

/// The streams of all nodes, by purpose. A table reaches to the last node that drew for its purpose.
#[derive(Debug, Default)]
pub(crate) struct Draws {
    by_purpose: Vec<Vec<Stream>>,
}

impl Draws {
    /// The stream of a node for a purpose; `entity` says under which number a node draws.
    #[inline]
    pub(crate) fn stream(
        &mut self,
        node: NodeId,
        purpose: Purpose,
        entity: impl Fn(usize) -> u32,
    ) -> &mut Stream {
        let table = usize::from(purpose.number());
        if self.by_purpose.get(table).is_none_or(|streams| node.index() >= streams.len()) {
            self.reach(node, purpose, entity);
        }
        &mut self.by_purpose[table][node.index()]
    }

    #[cold]
    #[inline(never)]
    fn reach(&mut self, node: NodeId, purpose: Purpose, entity: impl Fn(usize) -> u32) {
        let table = usize::from(purpose.number());
        if self.by_purpose.len() <= table {
            self.by_purpose.resize_with(table + 1, Vec::new);
        }
        let streams = &mut self.by_purpose[table];
        let new = (streams.len()..=node.index()).map(entity);
        streams.extend(new.map(|entity| Stream::new(purpose, entity.into())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_draws_under_its_own_number_whoever_drew_before() {
        let mut draws = Draws::default();
        let entity = |node: usize| 100 + node as u32;
        for (node, purpose) in [(3, 1), (1, 1), (3, 4), (5, 1), (1, 1)] {
            let purpose = Purpose::of_models(purpose);
            let stream = draws.stream(NodeId::new(node), purpose, entity);
            assert_eq!((stream.purpose(), stream.entity()), (purpose, 100 + node as u64));
        }
    }
}
