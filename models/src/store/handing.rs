//! Handing out: the store tells hosts of what waits for their clients, and sends it once they are ready.

use std::rc::Rc;

use super::letters::{StoreLetter, StoreTimer};
use super::{Store, StoreDisk, WithStore, answer, pace, reminder};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::note::{Note, Wait};
use crate::parts::{Again, Pace};
use crate::server::Cx;

/// Something that was handed out.
#[derive(Debug)]
pub(super) struct Handing {
    way: Rc<[GatewayId]>,
    epoch: u32,
    again: Again,
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
        cx.set_background_timer(back, reminder::<S>(StoreTimer::Overdue(delivery)));
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
        answer(disk.host_of(client, cx), StoreLetter::Waiting(client), cx);
        let again = self.waiting.entry(client).or_default();
        again.said(pace(cx), reminder::<S>(StoreTimer::Unasked(client)), cx);
    }

    pub(super) fn stop_calling<S: WithStore>(&mut self, client: ClientId, cx: &mut Cx<'_, S>) {
        if let Some(mut again) = self.waiting.remove(&client) {
            again.stop(cx);
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
            let handing = Handing { way: way.clone(), epoch, again: Again::default() };
            self.hand(disk, delivery, handing, cx);
        }
    }

    fn hand<S: WithStore>(
        &mut self,
        disk: &mut StoreDisk,
        delivery: DeliveryId,
        mut handing: Handing,
        cx: &mut Cx<'_, S>,
    ) {
        let now = cx.now();
        let kept = disk.get_mut(delivery).expect("what is handed out is kept");
        let since = std::mem::replace(&mut kept.since, now);
        let mail = kept.mail.clone();
        if now > since {
            cx.tell(Note::Waited { delivery, why: Wait::Parked, since });
        }
        let Handing { way, epoch, again } = &mut handing;
        answer(way[0], StoreLetter::Hand { mail, way: way.clone(), epoch: *epoch }, cx);
        let (timeout, _) = S::patience(&cx.world().strategy);
        let tries = Pace::steady(timeout).in_background();
        let pace = if way.len() > 1 { tries } else { pace(cx) };
        again.said(pace, reminder::<S>(StoreTimer::Untaken(delivery)), cx);
        self.handing.insert(delivery, handing);
    }

    /// Nobody took it: it is sent once more, or to the next, in the end to the host again and again.
    pub(super) fn untaken<S: WithStore>(
        &mut self,
        disk: &mut StoreDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_, S>,
    ) {
        let (_, attempts) = S::patience(&cx.world().strategy);
        let handing = self.handing.remove(&delivery);
        let mut handing = handing.expect("what is guarded was handed out");
        if handing.again.times() >= attempts && handing.way.len() > 1 {
            handing.way = Rc::from(&handing.way[1..]);
            handing.again.forget_times();
        }
        self.hand(disk, delivery, handing, cx);
    }

    pub(super) fn stop_handing<S: WithStore>(&mut self, delivery: DeliveryId, cx: &mut Cx<'_, S>) {
        if let Some(mut handing) = self.handing.remove(&delivery) {
            handing.again.stop(cx);
        }
    }
}
