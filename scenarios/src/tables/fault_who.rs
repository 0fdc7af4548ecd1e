//! Whom a fault is on.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::names::{Client, NodeName};
use crate::nearest;
use crate::reading::Reading;
use crate::reading::document::{Content, Item};
use crate::reading::reader::Reader;
use crate::reading::setting::{Setting, shown};
use crate::reading::write::Out;

/// The nodes that a fault is on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Who {
    /// These. A plain name is a list of one.
    Nodes(Vec<NodeName>),
    /// All gateways.
    Gateways,
    /// All clients.
    Clients,
    /// All services that the scenario has.
    Services,
    /// The gateway that hosts this client at that time; one that died is the host until another is.
    HostOf(Client),
    /// The first neighbour of that gateway as configured, up or not: the one before it in most chains.
    PenultimateOf(Client),
    /// Those that the fault's file names.
    Recorded,
}

/// What is slow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Target {
    /// A node, and all that it sends and receives.
    Node(NodeName),
    /// The link between two nodes, both ways.
    Link(NodeName, NodeName),
}

const GROUPS: [&str; 3] = ["gateways", "clients", "services"];

impl Default for Who {
    fn default() -> Self {
        Who::Nodes(Vec::new())
    }
}

impl Default for Target {
    fn default() -> Self {
        Target::Node(NodeName::default())
    }
}

impl Setting for Who {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        match &item.content {
            Content::Text(text) => match text.as_str() {
                "gateways" => Some(Who::Gateways),
                "clients" => Some(Who::Clients),
                "services" => Some(Who::Services),
                name => match (NodeName::parse(name, &cx.strategies), nearest(name, GROUPS)) {
                    (None, Some(near)) => {
                        let what = format!("{} is {}", cx.key(), shown(item));
                        cx.error(item.at, what, format!("did you mean \"{near}\"?"));
                        None
                    }
                    _ => NodeName::read(item, cx).map(|node| Who::Nodes(vec![node])),
                },
            },
            Content::List(list) if list.is_empty() => {
                let what = format!("{} is an empty list", cx.key());
                cx.error(item.at, what, "name one node or more");
                None
            }
            Content::List(_) => Vec::read(item, cx).map(Who::Nodes),
            Content::Table(table) => {
                let mut reader = Reader::new(item, cx)?;
                let host: Option<Client> = reader.required("host_of", cx);
                let penultimate: Option<Client> = reader.required("penultimate_of", cx);
                reader.finish(cx);
                match (host, penultimate) {
                    (Some(client), None) => Some(Who::HostOf(client)),
                    (None, Some(client)) => Some(Who::PenultimateOf(client)),
                    _ => {
                        if !cx.broken([item.at]) {
                            let at = table.entries().get(1).map_or(item.at, |entry| entry.key_at);
                            let what = format!("{} is on one node", cx.key());
                            let mend = "it is { host_of = \"c7\" } or { penultimate_of = \"c7\" }";
                            cx.error(at, what, mend);
                        }
                        None
                    }
                }
            }
            _ => {
                let what = format!("{} is {}", cx.key(), item.kind());
                cx.error(item.at, what, "it is a node (\"g4\"), a list of them, or \"gateways\"");
                None
            }
        }
    }

    fn write(&self) -> Option<Out> {
        let of = |key: &str, client: &Client| {
            Out::Table(vec![(key.to_owned(), Out::Text(client.to_string()))])
        };
        Some(match self {
            Who::Nodes(nodes) => match nodes.as_slice() {
                [node] => node.write()?,
                _ => nodes.write()?,
            },
            Who::Gateways => Out::Text("gateways".into()),
            Who::Clients => Out::Text("clients".into()),
            Who::Services => Out::Text("services".into()),
            Who::HostOf(client) => of("host_of", client),
            Who::PenultimateOf(client) => of("penultimate_of", client),
            Who::Recorded => return None,
        })
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Who>()
    }
}

impl Setting for Target {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        match &item.content {
            Content::List(list) => match list.as_slice() {
                [one, other] => {
                    let (one, other) = (NodeName::read(one, cx), NodeName::read(other, cx));
                    Some(Target::Link(one?, other?))
                }
                _ => {
                    let what = format!("{} is {} nodes", cx.key(), list.len());
                    cx.error(item.at, what, "a link has two ends, as in [\"g0\", \"g1\"]");
                    None
                }
            },
            _ => NodeName::read(item, cx).map(Target::Node),
        }
    }

    fn write(&self) -> Option<Out> {
        match self {
            Target::Node(node) => node.write(),
            Target::Link(one, other) => Some(Out::List(vec![one.write()?, other.write()?])),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let node = NodeName::schema(generator);
        json_schema!({
            "anyOf": [node, { "type": "array", "items": node, "minItems": 2, "maxItems": 2 }],
        })
    }
}

impl JsonSchema for Who {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Who".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let node = NodeName::schema(generator);
        let client = Client::schema(generator);
        let role = |name: &str| {
            json_schema!({
                "type": "object", "properties": { name: client },
                "required": [name], "additionalProperties": false,
            })
        };
        json_schema!({
            "description": "A node, a list of nodes, a group of them, or who plays a role at that time: \
                            the host of a client (one that died is the host until another is), or the \
                            first neighbour of its host as configured, up or not.",
            "anyOf": [
                { "enum": GROUPS }, node, { "type": "array", "items": node, "minItems": 1 },
                role("host_of"), role("penultimate_of"),
            ],
        })
    }
}
