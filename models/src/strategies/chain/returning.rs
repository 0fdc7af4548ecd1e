//! Returning: the clients that a gateway is to have back, and how far each is on its way home.

use std::collections::{BTreeMap, BTreeSet};

use penult_sim::Time;

use super::{ChainTimer, Cx, timer};
use crate::ids::ClientId;
use crate::packet::{Down, Packet};
use crate::parts::{Again, Pace};

/// The clients that a gateway is to have back.
#[derive(Debug, Default)]
pub(super) struct Returning {
    /// Lost while it was alive.
    lost: BTreeMap<ClientId, Lost>,
    /// On their way home.
    bound: BTreeSet<ClientId>,
}

#[derive(Debug)]
enum Lost {
    /// It is asked whether it is in reach.
    Asked(Again),
    /// It is, and is taken back at this instant.
    Due(Time),
}

impl Returning {
    /// Whether this client is on its way home.
    pub(super) fn is_bound(&self, client: ClientId) -> bool {
        self.bound.contains(&client)
    }

    /// These are on their way home from now on.
    pub(super) fn bind(&mut self, clients: &[ClientId]) {
        self.bound.extend(clients);
    }

    /// This one is at home.
    pub(super) fn is_home(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        self.bound.remove(&client);
        if let Some(Lost::Asked(mut again)) = self.lost.remove(&client) {
            again.stop(cx);
        }
    }

    /// This one was lost: it is asked whether it is in reach.
    pub(super) fn lose(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        debug_assert!(!self.is_bound(client), "{client} is on its way");
        self.lost.entry(client).or_insert_with(|| {
            let mut again = Again::default();
            ask_later(&mut again, client, cx);
            Lost::Asked(again)
        });
    }

    /// Asks a client that was lost whether it is in reach.
    pub(super) fn ask(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        if let Some(Lost::Asked(again)) = self.lost.get_mut(&client) {
            ask_later(again, client, cx);
            cx.send(cx.world().places.client(client), Packet::Down(Down::Ask));
        }
    }

    /// It is.
    pub(super) fn is_in_reach(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        if let Some(lost) = self.lost.get_mut(&client)
            && let Lost::Asked(again) = lost
        {
            again.stop(cx);
            let after = cx.world().strategy.failback_after;
            *lost = Lost::Due(cx.now() + after);
            // Those who answer at one instant go home together.
            cx.set_background_timer(after, timer(ChainTimer::TakeBack));
        }
    }

    /// Those who have been in reach for long enough, and are lost no longer.
    pub(super) fn take_due(&mut self, now: Time) -> Vec<ClientId> {
        let is_due = |lost: &Lost| matches!(*lost, Lost::Due(at) if at <= now);
        let due = self.lost.iter().filter(|(_, lost)| is_due(lost));
        let due: Vec<ClientId> = due.map(|(&client, _)| client).collect();
        due.iter().for_each(|client| _ = self.lost.remove(client));
        due
    }
}

/// A client that was lost is asked whether it is in reach, once in each `probe`.
fn ask_later(again: &mut Again, client: ClientId, cx: &mut Cx<'_>) {
    let pace = Pace::steady(cx.world().strategy.probe).in_background();
    again.said(pace, timer(ChainTimer::AskClient(client)), cx);
}
