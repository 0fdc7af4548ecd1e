//! Paths as `summary.json` has them: a name with dots stands within the names before them.

use penult_models::Metric;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::flat::Value;

/// Numbers with what is known of them, in the order in which they were declared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nested(pub Vec<(Metric, Value)>);

impl Nested {
    /// The number at a path, if there is one.
    pub fn get(&self, path: &str) -> Option<&Value> {
        self.0.iter().find(|(it, _)| it.path == path).map(|(_, value)| value)
    }
}

impl Serialize for Nested {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let level: Vec<(&str, &Value)> =
            self.0.iter().map(|(metric, value)| (metric.path.as_ref(), value)).collect();
        Level(level).serialize(serializer)
    }
}

/// What stands within some names: the rest of its paths.
struct Level<'n>(Vec<(&'n str, &'n Value)>);

impl<'n> Level<'n> {
    /// What stands within one of its names.
    fn within(&self, name: &str) -> Self {
        let rest = |path: &'n str| path.strip_prefix(name)?.strip_prefix('.');
        Level(self.0.iter().filter_map(|&(path, value)| Some((rest(path)?, value))).collect())
    }
}

impl Serialize for Level<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut names: Vec<&str> = Vec::new();
        for (path, value) in &self.0 {
            let Some((name, _)) = path.split_once('.') else {
                map.serialize_entry(path, value)?;
                continue;
            };
            if names.contains(&name) {
                continue;
            }
            names.push(name);
            map.serialize_entry(name, &self.within(name))?;
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Text(text) => serializer.serialize_str(text),
            Value::Count(count) => serializer.serialize_u64(*count),
            Value::Number(number) => serializer.serialize_f64(*number),
            Value::Nothing => serializer.serialize_none(),
        }
    }
}
