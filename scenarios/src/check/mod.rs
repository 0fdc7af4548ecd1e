//! Checks that need more than one key: whether what a scenario says fits together.

use crate::Scenario;
use crate::complaint::{At, Complaint};
use crate::reading::Reading;
use crate::reading::document::Item;

/// A scenario being checked. What was complained about already is left alone: an error has no
/// follow-up errors.
pub(crate) struct Checks<'c, 'f> {
    pub(crate) scenario: &'c Scenario,
    document: &'c Item,
    cx: &'c mut Reading<'f>,
}

/// All checks.
pub(crate) fn all(scenario: &Scenario, document: &Item, cx: &mut Reading<'_>) {
    let mut checks = Checks { scenario, document, cx };
    let _ = &mut checks;
}

impl Checks<'_, '_> {
    /// Where the value of a path stands, if it is given.
    pub(crate) fn at(&self, path: &str) -> Option<At> {
        self.document.find(path).map(|(item, _)| item.at)
    }

    /// Where the key of a path stands, if it is given.
    pub(crate) fn key_at(&self, path: &str) -> Option<At> {
        self.document.find(path).map(|(_, key)| key)
    }

    /// Adds a complaint, unless one of its places was complained about already.
    pub(crate) fn complain(&mut self, complaint: Complaint) {
        let places = complaint.at.into_iter().chain(complaint.also.iter().map(|(at, _)| *at));
        if !self.cx.broken(places.collect::<Vec<_>>()) {
            self.cx.complain(complaint);
        }
    }
}
