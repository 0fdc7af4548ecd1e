//! Whom a message goes to: others, each once.

use std::collections::BTreeMap;

use penult_sim::{Distribution, Draw, Seed};

use super::conversations::Groups;
use super::draws::Draws;
use super::spec::{To, WorkloadError};
use super::times::rounded;
use super::zipf::Zipf;
use crate::ids::ClientId;
use crate::message::Recipients;
use crate::purpose;

/// Checked, and with the tables that all clients share.
#[derive(Debug)]
pub(super) enum Whom {
    Uniform,
    Zipf(Zipf),
    Conversations(Groups),
}

impl Whom {
    pub(super) fn new(to: &To, clients: u32, seed: &Seed) -> Result<Self, WorkloadError> {
        Ok(match to {
            To::Uniform => Whom::Uniform,
            To::Zipf { exponent } => Whom::Zipf(Zipf::new(clients, *exponent)?),
            To::Conversations(conversations) => {
                Whom::Conversations(Groups::new(conversations, clients, seed))
            }
        })
    }

    /// Whether there is anybody that this client could write to.
    pub(super) fn has_any(&self, client: ClientId, clients: u32) -> bool {
        match self {
            Whom::Uniform | Whom::Zipf(_) => clients > 1,
            Whom::Conversations(groups) => !groups.of(client).is_empty(),
        }
    }

    /// The recipients of one message, in ascending order, and the conversation that it is of.
    #[inline]
    pub(super) fn choose(
        &self,
        client: ClientId,
        clients: u32,
        count: &Distribution,
        draws: &mut impl Draws,
    ) -> (Recipients, Option<u32>) {
        if let Whom::Conversations(groups) = self {
            let of = groups.of(client);
            let group = of[draws.draw(purpose::RECIPIENTS).below(of.len() as u64) as usize];
            let others = groups.members(group).iter().filter(|&&member| member != client);
            return (recipients(others.copied()), Some(group));
        }
        let count = match count.as_constant() {
            Some(count) => count,
            None => count.sample(&mut draws.draw(purpose::RECIPIENT_COUNT)),
        };
        let others = clients - 1;
        let count = rounded(count).clamp(1, u64::from(others)) as u32;
        let other = |n: u32| ClientId(n + u32::from(n >= client.0));
        if count == others {
            // All of them: nothing to choose.
            return (recipients((0..others).map(other)), None);
        }
        let mut draw = draws.draw(purpose::RECIPIENTS);
        let chosen = match self {
            Whom::Zipf(zipf) => {
                let mut taken = vec![client.0];
                for _ in 0..count {
                    let next = zipf.other_than(&taken, &mut draw);
                    taken.insert(taken.partition_point(|&one| one < next), next);
                }
                let chosen = taken.into_iter().filter(|&one| one != client.0);
                recipients(chosen.map(ClientId))
            }
            _ if count == 1 => Recipients::One(other(draw.below(u64::from(others)) as u32)),
            _ => recipients(distinct(count, others, &mut draw).into_iter().map(other)),
        };
        (chosen, None)
    }
}

/// As a message has them.
pub(super) fn recipients(mut clients: impl Iterator<Item = ClientId>) -> Recipients {
    let first = clients.next().expect("a message goes to somebody");
    match clients.next() {
        None => Recipients::One(first),
        Some(second) => Recipients::Several([first, second].into_iter().chain(clients).collect()),
    }
}

/// `count` different numbers below `n`, all sets of them being equally likely; in ascending order. A draw
/// for each.
pub(super) fn distinct(count: u32, n: u32, draw: &mut impl Draw) -> Vec<u32> {
    // A shuffle of 0, 1, … n − 1 that stops after `count` and remembers only what moved.
    let mut moved: BTreeMap<u32, u32> = BTreeMap::new();
    let mut chosen = Vec::with_capacity(count as usize);
    for place in 0..count {
        let from = place + draw.below(u64::from(n - place)) as u32;
        let here = moved.remove(&place).unwrap_or(place);
        let there = if from == place { Some(here) } else { moved.insert(from, here) };
        chosen.push(there.unwrap_or(from));
    }
    chosen.sort_unstable();
    chosen
}
