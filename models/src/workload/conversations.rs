//! Conversations: groups of clients, drawn once, and the way from a client to its groups.

use penult_sim::{Seed, Stream};

use super::spec::Conversations;
use super::times::rounded;
use super::whom::distinct;
use crate::ids::ClientId;
use crate::purpose;

/// Who is in which conversation. Lists of all, one after the other, and where each begins.
#[derive(Debug)]
pub(super) struct Groups {
    members: Vec<ClientId>,
    members_from: Vec<usize>,
    groups: Vec<u32>,
    groups_from: Vec<usize>,
}

impl Groups {
    /// Draws the members of each from the stream of its number: one more moves nobody.
    pub(super) fn new(conversations: &Conversations, clients: u32, seed: &Seed) -> Self {
        let count = if clients < 2 { 0 } else { conversations.count };
        let (mut members, mut members_from) = (Vec::new(), vec![0]);
        let mut groups_from = vec![0; clients as usize + 1];
        for group in 0..count {
            let mut stream = Stream::new(purpose::CONVERSATIONS, u64::from(group));
            let mut draw = stream.with(seed);
            let size = rounded(conversations.members.sample(&mut draw));
            let size = size.clamp(2, u64::from(clients)) as u32;
            for client in distinct(size, clients, &mut draw) {
                members.push(ClientId(client));
                groups_from[client as usize + 1] += 1;
            }
            members_from.push(members.len());
        }
        for client in 0..clients as usize {
            groups_from[client + 1] += groups_from[client];
        }
        let mut free = groups_from.clone();
        let mut groups = vec![0; members.len()];
        for group in 0..count {
            let range = members_from[group as usize]..members_from[group as usize + 1];
            for member in &members[range] {
                groups[free[member.index()]] = group;
                free[member.index()] += 1;
            }
        }
        Self { members, members_from, groups, groups_from }
    }

    /// The conversations that this client is in.
    pub(super) fn of(&self, client: ClientId) -> &[u32] {
        let at = client.index();
        &self.groups[self.groups_from[at]..self.groups_from[at + 1]]
    }

    /// The members of this conversation, in ascending order.
    pub(super) fn members(&self, group: u32) -> &[ClientId] {
        let at = group as usize;
        &self.members[self.members_from[at]..self.members_from[at + 1]]
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        (self.members_from.len() - 1) as u32
    }

    /// How many clients are in none.
    pub(super) fn silent(&self) -> usize {
        self.groups_from.windows(2).filter(|pair| pair[0] == pair[1]).count()
    }
}
