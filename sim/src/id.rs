//! Ids: one small number type for each kind of thing that lives in an arena.

/// Makes id types: a `u32` inside, `index()` into the arena, and a `Display` with the letters given.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident shown as $letters:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// The id of the thing at this place of its arena.
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).expect(concat!("more than four thousand million of ", stringify!($name))))
            }

            /// Its place in the arena.
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The number itself, for packing and for fingerprints.
            pub const fn raw(self) -> u32 {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($letters, "{}"), self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    )*};
}

ids! {
    /// Whatever has state and can crash: a gateway, a device, a service.
    NodeId shown as "n";
    /// What carries packets between two nodes, one queue for each direction.
    LinkId shown as "l";
    /// A part of the world that can fail together, and between whose parts distance costs time.
    RegionId shown as "r";
    /// One fault of a plan.
    FaultId shown as "f";
    /// What nodes join to be in contact with all others on it, wherever they are: a LAN, a backbone.
    MediumId shown as "m";
}
