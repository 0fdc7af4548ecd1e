//! Which devices a key of `[mesh]` is about: by name, by kind, or a share of them.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::reading::Reading;
use crate::reading::document::{Content, Item};
use crate::reading::setting::{Setting, shown};
use crate::reading::write::Out;
use crate::units::{Share, parse_share};

/// A device: `c3`, or, without a user, `r0`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Device {
    /// A client's.
    Client(u32),
    /// A relay.
    Relay(u32),
}

impl Device {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let number = |letter: char| {
            let digits = text.strip_prefix(letter)?;
            let plain = digits == "0" || !digits.starts_with('0');
            (plain && digits.bytes().all(|it| it.is_ascii_digit())).then(|| digits.parse().ok())?
        };
        number('c').map(Device::Client).or_else(|| number('r').map(Device::Relay))
    }

    /// Its number, where relays follow so many clients.
    pub(super) fn number(self, clients: u32) -> u32 {
        match self {
            Device::Client(number) => number,
            Device::Relay(number) => clients.saturating_add(number),
        }
    }
}

impl Default for Device {
    fn default() -> Self {
        Device::Client(0)
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Device::Client(number) => write!(f, "c{number}"),
            Device::Relay(number) => write!(f, "r{number}"),
        }
    }
}

impl Setting for Device {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let found = item.as_text().and_then(Device::parse);
        if found.is_none() {
            let what = format!("{} is {}", cx.key(), shown(item));
            cx.error(item.at, what, "it is a device: a client (\"c0\") or a relay (\"r0\")");
        }
        found
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Text(self.to_string()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[cr](0|[1-9][0-9]*)$" })
    }
}

/// Which devices.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Members {
    /// Those with users.
    #[default]
    Clients,
    /// Those without.
    Relays,
    /// All.
    All,
    /// A share of all, by chance.
    Share(Share),
    /// These.
    These(Vec<Device>),
}

impl Setting for Members {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        match &item.content {
            Content::Text(text) => match text.as_str() {
                "clients" => Some(Members::Clients),
                "relays" => Some(Members::Relays),
                "all" => Some(Members::All),
                text => {
                    if let Ok(share) = parse_share(text) {
                        return Some(Members::Share(share));
                    }
                    let found = Device::parse(text);
                    if found.is_none() {
                        let what = format!("{} is {}", cx.key(), shown(item));
                        let mend = "it is \"clients\", \"relays\", \"all\", a share (\"5%\"), a device \
                                    (\"c0\", \"r0\") or a list of devices";
                        cx.error(item.at, what, mend);
                    }
                    found.map(|device| Members::These(vec![device]))
                }
            },
            Content::List(list) if list.is_empty() => {
                let what = format!("{} is an empty list", cx.key());
                cx.error(item.at, what, "name one device or more");
                None
            }
            _ => Vec::read(item, cx).map(Members::These),
        }
    }

    fn write(&self) -> Option<Out> {
        let word = |word: &str| Some(Out::Text(word.to_owned()));
        match self {
            Members::Clients => word("clients"),
            Members::Relays => word("relays"),
            Members::All => word("all"),
            Members::Share(share) => share.write(),
            Members::These(devices) => match devices.as_slice() {
                [device] => device.write(),
                _ => devices.write(),
            },
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Members>()
    }
}

impl JsonSchema for Members {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Devices".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let device = Device::schema(generator);
        let share = Share::schema(generator);
        json_schema!({
            "description": "Devices: \"clients\", \"relays\", \"all\", a share of all by chance (\"5%\"), a \
                            device (\"c0\", \"r0\") or a list of devices.",
            "anyOf": [
                { "enum": ["clients", "relays", "all"] }, device, share,
                { "type": "array", "items": device, "minItems": 1 },
            ],
        })
    }
}
