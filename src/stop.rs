//! Ctrl-C, and other ways to ask the program to end: runs stop at the next opportunity, and leave no half file.

#[cfg(unix)]
pub use signals::{code, goes_on, listen};

#[cfg(not(unix))]
pub use keys::{code, goes_on, listen};

#[cfg(unix)]
mod signals {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, LazyLock};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag;

    static ASKED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);
    /// The last signal that came.
    static SIGNAL: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

    /// What a shell says of a program that a signal ended: this and the signal's number.
    const ENDED_BY: i32 = 128;

    /// From here on, Ctrl-C, SIGTERM and SIGHUP ask runs to stop; a second one ends the program at once.
    pub fn listen() {
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // Who starts a program with nohup wants it to go on.
            if signal == SIGHUP && is_ignored(signal) {
                continue;
            }
            // Without a handler the program still stops, if less tidily.
            let asked = || Arc::clone(&ASKED);
            let _ = flag::register_conditional_shutdown(signal, ENDED_BY + signal, asked());
            let _ = flag::register_usize(signal, Arc::clone(&SIGNAL), signal as usize);
            let _ = flag::register(signal, asked());
        }
    }

    /// Whether nobody asked to stop.
    pub fn goes_on() -> bool {
        !ASKED.load(Ordering::Relaxed)
    }

    /// The exit code of a program that was asked to stop.
    pub fn code() -> u8 {
        let signal = match SIGNAL.load(Ordering::Relaxed) {
            0 => SIGINT,
            signal => signal as i32,
        };
        u8::try_from(ENDED_BY + signal).unwrap_or(u8::MAX)
    }

    /// Whether this process was started to ignore a signal. Linux says so; elsewhere it is taken for granted,
    /// so that nothing is ended by a terminal that closes.
    fn is_ignored(signal: i32) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_none_or(|mask| mask & 1 << (signal - 1) != 0)
    }
}

#[cfg(not(unix))]
mod keys {
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

    /// The exit code of a program that was asked to stop.
    pub fn code() -> u8 {
        130
    }
}
