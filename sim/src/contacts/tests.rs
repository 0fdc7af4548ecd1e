//! What contacts cost, counted.

use std::cell::Cell;

thread_local! {
    /// Steps taken, see [`super::effort`].
    pub(super) static EFFORT: Cell<u64> = const { Cell::new(0) };
}
