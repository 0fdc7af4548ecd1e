//! The names of nodes, messages and regions: `g0`, `c7`, `directory`, `m3`, `eu`.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::nearest;
use crate::reading::Reading;
use crate::reading::document::Item;
use crate::reading::setting::{Setting, shown};
use crate::reading::table::choice;
use crate::reading::write::Out;

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

fn number_behind(text: &str, letter: &str) -> Option<u32> {
    let digits = text.strip_prefix(letter)?;
    let plain = digits == "0" || !digits.starts_with('0');
    (plain && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

choice! {
    /// A server that is no gateway.
    pub enum Service {
        /// Knows which gateway hosts which client.
        Directory = "directory",
        /// The external store.
        Store = "store",
        /// The central message processor, there with `acks = "central"` or `"both"`.
        Processor = "processor",
    }
}

/// A node, by its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum NodeName {
    /// A gateway.
    Gateway(Gateway),
    /// A client.
    Client(Client),
    /// A service.
    Service(Service),
}

impl NodeName {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let service = || Service::ALL.iter().find(|service| service.word() == text);
        Gateway::parse(text)
            .map(NodeName::Gateway)
            .or_else(|| Client::parse(text).map(NodeName::Client))
            .or_else(|| service().copied().map(NodeName::Service))
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
        }
    }
}

impl Setting for NodeName {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let found = item.as_text().and_then(NodeName::parse);
        if found.is_none() {
            let near = item
                .as_text()
                .and_then(|text| nearest(text, Service::ALL.iter().map(|service| service.word())));
            let mend = match near {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "it is a node: a gateway (\"g0\"), a client (\"c0\") or a service \
                         (\"directory\", \"store\", \"processor\")"
                    .to_owned(),
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
            "description": "The name of a node: a gateway (\"g0\"), a client (\"c0\") or a service.",
            "pattern": "^([gc](0|[1-9][0-9]*)|directory|store|processor)$",
        })
    }
}

/// Whether a name could be a region's: it must not look like a node's.
pub(crate) fn fits_region(name: &str) -> bool {
    !name.is_empty() && NodeName::parse(name).is_none()
}
