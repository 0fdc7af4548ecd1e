//! The names of nodes, messages and regions: `g0`, `c7`, `directory`, `m3`, `eu`.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use penult_models::{ACCESS, ServiceKind, ServiceName};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::reading::Reading;
use crate::reading::document::Item;
use crate::reading::setting::{Setting, shown};
use crate::reading::write::Out;
use crate::{Strategies, nearest};

/// A letter and a number.
macro_rules! numbered {
    ($(#[doc = $about:literal])+ $name:ident, $letter:literal, $what:literal) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
        pub struct $name(pub u32);

        impl $name {
            pub(crate) fn parse(text: &str) -> Option<Self> {
                number_behind(text, $letter).map($name)
            }

            /// Its number, as an index.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }

        impl Setting for $name {
            fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
                let found = item.as_text().and_then($name::parse);
                if found.is_none() {
                    let what = format!("{} is {}", cx.key(), shown(item));
                    cx.error(item.at, what, concat!("it is ", $what, ", as in \"", $letter, "0\""));
                }
                found
            }

            fn write(&self) -> Option<Out> {
                Some(Out::Text(self.to_string()))
            }

            fn schema(generator: &mut SchemaGenerator) -> Schema {
                generator.subschema_for::<$name>()
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "description": concat!("The name of ", $what, ", as in \"", $letter, "0\"."),
                    "pattern": concat!("^", $letter, "(0|[1-9][0-9]*)$"),
                })
            }
        }
    };
}

numbered!(
    /// A gateway: `g0`, `g1`, …
    Gateway, "g", "a gateway"
);
numbered!(
    /// A client: `c0`, `c1`, …
    Client, "c", "a client"
);
numbered!(
    /// A message, numbered in the order of the instants: `m0`, `m1`, …
    MessageName, "m", "a message"
);

/// A name that lasts: there are as many as scenarios give to what they name themselves.
pub(crate) fn interned(name: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let new: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.insert(new);
    new
}

fn number_behind(text: &str, letter: &str) -> Option<u32> {
    let digits = text.strip_prefix(letter)?;
    let plain = digits == "0" || !digits.starts_with('0');
    (plain && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// A node, by its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum NodeName {
    /// A gateway.
    Gateway(Gateway),
    /// A client.
    Client(Client),
    /// A service that some strategy may have.
    Service(ServiceName),
    /// What all clients' access links run through.
    Access,
}

impl NodeName {
    pub(crate) fn parse(text: &str, strategies: &Strategies) -> Option<Self> {
        let service = || strategies.kinds().into_iter().find_map(|kind| service(text, kind));
        Gateway::parse(text)
            .map(NodeName::Gateway)
            .or_else(|| Client::parse(text).map(NodeName::Client))
            .or_else(|| (text == ACCESS).then_some(NodeName::Access))
            .or_else(|| service().map(NodeName::Service))
            .or_else(|| strategies.own_name(text).map(NodeName::Service))
    }
}

/// The service of a kind that a text names.
fn service(text: &str, kind: ServiceKind) -> Option<ServiceName> {
    if kind.is_numbered {
        number_behind(text, kind.name).map(|number| ServiceName::numbered(kind.name, number))
    } else {
        (text == kind.name).then_some(ServiceName::only(kind.name))
    }
}

impl Default for NodeName {
    fn default() -> Self {
        NodeName::Gateway(Gateway(0))
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NodeName::Gateway(gateway) => gateway.fmt(f),
            NodeName::Client(client) => client.fmt(f),
            NodeName::Service(service) => service.fmt(f),
            NodeName::Access => f.write_str(ACCESS),
        }
    }
}

impl Setting for NodeName {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let found = item.as_text().and_then(|text| NodeName::parse(text, &cx.strategies));
        if found.is_none() {
            let kinds = cx.strategies.kinds();
            let own: Vec<&str> = cx.strategies.own_names().collect();
            let kinds_and_own = || kinds.iter().map(|kind| kind.name).chain(own.iter().copied());
            let words = || kinds_and_own().chain([ACCESS]);
            let near = item.as_text().and_then(|text| nearest(text, words()));
            let mend = match near {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => {
                    let shown = kinds.iter().map(|kind| match kind.is_numbered {
                        true => format!("\"{}0\"", kind.name),
                        false => format!("\"{}\"", kind.name),
                    });
                    let services = shown.collect::<Vec<_>>().join(", ");
                    format!(
                        "it is a node: a gateway (\"g0\"), a client (\"c0\"), a service ({services}) \
                         or \"{ACCESS}\""
                    )
                }
            };
            cx.error(item.at, format!("{} is {}", cx.key(), shown(item)), mend);
        }
        found
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Text(self.to_string()))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<NodeName>()
    }
}

impl JsonSchema for NodeName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Node".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "The name of a node: a gateway (\"g0\"), a client (\"c0\"), a service, \"access\", \
                            what all clients' access links run through, or a kind of connection of \
                            [[mesh.connection]] or what one is over.",
            // Which services there are hangs on the list of strategies: that is put in where it is known.
            "pattern": "",
        })
    }
}

/// Whether a name could be a region's: it must not look like a node's.
pub(crate) fn fits_region(name: &str, strategies: &Strategies) -> bool {
    !name.is_empty() && NodeName::parse(name, strategies).is_none()
}
