//! Laying out a map: its places become nodes, its links become links.

use super::{LinkSpec, Network};
use crate::topology::{Direction, Place, PlaceLink, Topology};
use crate::{Delay, Distribution, NodeId, Span};

impl Network {
    /// Links `nodes`, one for each place of the map, as the map says. `usual` is a link of which the map
    /// says nothing; what it does say (latency, jitter, bandwidth, loss) counts instead. Jitter spreads the
    /// latency evenly to both sides. A place's own bandwidth bounds each of its links by itself.
    pub fn lay_out(&mut self, map: &Topology, nodes: &[NodeId], usual: &LinkSpec) {
        assert_eq!(nodes.len(), map.places.len(), "a map is laid out on a node for each place");
        for link in &map.links {
            let (a, b) = link.ends;
            let spec = |from: usize, to: usize| map.spec_of(link, (from, to), usual);
            match link.direction {
                Direction::Both => {
                    self.add_uneven_link(nodes[a], nodes[b], &spec(a, b), &spec(b, a));
                }
                Direction::Forward => {
                    self.add_one_way_link(nodes[a], nodes[b], &spec(a, b));
                }
            }
        }
    }
}

impl Topology {
    /// What a link of this map is like on the way from one of its ends to the other: as `usual`, but for
    /// what the map says.
    pub fn spec_of(
        &self,
        link: &PlaceLink,
        (from, to): (usize, usize),
        usual: &LinkSpec,
    ) -> LinkSpec {
        spec_of(link, (&self.places[from], &self.places[to]), usual)
    }
}

fn spec_of(link: &PlaceLink, (from, to): (&Place, &Place), usual: &LinkSpec) -> LinkSpec {
    let bounds = [link.bandwidth.or(usual.bandwidth), from.bandwidth_up, to.bandwidth_down];
    LinkSpec {
        latency: link
            .latency
            .map_or_else(|| usual.latency.clone(), |mean| spread(mean, link.jitter)),
        bandwidth: bounds.into_iter().flatten().min(),
        loss: link.loss.unwrap_or(usual.loss),
        ..usual.clone()
    }
}

/// A latency of `mean`, up to `jitter` more or less, but never below zero.
fn spread(mean: Span, jitter: Option<Span>) -> Delay {
    let Some(jitter) = jitter.filter(|jitter| !jitter.is_zero()) else {
        return Delay::constant(mean);
    };
    let mean = mean.as_nanos() as f64;
    let jitter = (jitter.as_nanos() as f64).min(mean);
    let range = Distribution::uniform(mean - jitter, mean + jitter);
    Delay::from_nanos(range.expect("the lower end is below the upper one, and not below zero"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bandwidth, MapOptions, NodeSpec};

    const MAP: &str = r#"graph [
        node [ id 0 label "a" host_bandwidth_up "2 Mbit" host_bandwidth_down "8 Mbit" ]
        node [ id 1 label "b" host_bandwidth_up "4 Mbit" host_bandwidth_down "16 Mbit" ]
        edge [ source 0 target 1 latency "10 ms" jitter "4 ms" packet_loss 0.25 ]
    ]"#;

    #[test]
    fn what_the_map_says_counts() {
        let map = Topology::from_gml(MAP, &MapOptions::default()).expect("the map is well formed");
        let mut network = Network::new();
        let nodes: Vec<NodeId> =
            map.places.iter().map(|_| network.add_node(&NodeSpec::default())).collect();
        network.lay_out(&map, &nodes, &LinkSpec { buffer: Some(7), ..LinkSpec::default() });
        let link = network.links()[0];
        let there = network.directions.spec(link.there);
        let back = network.directions.spec(link.back.expect("both ways"));
        assert_eq!(there.bandwidth, Bandwidth::bits_per_second(2_000_000));
        assert_eq!(back.bandwidth, Bandwidth::bits_per_second(4_000_000));
        assert_eq!((there.buffer, there.loss.to_bits()), (Some(7), 0.25_f64.to_bits()));
        assert_eq!(there.latency, spread(Span::millis(10), Some(Span::millis(4))));
        assert_eq!(there.latency.mean(), Span::millis(10));
        assert_eq!(there.latency.as_constant(), None);
    }
}
