//! Whether a sweep varies keys that there are, by values that they take.

use std::collections::BTreeSet;

use super::Checks;
use crate::complaint::{At, Complaint};
use crate::reading::Reading;
use crate::reading::document::Item;
use crate::reading::setting::Setting;
use crate::{Overrides, Scenario};

/// Where a key that is varied stands, and its values; those of a range all at one place.
pub(super) type Place = (At, Vec<At>);

impl Checks<'_, '_> {
    pub(super) fn sweep(&mut self) {
        let places = std::mem::take(&mut self.cx.axes);
        let axes = &self.scenario.sweep.axes;
        // Without the sweep itself, which would be checked again and again.
        let mut bare = self.document.clone();
        if let crate::reading::document::Content::Table(table) = &mut bare.content {
            table.remove("sweep");
        }
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (axis, (key_at, values_at)) in axes.iter().zip(&places) {
            if !seen.insert(&axis.path) {
                let what = format!("`{}` is varied twice", axis.path);
                self.complain(Complaint::error(*key_at, what, "name it once"));
                continue;
            }
            if axis.path == "seed" {
                let mend =
                    "each run has one of its own; `replications` says how many runs a point has";
                self.complain(Complaint::error(*key_at, "a sweep varies no seed", mend));
                continue;
            }
            if axis.path == "sweep" || axis.path.starts_with("sweep.") {
                self.complain(Complaint::error(
                    *key_at,
                    "a sweep of the sweep",
                    "vary another key",
                ));
                continue;
            }
            for (number, value) in axis.values.iter().enumerate() {
                // A range is written at one place; its ends stand for the rest.
                let inner = number > 0 && number + 1 < axis.values.len();
                if values_at.len() == 1 && inner {
                    continue;
                }
                // Each is tried in the whole scenario, which takes its time.
                if self.cx.has_enough() {
                    return;
                }
                let value_at =
                    values_at.get(number).or(values_at.last()).copied().unwrap_or(*key_at);
                let Some((complaint, about_key)) = self.try_value(&bare, &axis.path, value) else {
                    continue;
                };
                let at = if about_key { *key_at } else { value_at };
                self.complain(Complaint { at: Some(at), also: Vec::new(), ..complaint });
                if about_key {
                    break;
                }
            }
        }
        if self.cx.care.points && !axes.is_empty() && !self.cx.has_enough() {
            self.points(&bare, &places);
        }
    }

    /// What is wrong with a value at a path, and whether it is the path.
    fn try_value(&self, bare: &Item, path: &str, value: &toml::Value) -> Option<(Complaint, bool)> {
        let mut cx = Reading::new(self.cx.shelf, self.cx.strategies.clone());
        let mut document = bare.clone();
        let mut overrides = Overrides::none();
        overrides.set(path, value);
        // The sources before it are those of the scenario, which nobody looks at here.
        let source = self.cx.complaints.sources.len();
        cx.complaints.sources.clone_from(&self.cx.complaints.sources);
        overrides.apply(&mut document, &mut cx);
        let _ = Scenario::read(&document, &mut cx);
        let here = |at: At| at.source == source;
        let found = cx.complaints.list.into_iter().find(|it| it.at.is_some_and(here))?;
        let key_end = "--set ".len() + path.len();
        let about_key = found.at.is_some_and(|at| at.start < key_end);
        Some((found, about_key))
    }
}
