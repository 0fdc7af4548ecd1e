//! Triggers: what has to happen before gateways may delete a message.

/// What makes gateways delete a delivery. Of a message with several recipients, each must have come so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeleteOn {
    /// The recipient's device has it.
    #[default]
    Received,
    /// Its user has read it.
    Read,
    /// Its user has viewed it for the first time, to the end.
    Viewed,
    /// Its user has answered it.
    Reply,
    /// Nothing does: only the time for which messages are held ends it.
    Never,
}

/// What may make gateways delete a delivery: the first of these that happens does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Triggers(u8);

impl Triggers {
    /// Nothing does.
    pub const NONE: Triggers = Triggers(0);

    /// Whether this does.
    #[inline]
    pub fn has(self, trigger: DeleteOn) -> bool {
        self.0 & Triggers::from(trigger).0 != 0
    }

    /// Whether nothing does.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What a device has to tell of its user: nothing where its acknowledgement is enough, or nothing is.
    pub fn told_by_device(self) -> Triggers {
        if self.has(DeleteOn::Received) { Triggers::NONE } else { self }
    }
}

impl From<DeleteOn> for Triggers {
    fn from(trigger: DeleteOn) -> Self {
        Triggers(match trigger {
            DeleteOn::Received => 1,
            DeleteOn::Read => 2,
            DeleteOn::Viewed => 4,
            DeleteOn::Reply => 8,
            DeleteOn::Never => 0,
        })
    }
}

impl FromIterator<DeleteOn> for Triggers {
    fn from_iter<I: IntoIterator<Item = DeleteOn>>(all: I) -> Self {
        Triggers(all.into_iter().fold(0, |all, trigger| all | Triggers::from(trigger).0))
    }
}

impl DeleteOn {
    /// What a device has to tell of its user, where only this deletes.
    pub fn told_by_device(self) -> Triggers {
        Triggers::from(self).told_by_device()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_several_counts_and_devices_tell_what_they_must() {
        let both: Triggers = [DeleteOn::Viewed, DeleteOn::Reply].into_iter().collect();
        assert!(
            both.has(DeleteOn::Viewed) && both.has(DeleteOn::Reply) && !both.has(DeleteOn::Read)
        );
        assert_eq!(both.told_by_device(), both);
        let received: Triggers = [DeleteOn::Reply, DeleteOn::Received].into_iter().collect();
        assert!(received.told_by_device().is_empty(), "its acknowledgement comes before all else");
        assert!(Triggers::from(DeleteOn::Never).is_empty() && !both.has(DeleteOn::Never));
    }
}
