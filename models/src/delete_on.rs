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

impl DeleteOn {
    /// What a device has to tell of its user; nothing where its acknowledgement is enough, or nothing is.
    pub fn told_by_device(self) -> Option<DeleteOn> {
        match self {
            DeleteOn::Received | DeleteOn::Never => None,
            DeleteOn::Read | DeleteOn::Viewed | DeleteOn::Reply => Some(self),
        }
    }
}
