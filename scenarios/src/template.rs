//! A scenario to start from.

/// A commented scenario to start from. It passes all checks.
///
/// ```
/// use penult_scenarios::{InMemory, Overrides, read, template};
///
/// let loaded = read("new.toml", template().as_bytes(), &Overrides::none(), &InMemory::default());
/// assert!(loaded.unwrap().warnings.is_empty());
/// ```
pub const fn template() -> &'static str {
    include_str!("template.toml")
}
