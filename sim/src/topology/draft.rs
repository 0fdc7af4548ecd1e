//! A map while it is being read: what GraphML and GML have in common, and what was assumed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::text::{self, ParseError, many, shown};
use super::{Bandwidth, Coordinates, Direction, MapOptions, Place, PlaceLink, Topology};
use crate::Span;

/// What a file says of one node or edge: names and values, with the line of each.
///
/// Names match in any case, as different tools write `latitude` and `Latitude`; the first counts.
#[derive(Default)]
pub(super) struct Attributes<'t>(Vec<(&'t str, Cow<'t, str>, usize)>);

impl<'t> Attributes<'t> {
    pub(super) fn add(&mut self, name: &'t str, value: Cow<'t, str>, line: usize) {
        self.0.push((name, value, line));
    }

    /// The value of that name and its line, if it is there and not blank.
    pub(super) fn get(&self, name: &str) -> Option<(&str, usize)> {
        let of_name = |entry: &&(&str, Cow<str>, usize)| entry.0.eq_ignore_ascii_case(name);
        let (_, value, line) = self.0.iter().find(of_name)?;
        let value = value.trim();
        (!value.is_empty()).then_some((value, *line))
    }

    /// The value read by `read`; its complaint becomes an error with line and name.
    fn read<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ParseError> {
        let read_at = |(value, line)| {
            read(value).map_err(|why| ParseError::new(line, format!("{name} {why}")))
        };
        self.get(name).map(read_at).transpose()
    }

    fn coordinates(&self) -> Result<Option<Coordinates>, ParseError> {
        let degrees = |name, limit: f64| {
            self.read(name, |value| match value.parse::<f64>() {
                Ok(degrees) if degrees.abs() <= limit => Ok(degrees),
                _ => {
                    let came = shown(value);
                    Err(format!(
                        "{came} is not between -{limit} and {limit} degrees"
                    ))
                }
            })
        };
        let latitude = degrees("Latitude", 90.0)?;
        let longitude = degrees("Longitude", 180.0)?;
        // Half a position is none; the place then counts among those without.
        let pair = latitude.zip(longitude);
        Ok(pair.map(|(latitude, longitude)| Coordinates {
            latitude,
            longitude,
        }))
    }
}

/// What the reader counts, to say it once at the end.
#[derive(Default)]
struct Counts {
    loops: usize,
    unitless: usize,
    zero_speeds: usize,
    hyperedges: usize,
    renamed: usize,
}

/// A map while it is being read.
pub(super) struct Draft<'o> {
    options: &'o MapOptions,
    places: Vec<Place>,
    ids: BTreeMap<String, usize>,
    edges: Vec<PlaceLink>,
    counts: Counts,
    /// What only the reader of the format knows.
    pub(super) assumed: Vec<String>,
}

impl<'o> Draft<'o> {
    pub(super) fn new(options: &'o MapOptions) -> Self {
        Self {
            options,
            places: Vec::new(),
            ids: BTreeMap::new(),
            edges: Vec::new(),
            counts: Counts::default(),
            assumed: Vec::new(),
        }
    }

    pub(super) fn add_place(
        &mut self,
        id: &str,
        line: usize,
        said: &Attributes,
    ) -> Result<(), ParseError> {
        if self.ids.insert(id.to_owned(), self.places.len()).is_some() {
            let what = format!(
                "a second node with the id {}: each needs its own",
                shown(id)
            );
            return Err(ParseError::new(line, what));
        }
        let label = said.get("label").map_or(id, |(label, _)| label);
        self.counts.hyperedges +=
            usize::from(said.get("hyperedge").is_some_and(|(is, _)| is != "0"));
        let mut place = Place {
            name: label.split_whitespace().collect::<Vec<_>>().join(" "),
            at: said.coordinates()?,
            ..Place::default()
        };
        if self.options.bandwidths {
            place.bandwidth_up = said.read("host_bandwidth_up", text::bandwidth)?;
            place.bandwidth_down = said.read("host_bandwidth_down", text::bandwidth)?;
        }
        self.places.push(place);
        Ok(())
    }

    /// Call it after all places are there: files may name nodes before they describe them.
    pub(super) fn add_edge(
        &mut self,
        (source, target): (&str, &str),
        direction: Direction,
        line: usize,
        said: &Attributes,
    ) -> Result<(), ParseError> {
        let end = |id: &str| {
            let what = || {
                format!(
                    "an edge of the node {}, which the file doesn't have",
                    shown(id)
                )
            };
            self.ids
                .get(id)
                .copied()
                .ok_or_else(|| ParseError::new(line, what()))
        };
        let ends = (end(source)?, end(target)?);
        let latency = said.read("latency", |value| {
            text::span(value, Span::millis(1).as_nanos())
        })?;
        let jitter = said.read("jitter", |value| {
            text::span(value, Span::millis(1).as_nanos())
        })?;
        let loss = said.read("packet_loss", |value| match value.parse::<f64>() {
            Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
            _ => Err(format!("{} is not a share between 0 and 1", shown(value))),
        })?;
        let bandwidth = self.bandwidth(said)?;
        if ends.0 == ends.1 {
            self.counts.loops += 1;
            return Ok(());
        }
        let bare = [latency, jitter].iter().flatten().any(|(_, bare)| *bare);
        self.counts.unitless += usize::from(bare);
        self.edges.push(PlaceLink {
            ends,
            direction,
            latency: latency.map(|(span, _)| span),
            jitter: jitter.map(|(span, _)| span),
            bandwidth,
            loss,
        });
        Ok(())
    }

    /// `bandwidth` with a unit, else Zoo's `LinkSpeedRaw`, which is bits per second. A speed of
    /// zero means "not known" there, and would block the link here.
    fn bandwidth(&mut self, said: &Attributes) -> Result<Option<Bandwidth>, ParseError> {
        if !self.options.bandwidths {
            return Ok(None);
        }
        let read = match said.read("bandwidth", text::bandwidth)? {
            Some(bandwidth) => Some(bandwidth),
            None => said.read("LinkSpeedRaw", text::bandwidth)?,
        };
        let sensible = read.filter(|bandwidth| bandwidth.bits() > 0);
        self.counts.zero_speeds += usize::from(read != sensible);
        Ok(sensible)
    }

    /// The finished map. `line` is where the graph began, for a complaint about all of it.
    pub(super) fn finish(mut self, line: usize) -> Result<Topology, ParseError> {
        if self.places.is_empty() {
            return Err(ParseError::new(
                line,
                "the graph has no node: a map needs at least one",
            ));
        }
        self.name_apart();
        let located = self.locate();
        let (links, extra) = without_parallels(&self.edges);
        let mut map = Topology {
            places: self.places,
            links,
            assumed: self.assumed,
        };
        let unlocated = fill_latency(&mut map.links, self.options);
        say(&mut map, &self.counts, located, extra, unlocated);
        Ok(map)
    }

    /// Gives repeated names a number behind, so that each name means one place.
    fn name_apart(&mut self) {
        let given: BTreeSet<String> = self.places.iter().map(|place| place.name.clone()).collect();
        let mut uses: BTreeMap<String, usize> = BTreeMap::new();
        for place in &mut self.places {
            let used = uses.entry(place.name.clone()).or_default();
            *used += 1;
            if *used == 1 {
                continue;
            }
            self.counts.renamed += 1;
            // A file may hold "Oslo (2)" as well as two Oslos.
            while given.contains(&format!("{} ({used})", place.name)) {
                *used += 1;
            }
            place.name = format!("{} ({used})", place.name);
        }
    }

    /// Latency from coordinates, for every edge that has none but whose ends are located. Says for
    /// how many, and how many of these came out as zero.
    fn locate(&mut self) -> (usize, usize) {
        let (mut located, mut zero) = (0, 0);
        for edge in self.edges.iter_mut().filter(|edge| edge.latency.is_none()) {
            let ends = self.places[edge.ends.0].at.zip(self.places[edge.ends.1].at);
            edge.latency = ends.map(|(here, there)| here.latency(there));
            located += usize::from(edge.latency.is_some());
            zero += usize::from(edge.latency == Some(Span::ZERO));
        }
        (located, zero)
    }
}

/// At most one link from each place to each other: of parallel edges the fastest stays (least
/// latency, an unknown one last; then most bandwidth; then the first). Two opposite one-way edges
/// that say the same become one two-way link. Says how many edges went away as parallel.
fn without_parallels(edges: &[PlaceLink]) -> (Vec<PlaceLink>, usize) {
    let rank = |edge: usize| {
        let link = &edges[edge];
        let latency = link
            .latency
            .map_or((true, Span::ZERO), |latency| (false, latency));
        (latency, std::cmp::Reverse(link.bandwidth), edge)
    };
    let mut best: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (number, edge) in edges.iter().enumerate() {
        let (from, to) = edge.ends;
        let back = (edge.direction == Direction::Both).then_some((to, from));
        for arc in [Some((from, to)), back].into_iter().flatten() {
            let kept = best.entry(arc).or_insert(number);
            if rank(number) < rank(*kept) {
                *kept = number;
            }
        }
    }
    let kept: BTreeSet<usize> = best.values().copied().collect();
    let mut links: BTreeMap<usize, PlaceLink> = BTreeMap::new();
    for (&(from, to), &number) in &best {
        let same = |other: usize| {
            let ends = edges[number].ends;
            let direction = edges[number].direction;
            PlaceLink {
                ends,
                direction,
                ..edges[other].clone()
            } == edges[number]
        };
        let twin = best.get(&(to, from)).copied().filter(|&twin| same(twin));
        let direction = match twin {
            // The twin's own turn makes the link: once is enough.
            Some(twin) if (twin, to) < (number, from) => continue,
            Some(_) => Direction::Both,
            None => Direction::Forward,
        };
        // A two-way link keeps the ends of the edge it was read from.
        let ends = if twin.is_some() {
            edges[number].ends
        } else {
            (from, to)
        };
        links.insert(
            number,
            PlaceLink {
                ends,
                direction,
                ..edges[number].clone()
            },
        );
    }
    (links.into_values().collect(), edges.len() - kept.len())
}

/// Gives links without a latency the one of the options, or the median of the others (of an even
/// number of them the lower of the two in the middle). Says for how many, and what.
fn fill_latency(
    links: &mut [PlaceLink],
    options: &MapOptions,
) -> Option<(usize, Span, &'static str)> {
    let mut known: Vec<Span> = links.iter().filter_map(|link| link.latency).collect();
    known.sort_unstable();
    let median = known.get(known.len().saturating_sub(1) / 2).copied();
    let (latency, why) = match (options.latency, median) {
        (Some(asked), _) => (asked, "as asked for"),
        (None, Some(median)) => (median, "the median of the other links"),
        (None, None) => (MapOptions::LATENCY_UNKNOWN, "as no link of the map has one"),
    };
    let unknown = links.iter_mut().filter(|link| link.latency.is_none());
    let filled = unknown.map(|link| link.latency = Some(latency)).count();
    (filled > 0).then_some((filled, latency, why))
}

/// Puts into words what was counted.
fn say(
    map: &mut Topology,
    counts: &Counts,
    (located, zero): (usize, usize),
    extra: usize,
    unlocated: Option<(usize, Span, &'static str)>,
) {
    let mut say = |count: usize, sentence: &dyn Fn(String) -> String, noun: &str| {
        if count > 0 {
            map.assumed.push(sentence(many(count, noun)));
        }
    };
    say(
        counts.hyperedges,
        &|n| {
            format!(
                "{n} marked as a hyperedge (a connection of more than two): taken as a place like any other"
            )
        },
        "node",
    );
    say(
        counts.renamed,
        &|n| {
            format!(
                "{n} with a name that another place already has: a number was put behind, as in `Oslo (2)`"
            )
        },
        "place",
    );
    say(
        counts.loops,
        &|n| format!("{n} from a node to itself left out"),
        "edge",
    );
    say(
        extra,
        &|n| {
            format!(
                "{n} parallel to another left out: the fastest stays (least latency, then most bandwidth, then the first)"
            )
        },
        "edge",
    );
    say(
        counts.unitless,
        &|n| format!("{n} with a latency or jitter without a unit: taken as milliseconds"),
        "edge",
    );
    say(
        counts.zero_speeds,
        &|n| format!("{n} with a bandwidth of 0: taken as not known"),
        "edge",
    );
    say(
        located,
        &|n| {
            format!(
                "{n} without a latency: taken from the great-circle distance at two thirds of the speed of light (200 km in 1ms)"
            )
        },
        "edge",
    );
    say(
        zero,
        &|n| format!("{n} between places with the same coordinates: the latency is 0"),
        "edge",
    );
    if let Some((count, latency, why)) = unlocated {
        let n = many(count, "link");
        map.assumed.push(format!(
            "{n} with neither a latency nor coordinates at both ends: {latency}, {why}"
        ));
    }
    let speeds = map
        .links
        .iter()
        .filter(|link| link.bandwidth.is_some())
        .count();
    if (1..map.links.len()).contains(&speeds) {
        let n = many(map.links.len() - speeds, "link");
        map.assumed.push(format!(
            "{n} without a bandwidth, beside {speeds} with one: the scenario's holds there"
        ));
    }
    let parts = map.parts();
    if parts > 1 {
        map.assumed.push(format!("the map falls in {parts} parts that no link joins: nodes of different parts can't reach each other"));
    } else if map.parts_both_ways() > 1 {
        map.assumed.push("some places can reach others that can't reach them: there is no way back over the one-way links".into());
    }
}
