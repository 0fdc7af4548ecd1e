//! Contacts of a scenario: who meets whom, from a trace or from a model, and how fast radios are.

use std::sync::Arc;

use penult_sim::{
    Bandwidth, Contact, ContactChange, ContactTrace, Contacts, Delay, Meetings, Mobile, Span, Time,
    Walking, Waypoint,
};

use crate::ids::ClientId;
use crate::places::Places;
use crate::purpose;

/// The table `[contacts]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContactOptions {
    /// Where contacts come from.
    pub from: ContactsFrom,
    /// How fast radios are; absent: transfers take no time.
    pub bandwidth: Option<Bandwidth>,
}

/// Where contacts come from. Devices have their numbers, relays after the clients.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ContactsFrom {
    /// Nobody meets.
    #[default]
    Nowhere,
    /// Whole contacts: two devices, and when it begins and ends.
    Rows(Arc<[(u32, u32, Time, Time)]>),
    /// Beginnings and ends, in the order of a file.
    Events(Arc<[(Time, u32, u32, bool)]>),
    /// Each pair meets by chance.
    Meetings {
        /// From one beginning to the next.
        gaps: Delay,
        /// How long each lasts.
        lasts: Span,
    },
    /// All walk, and are in contact where they are near.
    Waypoint {
        /// How they walk.
        walking: Walking,
        /// How far radios reach, in metres.
        range: f64,
    },
}

/// Relays draw under their number and this.
pub const RELAYS: u32 = 1 << 23;

/// The number under which a device draws for itself, whatever else there is.
pub(crate) fn entity(device: u32, places: &Places) -> u32 {
    match device.checked_sub(places.clients) {
        Some(relay) => RELAYS + relay,
        None => device,
    }
}

impl ContactOptions {
    /// The same for the engine.
    pub(crate) fn plan(&self, places: &Places) -> Contacts {
        let mut contacts = Contacts::new();
        contacts.set_bandwidth(self.bandwidth);
        let node = |device: u32| places.client(ClientId(device));
        let mobiles = || -> Vec<Mobile> {
            let all = 0..places.devices();
            all.map(|it| Mobile { node: node(it), entity: entity(it, places) }).collect()
        };
        const CHECKED: &str = "contacts are checked before the run";
        match &self.from {
            ContactsFrom::Nowhere => {}
            ContactsFrom::Rows(rows) => {
                let row = |&(a, b, up, down)| Contact { a: node(a), b: node(b), up, down };
                let trace = ContactTrace::new(rows.iter().map(row).collect());
                contacts.add_source(trace.expect(CHECKED));
            }
            ContactsFrom::Events(events) => {
                let event = |&(at, a, b, begins): &(Time, u32, u32, bool)| {
                    let change = match begins {
                        true => ContactChange::begin(node(a), node(b)),
                        false => ContactChange::end(node(a), node(b)),
                    };
                    (at, change)
                };
                let events: Vec<_> = events.iter().map(event).collect();
                contacts.add_source(ContactTrace::in_order(&events).expect(CHECKED));
            }
            ContactsFrom::Meetings { gaps, lasts } => {
                let meetings = Meetings::new(purpose::MEETINGS, &mobiles(), gaps.clone(), *lasts);
                contacts.add_source(meetings.expect(CHECKED));
            }
            ContactsFrom::Waypoint { walking, range } => {
                let walkers = Waypoint::new(purpose::WALKS, &mobiles(), walking.clone(), *range);
                contacts.add_source(walkers.expect(CHECKED));
            }
        }
        contacts
    }
}
