//! Steps that grow with what waits, counted in tests: where a clock would only say that the machine was busy, they
//! tell whether an event costs more the longer queues are.

#[cfg(test)]
thread_local! {
    static EFFORT: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// So many steps were taken: ids compared, items of a list looked at.
#[inline(always)]
pub(crate) fn effort(_steps: u64) {
    #[cfg(test)]
    EFFORT.set(EFFORT.get() + _steps);
}

/// The steps of this thread since it was last asked.
#[cfg(test)]
pub(crate) fn effort_so_far() -> u64 {
    EFFORT.replace(0)
}
