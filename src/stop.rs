//! Ctrl-C: runs stop at the next opportunity, and leave no half file.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// From here on, Ctrl-C asks runs to stop; a second one ends the program at once.
pub fn listen() {
    // Without a handler the program still stops, if less tidily.
    let _ = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
}

/// Whether nobody asked to stop.
pub fn goes_on() -> bool {
    !ASKED.load(Ordering::Relaxed)
}
