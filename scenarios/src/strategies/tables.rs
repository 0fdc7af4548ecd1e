//! The tables of all strategies in one scenario, each by its name.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use schemars::{Schema, SchemaGenerator};

use super::{Strategies, StrategyKeys};
use crate::Scenario;
use crate::reading::Reading;
use crate::reading::document::Item;
use crate::reading::reader::{Reader, from_text};
use crate::reading::setting::Setting;
use crate::reading::write::Out;
use penult_models::Server;

/// A key at the top of the file that a strategy brings: its own table, or one beside it.
#[derive(Clone)]
pub struct TopKey {
    pub(crate) name: &'static str,
    pub(crate) about: String,
    /// As it stands in a scenario.
    pub(crate) default: Option<&'static str>,
    value: &'static dyn Kind,
}

impl TopKey {
    /// A key of this name with this meaning. Its default is written as in a scenario; a key without one may be left
    /// out if its type is an `Option`.
    pub fn of<T: Value>(
        name: &'static str,
        about: impl Into<String>,
        default: Option<&'static str>,
    ) -> Self {
        TopKey { name, about: about.into(), default, value: &Of::<T>(PhantomData) }
    }

    pub(crate) fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        self.value.schema(generator)
    }
}

impl fmt::Debug for TopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TopKey").field(&self.name).finish()
    }
}

/// What may stand at such a key.
pub trait Value: Setting + PartialEq + fmt::Debug + Send + Sync + 'static {}

impl<T: Setting + PartialEq + fmt::Debug + Send + Sync + 'static> Value for T {}

/// A type of values, as a value.
trait Kind: Sync {
    fn read(&self, key: &TopKey, reader: &mut Reader<'_>, cx: &mut Reading<'_>) -> Arc<dyn Kept>;
    fn default(&self, key: &TopKey) -> Arc<dyn Kept>;
    fn schema(&self, generator: &mut SchemaGenerator) -> Schema;
}

struct Of<T>(PhantomData<fn() -> T>);

impl<T: Value> Kind for Of<T> {
    fn read(&self, key: &TopKey, reader: &mut Reader<'_>, cx: &mut Reading<'_>) -> Arc<dyn Kept> {
        Arc::new(match key.default {
            Some(default) => reader.or_default::<T>(key.name, default, cx),
            None => reader.required::<T>(key.name, cx),
        })
    }

    fn default(&self, key: &TopKey) -> Arc<dyn Kept> {
        Arc::new(key.default.map_or_else(T::default, from_text::<T>))
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }
}

/// A value whose type nobody here knows.
trait Kept: fmt::Debug + Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn equals(&self, other: &dyn Kept) -> bool;
    fn written(&self) -> Option<Out>;
}

impl<T: Value> Kept for T {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn equals(&self, other: &dyn Kept) -> bool {
        other.as_any().downcast_ref::<T>().is_some_and(|other| other == self)
    }

    fn written(&self) -> Option<Out> {
        self.write()
    }
}

/// What a scenario says at the keys of the strategies, with all defaults.
#[derive(Clone, Debug)]
pub struct Tables(Vec<(&'static str, Arc<dyn Kept>)>);

impl Tables {
    fn get<T: Value>(&self, name: &str) -> Option<&T> {
        let (_, kept) = self.0.iter().find(|(it, _)| *it == name)?;
        kept.as_any().downcast_ref()
    }
}

impl Scenario {
    /// The table of a strategy, as it was understood.
    ///
    /// # Panics
    ///
    /// If the scenario was read with a list of strategies that doesn't have it.
    pub fn keys<K: StrategyKeys>(&self) -> &K {
        self.beside(K::Server::NAME)
    }

    /// What stands at another key that a strategy brings.
    ///
    /// # Panics
    ///
    /// As [`keys`](Scenario::keys), or if the key is of another type.
    pub fn beside<T: Value>(&self, name: &str) -> &T {
        self.tables.get(name).unwrap_or_else(|| panic!("the list of strategies has no [{name}]"))
    }
}

impl Default for Tables {
    /// Those of the strategies that come with Penult, with every key at its default.
    fn default() -> Self {
        let keys = Strategies::built_in().top_keys();
        Tables(keys.into_iter().map(|key| (key.name, key.value.default(&key))).collect())
    }
}

impl PartialEq for Tables {
    fn eq(&self, other: &Tables) -> bool {
        let same = |((one, kept), (other, other_kept)): (&(_, Arc<dyn Kept>), &(_, _))| {
            let other_kept: &Arc<dyn Kept> = other_kept;
            one == other && kept.equals(&**other_kept)
        };
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(same)
    }
}

impl Setting for Tables {
    const SPREAD: bool = true;

    fn keys(cx: &Reading<'_>) -> Vec<&'static str> {
        cx.strategies.top_keys().iter().map(|key| key.name).collect()
    }

    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        // What is left over is for the scenario to find.
        let mut reader = Reader::new(item, cx)?;
        let keys = cx.strategies.top_keys();
        Some(Tables(
            keys.iter().map(|key| (key.name, key.value.read(key, &mut reader, cx))).collect(),
        ))
    }

    fn write(&self) -> Option<Out> {
        let written = |(name, kept): &(&str, Arc<dyn Kept>)| {
            kept.written().map(|out| ((*name).to_owned(), out))
        };
        Some(Out::Table(self.0.iter().filter_map(written).collect()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}
