//! A gateway of `spaces`: it publishes what its clients send, and passes on what comes for those that it hosts. Each file
//! beside this one has one subject.

mod passing;
mod publishing;
mod seating;
mod subscribing;
mod watching;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use penult_sim::{NodeId, Span, Time};

use super::ids::{ServerId, SpaceId};
use super::letters::{Letter, MapLetter, Numbers, Reign};
use super::map::Map;
use super::{Cx, SpacesTimer, to_server};
use crate::ids::{ClientId, DeliveryId, GatewayId, MessageId};
use crate::note::{Drop, Note};
use crate::packet::{Packet, Up};
use crate::parts::hosting::{Hosting, Unacknowledged};
use crate::parts::{Intake, Probe, Seats, Suspects};
use crate::remembered::Remembered;
use passing::Source;
use publishing::Publication;
use seating::Guest;

/// A gateway's memory: all that it has but the map.
pub struct Gateway {
    me: GatewayId,
    /// When this life began.
    boot: u64,
    seats: Seats,
    hosting: Hosting,
    /// Policy.
    intake: Intake<DeliveryId>,
    suspects: Suspects<NodeId>,
    /// What it knows of each space server.
    servers: Vec<Source>,
    /// Whom it hosts.
    guests: BTreeMap<ClientId, Guest>,
    /// What those who attach say of themselves, until the directory has decided.
    words: BTreeMap<ClientId, Numbers>,
    /// How often it has subscribed.
    subscribed: u64,
    /// What it publishes.
    publications: BTreeMap<MessageId, Publication>,
    /// What it has published.
    published: Remembered,
    /// What its clients have not acknowledged.
    mail: BTreeSet<(ClientId, MessageId)>,
    /// How many pushes that wait for their turn have each.
    early: BTreeMap<DeliveryId, u32>,
    /// When each of that mail has been here for long enough, in the order of its coming.
    expiry: VecDeque<(Time, DeliveryId)>,
    /// Who numbers each space, if not who did in the beginning.
    leads: BTreeMap<SpaceId, Reign>,
}

/// A gateway's disk.
#[derive(Default)]
pub struct GatewayDisk {
    map: Map,
}

impl Gateway {
    pub(super) fn start(cx: &mut Cx<'_>) -> Self {
        let me = cx.world().places.as_gateway(cx.node());
        let mut gateway = Gateway::new(Seats::new(me), 0, cx);
        gateway.first_guests(cx);
        gateway
    }

    /// Comes back, with nothing.
    pub(super) fn recover(cx: &mut Cx<'_>) -> Self {
        let me = cx.world().places.as_gateway(cx.node());
        let gateway = Gateway::new(Seats::returned(me), cx.now().nanos(), cx);
        gateway.seats.take_inventory(Vec::new(), cx);
        gateway
    }

    fn new(seats: Seats, boot: u64, cx: &Cx<'_>) -> Self {
        let servers = cx.world().strategy.servers as usize;
        Gateway {
            me: seats.me(),
            boot,
            seats,
            hosting: Hosting::default(),
            intake: Intake::default(),
            suspects: Suspects::default(),
            servers: (0..servers).map(|_| Source::default()).collect(),
            guests: BTreeMap::new(),
            words: BTreeMap::new(),
            subscribed: 0,
            publications: BTreeMap::new(),
            published: Remembered::default(),
            mail: BTreeSet::new(),
            early: BTreeMap::new(),
            expiry: VecDeque::new(),
            leads: BTreeMap::new(),
        }
    }

    pub(super) fn hear(
        &mut self,
        disk: &mut GatewayDisk,
        from: ClientId,
        up: Up<Numbers>,
        cx: &mut Cx<'_>,
    ) {
        let attaches = matches!(up, Up::Attach { .. });
        // A device that knows of a later host takes this gateway for no host.
        let is_replaced = match up {
            Up::Attach { epoch, .. } | Up::Stale { epoch } => self.seats.is_behind(from, epoch, cx),
            _ => false,
        };
        match up {
            Up::Submit(message) => self.submitted(disk, message, cx),
            Up::Got(delivery, _) => {
                self.seats.is_taken_for_host(from);
                self.hosting.acknowledged(delivery, cx);
                self.let_go_mail(delivery, Drop::Done, cx);
            }
            Up::Keepalive(_) => self.seats.kept_alive(from, cx),
            Up::Bye => return self.hosting.left(from, cx),
            Up::Attach { epoch, word } => self.asked_to_host(disk, from, epoch, word, cx),
            Up::Stale { epoch } => self.told_stale(from, epoch, cx),
            Up::Here(word) => self.said_what_it_has(disk, from, word, cx),
            Up::Happened { .. } => unreachable!("nobody wants to hear that here"),
        }
        if !is_replaced && self.seats.hosts(from, cx) {
            self.hosting.heard(from, attaches, cx);
        }
    }

    pub(super) fn receive(
        &mut self,
        disk: &mut GatewayDisk,
        from: NodeId,
        letter: Letter,
        cx: &mut Cx<'_>,
    ) {
        match letter {
            Letter::Directory(letter) => return self.directory_said(disk, letter, cx),
            Letter::Map(letter) => return self.map_said(disk, letter, cx),
            _ => {}
        }
        let server = ServerId::of(from, &cx.world().places);
        let server = server.unwrap_or_else(|| panic!("{from} sent {letter:?} to a gateway"));
        self.heard_server(disk, server, cx);
        match letter {
            Letter::Ack { message, holders, lead } => {
                self.acked(disk, server, message, &holders, lead, cx);
            }
            Letter::Push(pushing) => self.pushed(disk, server, pushing, cx),
            Letter::Beat(boot) | Letter::Here(boot) | Letter::Serves(boot) => {
                self.lives(disk, server, boot, cx);
            }
            Letter::AreYouThere => to_server(server, Letter::Here(self.boot), cx),
            letter => panic!("{from} sent {letter:?} to a gateway"),
        }
    }

    fn map_said(&mut self, disk: &mut GatewayDisk, letter: MapLetter, cx: &mut Cx<'_>) {
        match letter {
            MapLetter::ClusterFound(message) => self.cluster_found(message, cx),
            MapLetter::ServersFound(message, entry) => {
                if let Some(entry) = entry {
                    self.moved(disk, &[entry], cx);
                }
                self.servers_found(disk, message, cx);
            }
            MapLetter::Moved { number, entries } => {
                super::to_directory(MapLetter::MovedHeard(number), cx);
                self.moved(disk, &entries, cx);
            }
            letter => panic!("the directory sent {letter:?} to a gateway"),
        }
    }

    pub(super) fn wake(&mut self, disk: &mut GatewayDisk, reminder: SpacesTimer, cx: &mut Cx<'_>) {
        match reminder {
            SpacesTimer::Unacknowledged(delivery) => {
                self.hosting.unacknowledged(Unacknowledged(delivery), cx);
            }
            SpacesTimer::Probe(node) => self.suspects.probe(Probe(node), cx),
            SpacesTimer::Seats(timer) => self.remind_seats(timer, cx),
            SpacesTimer::Unacked(message, server) => self.unacked(disk, message, server, cx),
            SpacesTimer::Unfound(message) => self.look_up(message, cx),
            SpacesTimer::Unanswered(server) => self.unanswered(disk, server, cx),
            SpacesTimer::Expires => self.expire(cx),
            SpacesTimer::Silent(server) => self.silent(disk, server, cx),
            timer => panic!("a gateway has no {timer:?}"),
        }
    }

    /// A client has this, or it is not for it any more.
    fn let_go_mail(&mut self, delivery: DeliveryId, why: Drop, cx: &mut Cx<'_>) {
        if self.mail.remove(&(delivery.recipient, delivery.message)) && !self.holds(delivery) {
            cx.tell(Note::Dropped(delivery, why));
        }
    }

    /// Whether something here has a delivery: what is published, a client's mail, or a push that waits.
    fn holds(&self, delivery: DeliveryId) -> bool {
        self.publications.contains_key(&delivery.message)
            || self.mail.contains(&(delivery.recipient, delivery.message))
            || self.early.contains_key(&delivery)
    }

    fn expires_after(&self, after: Span, cx: &mut Cx<'_>) {
        cx.set_background_timer(after, super::timer(SpacesTimer::Expires));
    }

    /// What has been here for too long is given up.
    fn expire(&mut self, cx: &mut Cx<'_>) {
        let now = cx.now();
        while let Some(&(until, delivery)) = self.expiry.front() {
            if until > now {
                return self.expires_after(until - now, cx);
            }
            self.expiry.pop_front();
            if self.mail.contains(&(delivery.recipient, delivery.message)) {
                self.hosting.acknowledged(delivery, cx);
                self.let_go_mail(delivery, Drop::Retention, cx);
            }
        }
    }

    fn is_suspect(&self, server: ServerId, cx: &Cx<'_>) -> bool {
        self.suspects.has(server.node(&cx.world().places))
    }
}

/// Sends a device a packet.
fn to_device(client: ClientId, down: crate::packet::Down, cx: &mut Cx<'_>) {
    cx.send(cx.world().places.client(client), Packet::Down(down));
}
