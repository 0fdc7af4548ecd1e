//! The library: scenarios that come with Penult, each about one thing, and the worlds of the worked studies.

macro_rules! scenarios {
    ($folder:literal: $($name:literal,)*) => {
        &[$((
            concat!($name, ".toml"),
            include_str!(concat!("../", $folder, "/", $name, ".toml")),
        ),)*]
    };
}

/// The scenarios that come with Penult, by the names of their files in `library/`.
pub const LIBRARY: &[(&str, &str)] = scenarios! { "library":
    "broker-primary",
    "bus-parted",
    "bus-primary-dies",
    "cell-outage",
    "cities",
    "crash-during-hand-back",
    "crash-during-resync",
    "drain",
    "evacuation",
    "flaky-connections",
    "flapping-gateway",
    "idle-gateway",
    "last-gateway",
    "last-two-gateways",
    "middle-gateway",
    "migration-fails",
    "migration",
    "no-fault",
    "no-standby",
    "offline-past-hold",
    "partition",
    "policy-at-every-hop",
    "policy-at-the-source",
    "presence-cut-off",
    "put-back-delay",
    "reconnection-storm-limited",
    "reconnection-storm",
    "recorded-contacts",
    "region-outage",
    "retention-too-short",
    "second-server-dies",
    "servers-unreachable",
    "several-recipients",
    "single-memory",
    "slow-gateway",
    "slow-servers",
    "small-buffers",
    "source-gateway",
    "spaces-cluster-lost",
    "spaces-gateway-dies",
    "spaces-lead-dies",
    "spaces-move",
    "spaces-not-clustered",
    "spaces-parted-with-a-lead",
    "spaces-parted",
    "spaces-region-lost",
    "spaces-replaced",
    "ten-thousand-clients",
    "worst-moment",
};

/// The worlds of the worked studies, by the names of their files in `studies/`.
pub const STUDIES: &[(&str, &str)] = scenarios! { "studies":
    "chain-length",
    "chain-length-theory",
    "detection",
    "memory-or-disk",
};

/// The files that scenarios of the library name, beside them in `library/`.
pub const LIBRARY_FILES: &[(&str, &str)] = &[
    ("a-day.csv", include_str!("../library/a-day.csv")),
    ("cities.graphml", include_str!("../library/cities.graphml")),
];
