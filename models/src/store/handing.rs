//! Handing out: the store tells hosts of what waits for their clients, and sends it once they are ready.

use std::rc::Rc;

use penult_sim::TimerId;

use super::letters::{StoreLetter, StoreTimer};
use super::{Store, StoreDisk, WithStore, answer, reminder};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::note::{Note, Wait};
use crate::server::Cx;
use crate::world::backed_off;

/// Something that was handed out.
#[derive(Debug)]
pub(super) struct Handing {
    way: Rc<[GatewayId]>,
    epoch: u32,
    times: u32,
    guard: TimerId,
}

impl Store {
    /// A gateway took what was handed out. When its time there is over it comes back; if nothing is heard
    /// then either, whoever held it died with it.
    pub(super) fn taken<S: WithStore>(&mut self, delivery: DeliveryId, cx: &mut Cx<'_, S>) {
        self.stop_handing(delivery, cx);
        let options = &cx.world().strategy;
        let (timeout, attempts) = S::patience(options);
        let patience = timeout.saturating_mul(u64::from(attempts) + 1);
        let back = S::remembering(options).saturating_add(patience);
        cx.set_background_timer(back, reminder::<S, _>(StoreTimer::Overdue(delivery)));
    }

    /// Tells a client's host that there is mail, again and again until that says that it knows.
    pub(super) fn call<S: WithStore>(
        &mut self,
        disk: &StoreDisk,
        client: ClientId,
        cx: &mut Cx<'_, S>,
    ) {
        if disk.waiting_for(client).is_empty() {
            self.waiting.remove(&client);
            return;
        }
        let (timeout, _) = S::patience(&cx.world().strategy);
        let times = self.waiting.get(&client).map_or(0, |&(times, _)| times);
        let wait = backed_off(timeout, 2.0, times);
        answer(disk.host_of(client, cx), StoreLetter::Waiting(client), cx);
        let guard = cx.set_background_timer(wait, reminder::<S, _>(StoreTimer::Unasked(client)));
        self.waiting.insert(client, (times + 1, guard));
    }

    pub(super) fn stop_calling<S: WithStore>(&mut self, client: ClientId, cx: &mut Cx<'_, S>) {
        if let Some((_, guard)) = self.waiting.remove(&client) {
            cx.cancel_timer(guard);
        }
    }

    /// A client is ready: all its mail goes to the far end of its list.
    pub(super) fn hand_out<S: WithStore>(
        &mut self,
        disk: &mut StoreDisk,
        client: ClientId,
        host: GatewayId,
        epoch: u32,
        cx: &mut Cx<'_, S>,
    ) {
        let way = S::way(cx.world(), client, host);
        for delivery in disk.waiting_for(client) {
            self.stop_handing(delivery, cx);
            self.hand(disk, delivery, way.clone(), epoch, 0, cx);
        }
    }

    fn hand<S: WithStore>(
        &mut self,
        disk: &mut StoreDisk,
        delivery: DeliveryId,
        way: Rc<[GatewayId]>,
        epoch: u32,
        times: u32,
        cx: &mut Cx<'_, S>,
    ) {
        let now = cx.now();
        let kept = disk.get_mut(delivery).expect("what is handed out is kept");
        let since = std::mem::replace(&mut kept.since, now);
        let mail = kept.mail.clone();
        if now > since {
            cx.tell(Note::Waited { delivery, why: Wait::Parked, since });
        }
        let (timeout, _) = S::patience(&cx.world().strategy);
        let wait = if way.len() > 1 { timeout } else { backed_off(timeout, 2.0, times) };
        answer(way[0], StoreLetter::Hand { mail, way: way.clone(), epoch }, cx);
        let guard = cx.set_background_timer(wait, reminder::<S, _>(StoreTimer::Untaken(delivery)));
        self.handing.insert(delivery, Handing { way, epoch, times: times + 1, guard });
    }

    /// Nobody took it: it is sent once more, or to the next, in the end to the host again and again.
    pub(super) fn untaken<S: WithStore>(
        &mut self,
        disk: &mut StoreDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_, S>,
    ) {
        let (_, attempts) = S::patience(&cx.world().strategy);
        let Handing { way, epoch, times, .. } =
            self.handing.remove(&delivery).expect("what is guarded was handed out");
        if times < attempts || way.len() == 1 {
            self.hand(disk, delivery, way, epoch, times, cx);
        } else {
            self.hand(disk, delivery, Rc::from(&way[1..]), epoch, 0, cx);
        }
    }

    pub(super) fn stop_handing<S: WithStore>(&mut self, delivery: DeliveryId, cx: &mut Cx<'_, S>) {
        if let Some(handing) = self.handing.remove(&delivery) {
            cx.cancel_timer(handing.guard);
        }
    }
}
