//! Who is attached where: how many clients each gateway hosts, and how many are without a host.
//!
//! A client is without a host while it is up and online, and the gateway that it is attached to is dead or
//! it has none. What a device believes counts, not what the directory does.

use penult_models::{ClientId, GatewayId};
use penult_sim::{Span, Time};

use crate::bins::{Bins, Course};

/// Watches all clients.
#[derive(Clone, Debug)]
pub(crate) struct Attachments {
    clients: Vec<Device>,
    /// For each gateway: whether it is dead, and how many of its clients are there to miss it.
    gateways: Vec<Host>,
    /// Clients that are up and online.
    present: Course,
    /// Those of them without a host.
    unhosted: Course,
}

#[derive(Clone, Copy, Debug)]
struct Device {
    host: Option<GatewayId>,
    up: bool,
    online: bool,
}

#[derive(Clone, Debug)]
struct Host {
    dead: bool,
    present: u64,
    /// Clients attached to it while it is up.
    hosted: Course,
    /// How many were at the start.
    first: u64,
    /// 1 while it is dead.
    down: Course,
}

/// How many clients a gateway hosted, over the part of the run that counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hosted {
    /// At the start of the run.
    pub first: u64,
    /// On average.
    pub mean: Option<f64>,
    /// At most.
    pub most: u64,
    /// At the end of the run.
    pub last: u64,
    /// How long it was dead.
    pub down: Span,
}

impl Attachments {
    pub(crate) fn new(
        homes: &[GatewayId],
        gateways: u32,
        window: (Time, Time),
        bins: Bins,
    ) -> Self {
        let course = Course::within(window.0, window.1);
        let host = Host {
            dead: false,
            present: 0,
            hosted: course.clone().in_bins(bins),
            first: 0,
            down: course.clone(),
        };
        let device = |&home| Device { host: Some(home), up: true, online: true };
        let mut attachments = Attachments {
            clients: homes.iter().map(device).collect(),
            gateways: vec![host; gateways as usize],
            present: course.clone(),
            unhosted: course.in_bins(bins),
        };
        if gateways > 0 {
            attachments.present.set(Time::ZERO, homes.len() as u64);
            homes.iter().for_each(|home| attachments.gateways[home.index()].present += 1);
        }
        for host in &mut attachments.gateways {
            host.first = host.present;
            host.hosted.set(Time::ZERO, host.present);
        }
        attachments
    }

    /// A device says that it has this host, or none.
    pub(crate) fn attached(&mut self, at: Time, client: ClientId, host: Option<GatewayId>) {
        self.change(at, client, |device| device.host = host);
    }

    pub(crate) fn client_up(&mut self, at: Time, client: ClientId, up: bool) {
        self.change(at, client, |device| device.up = up);
    }

    pub(crate) fn client_online(&mut self, at: Time, client: ClientId, online: bool) {
        self.change(at, client, |device| device.online = online);
    }

    pub(crate) fn gateway_up(&mut self, at: Time, gateway: GatewayId, up: bool) {
        let host = &mut self.gateways[gateway.index()];
        if host.dead != up {
            return;
        }
        host.dead = !up;
        host.down.set(at, u64::from(!up));
        let present = host.present;
        host.hosted.set(at, if up { present } else { 0 });
        let without = self.unhosted.now();
        self.unhosted.set(at, if up { without - present } else { without + present });
    }

    pub(crate) fn finish(&mut self, end: Time) {
        let courses = self.gateways.iter_mut().flat_map(|host| [&mut host.hosted, &mut host.down]);
        courses.chain([&mut self.present, &mut self.unhosted]).for_each(|course| course.reach(end));
    }

    /// How many clients are without a host.
    pub(crate) fn unhosted(&self) -> &Course {
        &self.unhosted
    }

    /// The share of the time of clients that were there during which they had a host; none if none was.
    pub(crate) fn availability(&self) -> Option<f64> {
        let (present, unhosted) = (self.present.area(), self.unhosted.area());
        (present > 0).then(|| (present - unhosted) as f64 / present as f64)
    }

    /// How many clients a gateway hosted, over time.
    pub(crate) fn hosted_course(&self, gateway: GatewayId) -> &Course {
        &self.gateways[gateway.index()].hosted
    }

    pub(crate) fn hosted(&self, gateway: GatewayId) -> Hosted {
        let Host { hosted, first, down, .. } = &self.gateways[gateway.index()];
        Hosted {
            first: *first,
            mean: hosted.mean(),
            most: hosted.peak(),
            last: hosted.now(),
            // It is 1 at most, so its area is a length of time.
            down: Span::nanos(u64::try_from(down.area()).unwrap_or(u64::MAX)),
        }
    }

    fn change(&mut self, at: Time, client: ClientId, change: impl FnOnce(&mut Device)) {
        self.count(at, client, false);
        change(&mut self.clients[client.index()]);
        self.count(at, client, true);
    }

    /// Takes a client into the counts, or out of them.
    fn count(&mut self, at: Time, client: ClientId, into: bool) {
        let step = |course: &mut Course| if into { course.rise(at) } else { course.fall(at) };
        let Device { host, up, online } = self.clients[client.index()];
        // Where there are no gateways nobody misses one.
        if !(up && online) || self.gateways.is_empty() {
            return;
        }
        step(&mut self.present);
        let Some(host) = host.map(|host| &mut self.gateways[host.index()]) else {
            return step(&mut self.unhosted);
        };
        host.present = if into { host.present + 1 } else { host.present - 1 };
        step(if host.dead { &mut self.unhosted } else { &mut host.hosted });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Time {
        Time::ZERO + Span::secs(seconds)
    }

    #[test]
    fn without_a_host_is_online_and_alone() {
        let (bins, second) = (Bins::of(Span::secs(10), secs(20)), 1_000_000_000);
        let homes = [GatewayId(0), GatewayId(0), GatewayId(1)];
        let mut all = Attachments::new(&homes, 2, (secs(0), secs(20)), bins);
        // g0 dies: c0 and c1 are without. c0 goes offline, and is not; c1 finds another.
        all.gateway_up(secs(2), GatewayId(0), false);
        all.client_online(secs(3), ClientId(0), false);
        all.attached(secs(5), ClientId(1), None);
        all.attached(secs(6), ClientId(1), Some(GatewayId(1)));
        all.client_online(secs(7), ClientId(0), true);
        all.gateway_up(secs(8), GatewayId(0), true);
        // A device that is dead misses nothing.
        all.client_up(secs(9), ClientId(2), false);
        all.gateway_up(secs(10), GatewayId(1), false);
        all.finish(secs(20));
        let unhosted = 2 + 3 + 1 + 10;
        assert_eq!(all.unhosted().area(), unhosted * second);
        let present = 3 * 20 - 4 - 11;
        let expected = (present - unhosted) as f64 / present as f64;
        assert_eq!(all.availability(), Some(expected));
        let hosted = all.hosted(GatewayId(1));
        assert_eq!((hosted.first, hosted.most, hosted.last), (1, 2, 0));
        assert_eq!(hosted.down, Span::secs(10));
        assert_eq!(hosted.mean, Some((6.0 + 2.0 * 3.0 + 1.0) / 20.0));
    }
}
