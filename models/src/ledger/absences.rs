//! When devices were out of reach of everybody: off the network, or dead.
//!
//! A copy may wait for that anywhere: at the host, which says so, but also at a mirror that takes over much
//! later and knows nothing of it.

use penult_sim::{IdMap, Span, Time};

use super::records::Records;
use crate::ids::ClientId;

/// The absences of all devices, as far as they matter to what is open.
#[derive(Debug, Default)]
pub(super) struct Absences {
    places: IdMap<u32>,
    devices: Vec<Device>,
    /// How many absences are kept, and with how many those that are over for all are sorted out.
    count: usize,
    enough: usize,
}

/// A device that was ever away.
#[derive(Debug, Default)]
struct Device {
    offline: bool,
    dead: bool,
    /// From when until when, [`Time::NEVER`] while it lasts; one after the other.
    absences: Vec<(Time, Time)>,
}

/// What keeps a device from everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Away {
    Offline,
    Dead,
}

/// Fewer than this are not worth sorting out.
const FEW: usize = 1024;

impl Absences {
    /// Something begins to keep a device from everybody, or ends to.
    pub(super) fn changed(
        &mut self,
        client: ClientId,
        why: Away,
        is_away: bool,
        at: Time,
        records: &Records,
    ) {
        let place = *self.places.get_or_insert_with(client.0.into(), || {
            self.devices.push(Device::default());
            self.devices.len() as u32 - 1
        });
        let device = &mut self.devices[place as usize];
        let was_away = device.offline || device.dead;
        match why {
            Away::Offline => device.offline = is_away,
            Away::Dead => device.dead = is_away,
        }
        match (was_away, device.offline || device.dead) {
            (false, true) => {
                device.absences.push((at, Time::NEVER));
                self.count += 1;
                self.sort_out(records);
            }
            (true, false) => {
                device.absences.last_mut().expect("it was away").1 = at;
            }
            (false, false) | (true, true) => {}
        }
    }

    /// An absence that ended before anything that its device has yet to get was created matters no more: so a
    /// long run needs no more memory than a short one.
    fn sort_out(&mut self, records: &Records) {
        if self.count < self.enough.max(FEW) {
            return;
        }
        let mut oldest = vec![Time::NEVER; self.devices.len()];
        for record in records.all().map(|slot| records.get(slot)) {
            if let Some(&place) = self.places.get(record.delivery.recipient.0.into())
                && !record.is_delivered
            {
                let oldest = &mut oldest[place as usize];
                *oldest = record.created.min(*oldest);
            }
        }
        self.count = 0;
        for (device, oldest) in self.devices.iter_mut().zip(oldest) {
            device.absences.retain(|&(_, until)| until == Time::NEVER || until > oldest);
            self.count += device.absences.len();
        }
        self.enough = self.count * 2;
    }

    /// How long a device was away from `since` until `until`.
    #[inline]
    pub(super) fn between(&self, client: ClientId, since: Time, until: Time) -> Span {
        if self.devices.is_empty() || since >= until {
            return Span::ZERO;
        }
        self.sum(client, since, until)
    }

    #[inline(never)]
    fn sum(&self, client: ClientId, since: Time, until: Time) -> Span {
        let Some(&place) = self.places.get(client.0.into()) else { return Span::ZERO };
        let absences = &self.devices[place as usize].absences;
        let first = absences.partition_point(|&(_, ended)| ended <= since);
        let within = absences[first..].iter().take_while(|&&(begun, _)| begun < until);
        within.fold(Span::ZERO, |sum, &(begun, ended)| sum + (ended.min(until) - begun.max(since)))
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use penult_sim::NodeId;

    use super::*;
    use crate::message::Message;

    #[test]
    fn time_away_is_counted_within_its_bounds() {
        let (records, client, at) = (Records::default(), ClientId(3), Time::from_nanos);
        let mut absences = Absences::default();
        for (why, is_away, when) in [
            (Away::Offline, true, 10),
            (Away::Dead, true, 15),
            (Away::Offline, false, 20),
            (Away::Dead, false, 30),
            (Away::Offline, true, 50),
            (Away::Offline, false, 50),
            (Away::Dead, true, 90),
        ] {
            absences.changed(client, why, is_away, at(when), &records);
        }
        let away = |since, until| absences.between(client, at(since), at(until)).as_nanos();
        assert_eq!(away(0, 10), 0);
        assert_eq!(away(0, 16), 6);
        assert_eq!(away(12, 22), 10);
        assert_eq!(away(29, 95), 6);
        assert_eq!(away(40, 40), 0);
        assert_eq!(away(0, 100), 30);
        assert_eq!(absences.between(ClientId(4), at(0), at(100)), Span::ZERO);
    }

    #[test]
    fn what_matters_to_nothing_open_is_forgotten() {
        let (mut records, mut absences) = (Records::default(), Absences::default());
        let message: Rc<Message> = Message::numbered(1);
        let recipient = message.recipients.as_slice()[0];
        let created = Time::from_nanos(5_000);
        let made = records.create(&message, NodeId::new(0), created, true);
        let (slot, _) = made.expect("it is new");
        let mut steps = 0..;
        let mut pass = |absences: &mut Absences, records: &Records, count| {
            for step in steps.by_ref().take(count) {
                let at = Time::from_nanos(step * 10);
                for client in [recipient, ClientId(recipient.0 + 1)] {
                    absences.changed(client, Away::Offline, step % 2 == 0, at, records);
                }
            }
        };
        pass(&mut absences, &records, 20_000);
        let ends = Time::from_nanos(200_000);
        let half = (ends - created).as_nanos() / 2;
        assert_eq!(absences.between(recipient, created, ends).as_nanos(), half);
        records.get_mut(slot).is_delivered = true;
        pass(&mut absences, &records, 100_000);
        assert!(absences.count <= FEW, "{} absences are kept", absences.count);
    }
}
