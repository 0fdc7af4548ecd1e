//! The list of strategies that a scenario is read with: those that come with Penult, and those that a program adds.

use std::sync::{Arc, LazyLock};

use penult_models::{ACCESS, ServiceKind, ServiceName};

use super::{Chain, Mesh, Migrate, Replay, Single, Spaces, Strategy, StrategyKeys, TopKey};
use crate::Scenario;
use crate::names::interned;
use crate::nearest;
use crate::reading::document::Item;
use crate::reading::reader::listed;
use crate::reading::setting::{Setting, shown};
use crate::reading::write::Out;
use crate::reading::{Keys, Reading};

/// The list: the tables of the strategies that come with Penult.
macro_rules! built_in {
    ($($keys:ty,)*) => {
        /// Does something with the keys of each strategy that comes with Penult.
        fn built_in() -> Vec<Strategy> {
            vec![$(Strategy::of::<$keys>()),*]
        }
    };
}

built_in! {
    Single,
    Chain,
    Spaces,
    Replay,
    Migrate,
    Mesh,
}

/// The strategies that there are, in the order in which they are listed.
#[derive(Clone, Debug)]
pub struct Strategies {
    all: Arc<[Strategy]>,
    /// Nodes that the scenario at hand names itself.
    own: Arc<[&'static str]>,
}

static BUILT_IN: LazyLock<Strategies> = LazyLock::new(|| Strategies::of(built_in()));

impl Strategies {
    fn of(all: Vec<Strategy>) -> Self {
        Strategies { all: all.into(), own: Arc::default() }
    }

    /// The same, for a scenario that names these nodes itself.
    pub(crate) fn with_own_names(&self, names: impl Iterator<Item = String>) -> Self {
        let own = names.map(|name| interned(&name)).collect();
        Strategies { all: self.all.clone(), own }
    }

    /// A node that the scenario at hand names itself.
    pub(crate) fn own_name(&self, text: &str) -> Option<ServiceName> {
        self.own.iter().find(|name| **name == text).map(|name| ServiceName::only(name))
    }

    /// All of these.
    pub(crate) fn own_names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.own.iter().copied()
    }

    /// Those that come with Penult.
    pub fn built_in() -> Self {
        BUILT_IN.clone()
    }

    /// These and one more.
    ///
    /// # Panics
    ///
    /// If one of them has its name, or its name or one of its tables' is a key of every scenario or another's.
    pub fn and<K: StrategyKeys>(&self) -> Self {
        let new = Strategy::of::<K>();
        for top in new.entry().top_keys() {
            let name = top.name;
            let is_taken = Scenario::KEYS.contains(&name)
                || self.top_keys().iter().any(|other| other.name == name);
            assert!(!is_taken, "the strategy `{new}` can't have a table [{name}]: there is one");
        }
        Strategies::of(self.iter().chain([new]).collect())
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Strategy> + '_ {
        self.all.iter().copied()
    }

    /// The one of this name.
    pub fn named(&self, word: &str) -> Option<Strategy> {
        self.iter().find(|strategy| strategy.word() == word)
    }

    /// Their names.
    pub fn words(&self) -> Vec<&'static str> {
        self.iter().map(Strategy::word).collect()
    }

    /// The keys that they have at the top of the file, in the order in which they are written.
    pub(crate) fn top_keys(&self) -> Vec<TopKey> {
        let mut keys: Vec<TopKey> = self.iter().flat_map(|it| it.entry().top_keys()).collect();
        keys.sort_by_key(|key| key.name);
        keys
    }

    /// The kinds of services that any of them may have: first those that several have.
    pub(crate) fn kinds(&self) -> Vec<ServiceKind> {
        let mut kinds = vec![ServiceKind::DIRECTORY, ServiceKind::STORE];
        for kind in self.iter().flat_map(Strategy::services) {
            if !kinds.contains(kind) {
                kinds.push(*kind);
            }
        }
        kinds
    }

    /// What the name of a node looks like, as a regular expression.
    pub(crate) fn node_pattern(&self) -> String {
        const NUMBER: &str = "(0|[1-9][0-9]*)";
        let kinds = self.kinds().into_iter().map(|kind| match kind.is_numbered {
            true => format!("{}{NUMBER}", kind.name),
            false => kind.name.to_owned(),
        });
        let kinds: Vec<String> = kinds.chain([ACCESS.to_owned()]).collect();
        // Connections have names of their own.
        const OWN: &str = "[A-Za-z][A-Za-z0-9_-]*";
        format!("^([gc]{NUMBER}|{}|{OWN})$", kinds.join("|"))
    }
}

impl Setting for Strategy {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let strategies = cx.strategies.clone();
        let found = item.as_text().and_then(|text| strategies.named(text));
        if found.is_none() {
            let words = strategies.words();
            let near = item.as_text().and_then(|text| nearest(text, words.iter().copied()));
            let mend = match near {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("it is one of {}", listed(&words).replace('`', "\"")),
            };
            let what = format!("{} is {}", cx.key(), shown(item));
            cx.error(item.at, what, mend);
        }
        found
    }

    fn write(&self) -> Option<Out> {
        Some(Out::Text(self.word().to_owned()))
    }

    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        // Which words there are hangs on the list: they are put in where that is known.
        schemars::json_schema!({ "oneOf": [] })
    }
}
