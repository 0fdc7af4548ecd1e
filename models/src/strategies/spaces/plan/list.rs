//! Which spaces there are: the conversations of the workload, and the sets of people who will write to each other.

use std::collections::BTreeMap;

use penult_sim::Seed;

use crate::ids::ClientId;
use crate::message::Recipients;
use crate::places::Places;
use crate::setup::Setup;
use crate::strategies::spaces::options::{SpaceName, SpacesOptions};
use crate::workload::{Sending, Streams};
use crate::world::World;

/// The spaces, and how much is written in them.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Each with its members, numbers ascending; conversations first.
    pub(super) spaces: Vec<(SpaceName, Vec<ClientId>)>,
    pub(super) conversations: u32,
    /// How many messages are listed in each, where messages are listed.
    pub(super) listed: Option<Vec<u64>>,
}

/// All spaces of a world.
pub(super) fn spaces(world: &World<SpacesOptions>, setup: &Setup) -> Found {
    let workload = &world.workload;
    let mut found = Found::default();
    while let Some(members) = workload.members(found.conversations) {
        let name = SpaceName::Conversation(found.conversations);
        found.spaces.push((name, members.to_vec()));
        found.conversations += 1;
    }
    if found.conversations > 0 {
        return found;
    }
    // Where nothing is listed, what users will send is drawn from the streams of their devices: the same as in the run.
    let mut sets: BTreeMap<Vec<ClientId>, u64> = BTreeMap::new();
    let mut meet = |sender: ClientId, recipients: &[ClientId]| {
        let mut members = recipients.to_vec();
        members.push(sender);
        members.sort_unstable();
        if world.strategy.replies && recipients.len() > 1 {
            for &recipient in recipients {
                sets.entry(vec![sender.min(recipient), sender.max(recipient)]).or_default();
            }
        }
        *sets.entry(members).or_default() += 1;
    };
    match workload.listed() {
        Some(listed) => listed.for_each(|(sender, recipients)| meet(sender, recipients)),
        None => {
            for client in (0..world.places.clients).map(ClientId) {
                for recipients in drawn(client, world, setup) {
                    meet(client, recipients.as_slice());
                }
            }
        }
    }
    if workload.listed().is_some() {
        found.listed = Some(sets.values().copied().collect());
    }
    let sets = sets.into_keys();
    found.spaces = sets.map(|members| (SpaceName::Members(members.clone()), members)).collect();
    found
}

/// To whom a client writes, in the order of its messages. One whose device loses its disk may write more often than
/// drawn here; to the same, one after the other.
fn drawn(client: ClientId, world: &World<SpacesOptions>, setup: &Setup) -> Vec<Recipients> {
    let entity = Places::entity_of_client(client);
    let mut streams = Streams::new(Seed::new(setup.seed), entity.into());
    let (mut sending, mut all) = (Sending::default(), Vec::new());
    while world.workload.next(client, &mut sending, &mut streams).is_some() {
        all.push(world.workload.make(client, &sending, &mut streams).recipients);
    }
    let forgets = !setup.faults.is_empty() && world.workload.listed().is_none();
    if forgets && !all.is_empty() {
        for _ in 0..all.len() + MORE {
            all.push(world.workload.make(client, &sending, &mut streams).recipients);
        }
    }
    all
}

/// So many more than as many again may come of a device that lost its disk.
const MORE: usize = 32;
