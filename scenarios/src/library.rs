//! The library: scenarios that come with Penult, each about one thing.

macro_rules! library {
    ($($name:literal,)*) => {
        /// The scenarios that come with Penult, by the names of their files in `library/`.
        pub const LIBRARY: &[(&str, &str)] = &[$(
            (concat!($name, ".toml"), include_str!(concat!("../library/", $name, ".toml"))),
        )*];
    };
}

library! {
    "cities",
    "crash-during-hand-back",
    "crash-during-resync",
    "flapping-gateway",
    "idle-gateway",
    "last-gateway",
    "last-two-gateways",
    "middle-gateway",
    "no-fault",
    "offline-past-hold",
    "partition",
    "policy-at-every-hop",
    "policy-at-the-source",
    "region-outage",
    "several-recipients",
    "single-memory",
    "slow-gateway",
    "source-gateway",
    "ten-thousand-clients",
    "worst-moment",
}

/// The files that scenarios of the library name, beside them in `library/`.
pub const LIBRARY_FILES: &[(&str, &str)] =
    &[("cities.graphml", include_str!("../library/cities.graphml"))];
