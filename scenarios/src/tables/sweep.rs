//! `[sweep]`: the points that `penult sweep` runs.

use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::sweep_range;
use crate::complaint::{At, Complaint};
use crate::reading::Reading;
use crate::reading::document::{Content, Item, Table};
use crate::reading::setting::Setting;
use crate::reading::write::{self, Out};

/// The points that `penult sweep` runs.
#[derive(Clone, PartialEq, Debug)]
pub struct Sweep {
    /// What is varied, in the order of the file.
    pub axes: Vec<Axis>,
    /// Axes that go together, by their paths: the first value of each, then the second, …
    pub zip: Vec<Vec<String>>,
    /// How often each point is run, each time with another seed.
    pub replications: u32,
}

/// A key of the scenario and the values it takes.
#[derive(Clone, PartialEq, Debug)]
pub struct Axis {
    /// The key, as a path with dots.
    pub path: String,
    /// Its values.
    pub values: Vec<toml::Value>,
}

/// More points than this are a mistake.
pub(crate) const POINTS_MAX: usize = 1_000_000;

impl Default for Sweep {
    fn default() -> Self {
        Sweep { axes: Vec::new(), zip: Vec::new(), replications: 1 }
    }
}

impl Sweep {
    /// Each point: for each axis in the order of the file, its path and its value. The product of the
    /// axes, the last one changing fastest; those that go together change together.
    pub fn points(&self) -> Vec<Vec<(&str, &toml::Value)>> {
        let mut points = vec![Vec::new()];
        for group in self.groups() {
            let with = |point: &Vec<(_, _)>, at: usize| {
                let mut point = point.clone();
                point.extend(group.iter().map(|axis| (axis.path.as_str(), &axis.values[at])));
                point
            };
            let each = 0..length(&group);
            points =
                points.iter().flat_map(|point| each.clone().map(|at| with(point, at))).collect();
        }
        points
    }

    /// How many points there are.
    pub fn count(&self) -> usize {
        self.groups().iter().map(|group| length(group)).fold(1, usize::saturating_mul)
    }

    /// The axes, those that go together in one group, which has the place of its first.
    pub(crate) fn groups(&self) -> Vec<Vec<&Axis>> {
        let mut zipped: BTreeMap<&str, usize> = BTreeMap::new();
        for (number, paths) in self.zip.iter().enumerate() {
            paths.iter().for_each(|path| _ = zipped.entry(path).or_insert(number));
        }
        let mut groups: Vec<Vec<&Axis>> = Vec::new();
        let mut begun: BTreeMap<usize, usize> = BTreeMap::new();
        for axis in &self.axes {
            let place = zipped
                .get(axis.path.as_str())
                .map_or(groups.len(), |number| *begun.entry(*number).or_insert(groups.len()));
            match groups.get_mut(place) {
                Some(group) => group.push(axis),
                None => groups.push(vec![axis]),
            }
        }
        groups
    }
}

/// How many values a group of axes has together.
fn length(group: &[&Axis]) -> usize {
    group.iter().map(|axis| axis.values.len()).min().unwrap_or(0)
}

impl Setting for Sweep {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let Some(table) = item.as_table() else {
            let what = format!("{} is {}", cx.key(), item.kind());
            cx.error(item.at, what, "it is a table: [sweep]");
            return None;
        };
        let mut sweep = Sweep::default();
        for entry in table.entries() {
            match entry.key.as_str() {
                "replications" => {
                    let read = cx.within("replications", |cx| u32::read(&entry.item, cx));
                    if read == Some(0) {
                        cx.error(entry.item.at, "no replications", "it is 1 or more");
                    }
                    sweep.replications = read.unwrap_or(1);
                }
                "zip" => {
                    let read = cx.within("zip", |cx| Setting::read(&entry.item, cx));
                    sweep.zip = read.unwrap_or_default();
                }
                _ => axis(&entry.key, entry.key_at, &entry.item, &mut sweep.axes, cx),
            }
        }
        check_zip(&sweep, table, cx);
        if sweep.count() > POINTS_MAX {
            let what = format!("this sweep has more than {POINTS_MAX} points");
            cx.error(item.at, what, "leave some values out, or let axes go together: zip");
        }
        Some(sweep)
    }

    fn write(&self) -> Option<Out> {
        let mut out = Vec::new();
        for axis in &self.axes {
            out.push((
                axis.path.clone(),
                Out::List(axis.values.iter().map(write::from_value).collect()),
            ));
        }
        if !self.zip.is_empty() {
            out.push(("zip".into(), self.zip.write()?));
        }
        out.push(("replications".into(), self.replications.write()?));
        Some(Out::Table(out))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Sweep>()
    }
}

/// Reads the values of one key. A path without quotes makes tables.
fn axis(path: &str, key_at: At, item: &Item, axes: &mut Vec<Axis>, cx: &mut Reading<'_>) {
    let mut places = vec![item.at];
    let values = match &item.content {
        Content::List(list) if list.is_empty() => {
            cx.error(item.at, format!("`{path}` in [sweep] has no values"), "give it one or more");
            return;
        }
        Content::List(list) => {
            places = list.iter().map(|item| item.at).collect();
            list.iter().map(Item::to_value).collect()
        }
        Content::Table(table) if sweep_range::is_range(table) => {
            match cx.within(path, |cx| sweep_range::read(item, cx)) {
                Some(values) => values,
                None => return,
            }
        }
        Content::Table(table) => {
            for entry in table.entries() {
                let path = format!("{path}.{}", step(&entry.key));
                axis(&path, entry.key_at, &entry.item, axes, cx);
            }
            return;
        }
        _ => {
            let what = format!("`{path}` in [sweep] is {}", item.kind());
            let mend = "it is a list, or a range as in { from = 1, to = 9, steps = 5 }";
            cx.error(item.at, what, mend);
            return;
        }
    };
    axes.push(Axis { path: path.to_owned(), values });
    cx.axes.push((key_at, places));
}

/// A key as a part of a path.
fn step(key: &str) -> String {
    if key.contains('.') { format!("\"{key}\"") } else { key.to_owned() }
}

fn check_zip(sweep: &Sweep, table: &Table, cx: &mut Reading<'_>) {
    let Some(Content::List(groups)) = table.get("zip").map(|entry| &entry.item.content) else {
        return;
    };
    let mut seen: BTreeSet<&String> = BTreeSet::new();
    let mut lengths_of: BTreeMap<&str, usize> = BTreeMap::new();
    for axis in &sweep.axes {
        lengths_of.entry(&axis.path).or_insert(axis.values.len());
    }
    for (paths, group) in sweep.zip.iter().zip(groups) {
        let mut lengths = Vec::new();
        for (path, item) in paths.iter().zip(group.as_list().unwrap_or_default()) {
            if cx.broken([item.at]) {
                continue;
            }
            if !seen.insert(path) {
                cx.error(item.at, format!("`{path}` goes together twice"), "name it once");
                continue;
            }
            match lengths_of.get(path.as_str()) {
                Some(length) => lengths.push((*length, item.at)),
                None if !cx.wrong.shows(item.at) => cx.count_error(item.at),
                None => {
                    let mend = match crate::nearest(path, lengths_of.keys().copied()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "name a key that [sweep] varies".into(),
                    };
                    cx.error(item.at, format!("[sweep] does not vary `{path}`"), mend);
                }
            }
        }
        if let Some((first, at)) = lengths.first().copied()
            && let Some((length, other)) = lengths.iter().find(|(length, _)| *length != first)
        {
            let what = "these go together, but have different lengths";
            let complaint = Complaint::error(*other, what, format!("{length} values"));
            cx.complain(complaint.also(at, format!("{first} values")));
        }
    }
}

impl JsonSchema for Sweep {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Sweep".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "What `penult sweep` runs: the product of the lists.",
            "properties": {
                "replications": {
                    "type": "integer", "minimum": 1, "default": 1,
                    "description": "How often each point is run, each time with another seed.",
                },
                "zip": {
                    "type": "array", "default": [],
                    "items": { "type": "array", "items": { "type": "string" } },
                    "description": "Keys that go together instead of being multiplied.",
                },
            },
            "additionalProperties": {
                "description": "The values of a key, named by its path: a list, or a range from `from` to \
                                `to` in so many `steps`, or multiplied by `factor` each time.",
                "anyOf": [{ "type": "array", "minItems": 1 }, { "type": "object" }],
            },
        })
    }
}
