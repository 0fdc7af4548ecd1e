//! A map while it is being read: what GraphML and GML have in common.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::settle::{self, Counts};
use super::text::{self, ParseError, shown};
use super::{Coordinates, Direction, MapOptions, Place, PlaceLink, Topology};
use crate::{Bandwidth, Span};

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
                    Err(format!("{came} is not between -{limit} and {limit} degrees"))
                }
            })
        };
        let latitude = degrees("Latitude", 90.0)?;
        let longitude = degrees("Longitude", 180.0)?;
        // Half a position is none; the place then counts among those without.
        let pair = latitude.zip(longitude);
        Ok(pair.map(|(latitude, longitude)| Coordinates { latitude, longitude }))
    }
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
            let what = format!("a second node with the id {}: each needs its own", shown(id));
            return Err(ParseError::new(line, what));
        }
        let label = said.get("label").map(|(label, _)| label);
        self.counts.unlabelled += usize::from(label.is_none());
        self.counts.hyperedges +=
            usize::from(said.get("hyperedge").is_some_and(|(is, _)| is != "0"));
        let mut place = Place {
            name: label.unwrap_or(id).split_whitespace().collect::<Vec<_>>().join(" "),
            at: said.coordinates()?,
            ..Place::default()
        };
        if self.options.bandwidths {
            let read = |name| said.read(name, text::bandwidth);
            place.bandwidth_up = self.sensible(read("host_bandwidth_up")?);
            place.bandwidth_down = self.sensible(read("host_bandwidth_down")?);
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
            let what = || format!("an edge of the node {}, which the file doesn't have", shown(id));
            self.ids.get(id).copied().ok_or_else(|| ParseError::new(line, what()))
        };
        let ends = (end(source)?, end(target)?);
        let latency =
            said.read("latency", |value| text::span(value, Span::millis(1).as_nanos()))?;
        let jitter = said.read("jitter", |value| text::span(value, Span::millis(1).as_nanos()))?;
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

    /// `bandwidth` with a unit, else Zoo's `LinkSpeedRaw`, which is bits per second.
    fn bandwidth(&mut self, said: &Attributes) -> Result<Option<Bandwidth>, ParseError> {
        if !self.options.bandwidths {
            return Ok(None);
        }
        let read = match said.read("bandwidth", text::bandwidth)? {
            Some(bits) => Some(bits),
            None => said.read("LinkSpeedRaw", text::bandwidth)?,
        };
        Ok(self.sensible(read))
    }

    /// Files write 0 for "not known"; here it would block everything.
    fn sensible(&mut self, bits: Option<u64>) -> Option<Bandwidth> {
        self.counts.zero_speeds += usize::from(bits == Some(0));
        bits.and_then(Bandwidth::bits_per_second)
    }

    /// The finished map. `line` is where the graph began, for a complaint about all of it.
    pub(super) fn finish(mut self, line: usize) -> Result<Topology, ParseError> {
        if self.places.is_empty() {
            return Err(ParseError::new(line, "the graph has no node: a map needs at least one"));
        }
        self.name_apart();
        self.locate();
        let (links, parallel) = settle::without_parallels(&self.edges);
        self.counts.parallel = parallel;
        let mut map = Topology { places: self.places, links, assumed: self.assumed };
        let unlocated = settle::fill_latency(&mut map.links, self.options);
        settle::say(&mut map, &self.counts, unlocated.as_ref());
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

    /// Latency from coordinates, for every edge that has none but whose ends are located.
    fn locate(&mut self) {
        for edge in self.edges.iter_mut().filter(|edge| edge.latency.is_none()) {
            let ends = self.places[edge.ends.0].at.zip(self.places[edge.ends.1].at);
            edge.latency = ends.map(|(here, there)| here.latency(there));
            self.counts.located += usize::from(edge.latency.is_some());
            self.counts.zero += usize::from(edge.latency == Some(Span::ZERO));
        }
    }
}
