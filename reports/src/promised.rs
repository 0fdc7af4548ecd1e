//! What a strategy promises, told beside what came of its runs: of two strategies that promise different things, the one
//! that loses less is not simply the better one.

use penult_models::{Promises, Setup};

use crate::plots::escaped;

/// A strategy and what it promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promised {
    /// Its name.
    pub strategy: &'static str,
    /// What it promises.
    pub promises: Promises,
}

impl Promised {
    /// Of the strategy of a setup.
    pub(crate) fn of(setup: &Setup) -> Promised {
        Promised { strategy: setup.strategy.name(), promises: setup.strategy.promises() }
    }

    /// Sentence by sentence.
    pub(crate) fn words(&self) -> [String; 3] {
        let Promises { survives, order, stores } = self.promises;
        [
            format!("An accepted message survives {survives}."),
            format!("Order: {order}."),
            format!("Stored: {stores}."),
        ]
    }

    /// The same as a list.
    pub(crate) fn html(&self) -> String {
        let items = self.words().map(|words| format!("<li>{}</li>\n", escaped(&words)));
        format!("<ul>\n{}</ul>\n", items.concat())
    }
}
