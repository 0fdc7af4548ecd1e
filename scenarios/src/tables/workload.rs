//! `[workload]`: what clients send.

use penult_sim::Span;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::RecordedMessages;
use super::recorded;
use crate::reading::Reading;
use crate::reading::document::{Content, Item};
use crate::reading::reader::Reader;
use crate::reading::setting::{AboveZero, Counted, OneOrMore, Setting};
use crate::reading::table::{choice, table, word};
use crate::reading::write::Out;
use crate::units::{Bytes, Rate, Share, Varying};

table! {
    /// What clients send.
    pub struct Workload {
        /// When they send: "poisson" (at random), "periodic" (each client every 1/rate, from a random
        /// part of that on), "bursts", "diurnal" (at random, at a rate that follows the day), "list"
        /// (each `[[message]]`), or as a file says.
        kind: Kind,
        /// How often each client sends; with "diurnal" on average.
        /// Absent: with "bursts", "list" or a file, which say it themselves.
        rate: Option<Rate> [AboveZero],
        /// How bursts come, for kind "bursts".
        /// Absent: for the other kinds.
        bursts: Option<Bursts>,
        /// How the rate follows the day, for kind "diurnal".
        /// Absent: the defaults of its keys; for the other kinds it must be.
        diurnal: Option<Diurnal>,
        /// How many others each message goes to. May vary; what is drawn is rounded to 1 or more.
        recipients: Varying<f64> [Counted] = 1,
        /// How large a message is, without its attachment. May vary; what is drawn above 2 GiB is cut to that.
        size: Varying<Bytes> = "1KiB",
        /// What is attached to messages.
        /// Absent: nothing.
        attachment: Option<Attachment>,
        /// How long a message may be viewed, as its sender wants. May vary.
        /// Absent: as long as anybody likes.
        view: Option<Varying<Span>>,
        /// Whom messages go to: "uniform" (any other client), "zipf" (few get most), or the members
        /// of a conversation.
        to: To = "uniform",
    }
}

/// When clients send.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Kind {
    /// At random, `rate` times a second on average.
    #[default]
    Poisson,
    /// Every 1/`rate`.
    Periodic,
    /// Several at once, as `bursts` says.
    Bursts,
    /// At random, at a rate that follows the day, as `diurnal` says.
    Diurnal,
    /// Each message of the scenario.
    List,
    /// As a file says.
    Recorded(RecordedMessages),
}

table! {
    /// How bursts come.
    pub struct Bursts {
        /// How long from the beginning of one burst of a client to its next. May vary.
        every: Varying<Span> [AboveZero],
        /// How many messages a burst has. May vary; what is drawn is rounded to 1 or more.
        count: Varying<f64> [Counted],
        /// How long from one message of a burst to the next. May vary.
        spacing: Varying<Span> = "0s",
    }
}

table! {
    /// How the rate follows the day: rate · (1 + swing · cos(2π · (t − peak_at) / period)).
    pub struct Diurnal {
        /// How long a day is.
        period: Span [AboveZero] = "24h",
        /// When in the day most is sent.
        peak_at: Span = "14h",
        /// How far the rate goes above its mean and below it.
        swing: Share = "80%",
    }
}

table! {
    /// What is attached to messages.
    pub struct Attachment {
        /// The share of messages that have an attachment.
        share: Share = "100%",
        /// How large it is. May vary. It travels on top of the message's own size.
        size: Varying<Bytes>,
    }
}

/// Whom messages go to.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum To {
    /// Any other client.
    #[default]
    Uniform,
    /// The k-th client with a probability in proportion to 1/k^exponent.
    Zipf {
        /// How uneven it is; 1 by default.
        exponent: f64,
    },
    /// The other members of a conversation that the sender is in.
    Conversations(Conversations),
}

table! {
    /// A few clients get most messages.
    pub struct Zipf {
        /// How uneven it is: the k-th client gets in proportion to 1/k^exponent.
        exponent: f64 [AboveZero] = 1.0,
    }
}

table! {
    /// Groups of clients that write to each other.
    pub struct Conversations {
        /// How many there are.
        count: u32 [OneOrMore],
        /// How many members each has. May vary; what is drawn is rounded to 2 or more.
        members: Varying<f64> [Counted],
    }
}

choice! {
    /// The kinds that are one word.
    pub enum KindWord {
        /// At random.
        Poisson = "poisson",
        /// Every 1/rate.
        Periodic = "periodic",
        /// Several at once, as `bursts` says.
        Bursts = "bursts",
        /// At random, at a rate that follows the day.
        Diurnal = "diurnal",
        /// Each `[[message]]`.
        List = "list",
    }
}

impl Kind {
    /// As it stands in a scenario, where it is a word.
    pub fn word(&self) -> Option<&'static str> {
        Some(match self {
            Kind::Poisson => "poisson",
            Kind::Periodic => "periodic",
            Kind::Bursts => "bursts",
            Kind::Diurnal => "diurnal",
            Kind::List => "list",
            Kind::Recorded(_) => return None,
        })
    }
}

impl Setting for Kind {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        match item.content {
            Content::Table(_) => recorded::read(item, cx).map(Kind::Recorded),
            _ => Some(match KindWord::read(item, cx)? {
                KindWord::Poisson => Kind::Poisson,
                KindWord::Periodic => Kind::Periodic,
                KindWord::Bursts => Kind::Bursts,
                KindWord::Diurnal => Kind::Diurnal,
                KindWord::List => Kind::List,
            }),
        }
    }

    fn write(&self) -> Option<Out> {
        match self {
            Kind::Recorded(messages) => recorded::write(messages),
            kind => kind.word().map(|word| Out::Text(word.to_owned())),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let file = recorded::schema(generator);
        json_schema!({ "anyOf": [KindWord::schema(generator), file] })
    }
}

impl Setting for To {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let Content::Table(table) = &item.content else {
            let found = word(item, &["uniform", "zipf"], cx)?;
            return Some([To::Uniform, To::Zipf { exponent: 1.0 }][found].clone());
        };
        let mut reader = Reader::new(item, cx)?;
        let zipf: Option<Zipf> = reader.required("zipf", cx);
        let conversations: Option<Conversations> = reader.required("conversations", cx);
        reader.finish(cx);
        match (zipf, conversations) {
            (Some(Zipf { exponent }), None) => Some(To::Zipf { exponent }),
            (None, Some(conversations)) => Some(To::Conversations(conversations)),
            (both, _) => {
                if !cx.broken([item.at]) {
                    let at = table.entries().get(1).map_or(item.at, |entry| entry.key_at);
                    let says = if both.is_some() { "says it twice" } else { "says nothing" };
                    let what = format!("{} {says}", cx.key());
                    cx.error(at, what, "it is { zipf = … } or { conversations = … }");
                }
                None
            }
        }
    }

    fn write(&self) -> Option<Out> {
        let (name, out) = match self {
            To::Uniform => return Some(Out::Text("uniform".into())),
            To::Zipf { exponent } => ("zipf", Zipf { exponent: *exponent }.write()),
            To::Conversations(conversations) => ("conversations", conversations.write()),
        };
        Some(Out::Table(vec![(name.to_owned(), out?)]))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<To>()
    }
}

impl JsonSchema for To {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "To".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = |name: &str, schema: Schema| {
            json_schema!({
                "type": "object", "properties": { name: schema },
                "required": [name], "additionalProperties": false,
            })
        };
        json_schema!({
            "description": "Whom messages go to.",
            "anyOf": [
                { "enum": ["uniform", "zipf"] },
                one("zipf", generator.subschema_for::<Zipf>()),
                one("conversations", generator.subschema_for::<Conversations>()),
            ],
        })
    }
}
