//! `[[message]]`: the messages of a list, each by itself.

use penult_sim::{Span, Time};

use crate::names::Client;
use crate::reading::setting::AboveZero;
use crate::reading::table::table;
use crate::units::Bytes;

table! {
    /// A message. They are numbered in the order of their instants: `m0`, `m1`, …
    pub struct Message {
        /// When its user wants to send it.
        at: Time,
        /// Who sends it.
        from: Client,
        /// Who is to get it.
        to: Vec<Client> [AboveZero],
        /// How large it is, without its attachment.
        size: Bytes = "1KiB",
        /// How large its attachment is.
        attachment: Bytes = "0B",
        /// How long it may be viewed, as its sender wants.
        /// Absent: as long as anybody likes.
        view: Option<Span>,
        /// Whether policy blocks it for what it says.
        /// Absent: as likely as the strategy's `harmful`.
        harmful: Option<bool>,
    }
}
