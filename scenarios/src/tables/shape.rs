//! How gateways are linked: a shape, or a map from a file.

use penult_sim::{Density, MapOptions, Span, Topology};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::files::FileName;
use crate::nearest;
use crate::reading::Reading;
use crate::reading::document::{Content, Item};
use crate::reading::reader::{Reader, listed};
use crate::reading::setting::{OneOrMore, Setting, shown};
use crate::reading::table::table;
use crate::reading::write::Out;
use crate::units::Share;

/// How gateways are linked.
#[derive(Clone, PartialEq, Debug)]
pub enum Shape {
    /// One that has no numbers.
    Plain(penult_sim::Shape),
    /// A tree.
    Tree(Tree),
    /// Links by chance.
    Random(Random),
    /// A ring with far links.
    SmallWorld(SmallWorld),
    /// A few gateways have many links.
    ScaleFree(ScaleFree),
    /// A map from a file.
    Map(Box<MapFile>),
}

/// A map from a file.
#[derive(Clone, PartialEq, Debug)]
pub struct MapFile {
    /// The file.
    pub file: FileName,
    /// Whether the bandwidths of the map count.
    pub bandwidths: bool,
    /// The latency of links that the map gives none.
    pub latency: Option<Span>,
    /// What the map says.
    pub topology: Topology,
}

const NAMES: [&str; 9] =
    ["full", "line", "ring", "star", "tree", "grid", "random", "small-world", "scale-free"];

table! {
    /// A tree, filled level by level.
    pub struct Tree {
        /// How many children each gateway has.
        arity: u32 [OneOrMore] = 2,
    }
}

table! {
    /// Each pair is linked by chance; parts are joined.
    pub struct Random {
        /// How likely two gateways are linked.
        /// Absent: `degree` says it.
        probability: Option<Share>,
        /// How many neighbours a gateway has on average.
        /// Absent: 4, unless `probability` says it.
        degree: Option<f64>,
    }
}

table! {
    /// A ring of near neighbours, some links of which lead far away.
    pub struct SmallWorld {
        /// How many neighbours on the ring, half on each side: an even number.
        neighbours: u32 [OneOrMore] = 4,
        /// How likely the far end of a link is moved.
        rewire: Share = "10%",
    }
}

table! {
    /// Each new gateway is linked with those that have many links already.
    pub struct ScaleFree {
        /// How many links each new gateway brings.
        links: u32 [OneOrMore] = 2,
    }
}

table! {
    /// What stands beside the name of a map's file.
    pub struct MapKeys {
        /// Whether the bandwidths of the map count.
        bandwidths: bool = true,
        /// The latency of links that have none and whose ends have no coordinates.
        /// Absent: the median of the others.
        latency: Option<Span>,
    }
}

/// The number of neighbours of a random shape where nobody says.
const DEGREE: f64 = 4.0;

impl Default for Shape {
    fn default() -> Self {
        Shape::Plain(penult_sim::Shape::Full)
    }
}

impl Shape {
    /// The shape for the engine to build; nothing for a map from a file.
    pub fn built(&self) -> Option<penult_sim::Shape> {
        Some(match self {
            Shape::Plain(shape) => *shape,
            Shape::Tree(Tree { arity }) => penult_sim::Shape::Tree { arity: *arity as usize },
            Shape::Random(Random { probability: Some(share), .. }) => {
                penult_sim::Shape::Random(Density::Probability(share.fraction()))
            }
            Shape::Random(Random { degree, .. }) => {
                penult_sim::Shape::Random(Density::Degree(degree.unwrap_or(DEGREE)))
            }
            Shape::SmallWorld(SmallWorld { neighbours, rewire }) => penult_sim::Shape::SmallWorld {
                neighbours: *neighbours as usize,
                rewire: rewire.fraction(),
            },
            Shape::ScaleFree(ScaleFree { links }) => {
                penult_sim::Shape::ScaleFree { links: *links as usize }
            }
            Shape::Map(_) => return None,
        })
    }

    /// The map from a file; nothing for a shape.
    pub fn map(&self) -> Option<&MapFile> {
        match self {
            Shape::Map(map) => Some(map),
            _ => None,
        }
    }
}

impl Setting for Shape {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        match &item.content {
            Content::Text(name) => match named(name) {
                Some(shape) => Some(shape),
                None => {
                    let mend = match nearest(name, NAMES) {
                        Some(near) => format!("did you mean \"{near}\"?"),
                        None => format!("the shapes are {}", listed(&NAMES).replace('`', "\"")),
                    };
                    cx.error(item.at, format!("{} is {}", cx.key(), shown(item)), mend);
                    None
                }
            },
            Content::Table(table) if table.get("file").is_some() => read_map(item, cx),
            Content::Table(_) => read_numbers(item, cx),
            _ => {
                let what = format!("{} is {}", cx.key(), item.kind());
                cx.error(
                    item.at,
                    what,
                    "it is a shape, as in \"full\", or { file = \"net.graphml\" }",
                );
                None
            }
        }
    }

    fn write(&self) -> Option<Out> {
        let table = |name: &str, out: Option<Out>| Some(Out::Table(vec![(name.to_owned(), out?)]));
        match self {
            Shape::Plain(shape) => Some(Out::Text(shape.to_string())),
            Shape::Tree(numbers) => table("tree", numbers.write()),
            Shape::Random(numbers) => table("random", numbers.write()),
            Shape::SmallWorld(numbers) => table("small-world", numbers.write()),
            Shape::ScaleFree(numbers) => table("scale-free", numbers.write()),
            Shape::Map(map) => {
                let keys = MapKeys { bandwidths: map.bandwidths, latency: map.latency };
                let mut out = vec![("file".to_owned(), map.file.write()?)];
                if let Some(Out::Table(keys)) = keys.write() {
                    out.extend(keys);
                }
                Some(Out::Table(out))
            }
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Shape>()
    }
}

fn named(name: &str) -> Option<Shape> {
    Some(match name {
        "full" => Shape::Plain(penult_sim::Shape::Full),
        "line" => Shape::Plain(penult_sim::Shape::Line),
        "ring" => Shape::Plain(penult_sim::Shape::Ring),
        "star" => Shape::Plain(penult_sim::Shape::Star),
        "grid" => Shape::Plain(penult_sim::Shape::Grid),
        "tree" => Shape::Tree(Tree::default()),
        "random" => Shape::Random(Random { probability: None, degree: Some(DEGREE) }),
        "small-world" => Shape::SmallWorld(SmallWorld::default()),
        "scale-free" => Shape::ScaleFree(ScaleFree::default()),
        _ => return None,
    })
}

/// `{ tree = { arity = 3 } }`
fn read_numbers(item: &Item, cx: &mut Reading<'_>) -> Option<Shape> {
    let mut reader = Reader::new(item, cx)?;
    let mut shapes = Vec::new();
    for name in ["tree", "random", "small-world", "scale-free"] {
        let Some(entry) = reader.entry(name) else { continue };
        let item = &entry.item;
        let shape = cx.within(name, |cx| match name {
            "tree" => Tree::read(item, cx).map(Shape::Tree),
            "random" => {
                let mut numbers = Random::read(item, cx)?;
                if numbers.probability.is_none() {
                    numbers.degree = numbers.degree.or(Some(DEGREE));
                } else if numbers.degree.is_some() {
                    let what = "a random shape has `probability` or `degree`";
                    cx.error(entry.key_at, what, "leave one of them out");
                }
                Some(Shape::Random(numbers))
            }
            "small-world" => SmallWorld::read(item, cx).map(Shape::SmallWorld),
            _ => ScaleFree::read(item, cx).map(Shape::ScaleFree),
        });
        if let Some(Err(wrong)) = shape.as_ref().and_then(Shape::built).map(|it| it.check())
            && !cx.broken([item.at])
        {
            cx.error(item.at, wrong, "these numbers make no sense");
        }
        shapes.push((shape, entry.key_at));
    }
    reader.finish(cx);
    match shapes.as_slice() {
        [(shape, _)] => shape.clone(),
        [(_, first), (_, second), ..] => {
            let complaint =
                crate::Complaint::error(*second, "two shapes", "one of them is too many");
            cx.complain(complaint.also(*first, "the first"));
            None
        }
        [] => {
            if !cx.broken([item.at]) {
                let what = format!("{} names no shape", cx.key());
                cx.error(item.at, what, "as in \"tree\", or { tree = { arity = 3 } }");
            }
            None
        }
    }
}

fn read_map(item: &Item, cx: &mut Reading<'_>) -> Option<Shape> {
    let mut reader = Reader::new(item, cx)?;
    let file = reader.entry("file")?;
    let bandwidths = reader.or_default("bandwidths", "true", cx);
    let latency: Option<Span> = reader.required("latency", cx);
    reader.finish(cx);
    let (name, text) = cx.within("file", |cx| FileName::open(&file.item, cx))?;
    let options = MapOptions { bandwidths, latency };
    let ending = name.path.rsplit_once('.').map_or("", |(_, ending)| ending).to_lowercase();
    let read = match ending.as_str() {
        "graphml" | "xml" => Topology::from_graphml(&text.text, &options),
        "gml" => Topology::from_gml(&text.text, &options),
        _ => {
            let what = format!("{:?} is no map by its name", name.path);
            cx.error(file.item.at, what, "maps are GraphML (.graphml, .xml) or GML (.gml)");
            return None;
        }
    };
    match read {
        Ok(topology) => {
            cx.assumed.extend(topology.assumed.iter().map(|it| format!("{}: {it}", name.path)));
            Some(Shape::Map(Box::new(MapFile { file: name, bandwidths, latency, topology })))
        }
        Err(error) => {
            cx.error_in_file(&text, error.line, &error.message, file.item.at);
            None
        }
    }
}

impl JsonSchema for Shape {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Shape".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = |name: &str, numbers: Schema| {
            json_schema!({
                "type": "object", "properties": { name: numbers },
                "required": [name], "additionalProperties": false,
            })
        };
        let mut map = <MapKeys as JsonSchema>::json_schema(generator);
        let file = json_schema!({
            "type": "string",
            "description": "A map in GraphML (.graphml, .xml) or GML (.gml).",
        });
        if let Some(properties) = map.get_mut("properties").and_then(|it| it.as_object_mut()) {
            properties.insert("file".into(), file.to_value());
        }
        map.insert("required".into(), ["file"].as_slice().into());
        json_schema!({
            "description": "How gateways are linked: the name of a shape, a shape with its numbers, or \
                            a map from a file.",
            "anyOf": [
                { "enum": NAMES },
                one("tree", generator.subschema_for::<Tree>()),
                one("random", generator.subschema_for::<Random>()),
                one("small-world", generator.subschema_for::<SmallWorld>()),
                one("scale-free", generator.subschema_for::<ScaleFree>()),
                map,
            ],
        })
    }
}
