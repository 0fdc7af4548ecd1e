//! Heartbeats between gateways: who is silent for too long is suspected, mail or no mail, and its
//! clients are claimed by the first of its neighbours.

use super::{Gateway, GatewayDisk};
use crate::detector::{Heartbeat, HeartbeatTimer, Heartbeats};
use crate::ids::{ClientId, GatewayId};
use crate::note::{Note, Wait};
use crate::strategies::chain::Cx;
use crate::strategies::chain::held::State;

/// Begins to tell and to watch everybody that a link leads to or from.
pub(super) fn begin(me: GatewayId, cx: &mut Cx<'_>) -> Option<Heartbeats> {
    let world = cx.world();
    let options = world.strategy.heartbeat?;
    let node = |gateway| world.places.gateway(gateway);
    let told = world.map.linked_from(me).map(node).collect();
    Some(Heartbeats::begin(options, told, world.map.linked_to(me).map(node), cx))
}

impl Gateway {
    /// Something came from a gateway.
    #[inline]
    pub(super) fn not_silent(&mut self, gateway: GatewayId, cx: &mut Cx<'_>) {
        if let Some(heartbeats) = &mut self.heartbeats {
            heartbeats.heard(cx.world().places.gateway(gateway), cx);
        }
    }

    pub(super) fn heard_beat(&mut self, from: GatewayId, beat: Heartbeat, cx: &mut Cx<'_>) {
        if let Some(heartbeats) = &mut self.heartbeats {
            heartbeats.heard_beat(cx.world().places.gateway(from), beat, cx);
        }
    }

    pub(super) fn heartbeat(
        &mut self,
        disk: &mut GatewayDisk,
        timer: HeartbeatTimer,
        cx: &mut Cx<'_>,
    ) {
        let heartbeats = self.heartbeats.as_mut().expect("only they set this timer");
        match timer {
            HeartbeatTimer::Beat => heartbeats.beat(cx),
            HeartbeatTimer::Silence(node) | HeartbeatTimer::LastCall(node) => {
                if heartbeats.is_overdue(timer, cx) {
                    let suspect = cx.world().places.as_gateway(node);
                    self.take_for_dead(suspect, cx);
                    // All its clients in one request; what is held for some of them goes along.
                    self.claim_of_silent(disk, cx);
                    self.suspect(disk, suspect, cx);
                }
            }
        }
    }

    /// Claims the clients of every silent gateway of whose neighbours this is the first that is not
    /// suspected. Those silent for longer are among them: the neighbour before may have died since.
    pub(super) fn claim_of_silent(&mut self, disk: &mut GatewayDisk, cx: &mut Cx<'_>) {
        let Some(heartbeats) = &self.heartbeats else { return };
        if !self.seats.is_settled() {
            return;
        }
        let world = cx.world();
        let silent: Vec<_> =
            heartbeats.silent().map(|node| world.places.as_gateway(node)).collect();
        for gateway in silent {
            let all = (0..world.places.clients).map(ClientId);
            let its = all.filter(|&client| self.view(client, cx).host == gateway);
            let its: Vec<ClientId> =
                its.filter(|&client| self.is_next_after(gateway, client, cx)).collect();
            if !its.is_empty() {
                for &client in &its {
                    self.put_on_claim(disk, client, gateway, cx);
                }
                self.seats.claim(&its, Some(gateway), cx);
            }
        }
    }

    /// Whether this gateway is the first, of those not suspected, to take a client over from its host: of the
    /// host's neighbours, or of the client's own chain where it has one.
    fn is_next_after(&self, host: GatewayId, client: ClientId, cx: &Cx<'_>) -> bool {
        let world = cx.world();
        let is_first = |mut all: std::slice::Iter<'_, GatewayId>| {
            all.find(|&&one| one != host && !self.suspects.has(one)) == Some(&self.me)
        };
        match world.strategy.split {
            true => is_first(world.chain_of(client).iter()),
            false => is_first(world.neighbours[host.index()].iter()),
        }
    }

    /// What rests here for a client waits for the answer from now on, if a claim of it begins: until
    /// now it waited for the host to say that its device has it.
    pub(super) fn put_on_claim(
        &mut self,
        disk: &mut GatewayDisk,
        client: ClientId,
        suspect: GatewayId,
        cx: &mut Cx<'_>,
    ) {
        if self.seats.asks_about(client) {
            return;
        }
        for delivery in self.mail_of(disk, client, cx) {
            let now = cx.now();
            let held = self.shelf(disk, cx).get_mut(delivery).expect("it was just listed");
            if !matches!(held.state(), State::Resting | State::Watching { .. }) {
                continue;
            }
            held.rest(cx);
            held.set_claiming();
            let since = std::mem::replace(&mut held.since, now);
            if now > since {
                let why = Wait::For(cx.world().places.gateway(suspect));
                cx.tell(Note::Waited { delivery, why, since });
            }
        }
    }
}
