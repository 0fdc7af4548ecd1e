//! A gateway's dealings with the external store: what it brings there, what it asks back, and what it tells
//! about deliveries that are there. Everything is said again until it is answered.

use std::collections::BTreeSet;

use penult_sim::Ids;

use crate::ids::{ClientId, DeliveryId};
use crate::packet::{Packet, kind_and_ids};
use crate::parts::{Insist, Pace, Saying};
use crate::server::Cx;
use crate::services::ServiceKind;
use crate::store::{Mail, StoreLetter, WithStore};

/// What a gateway is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParkingTimer {
    /// The store has not said that it has this.
    Unparked(DeliveryId),
    /// The store has not said that it knows what became of this.
    Unmarked(DeliveryId),
    /// The store has not answered that this client is ready.
    Unready(ClientId),
}

impl Ids for ParkingTimer {
    fn ids(&self) -> u64 {
        match *self {
            ParkingTimer::Unparked(delivery) => kind_and_ids(1, delivery.key()),
            ParkingTimer::Unmarked(delivery) => kind_and_ids(2, delivery.key()),
            ParkingTimer::Unready(client) => kind_and_ids(3, client.0.into()),
        }
    }
}

/// What a gateway needs to deal with a store.
pub trait WithParking: WithStore<Timer: From<ParkingTimer>> {}

impl<S: WithStore<Timer: From<ParkingTimer>>> WithParking for S {}

/// What a gateway has under way to the store.
#[derive(Debug, Default)]
pub struct Parking {
    bringing: Insist<DeliveryId, Bringing>,
    marks: Insist<DeliveryId, Mark>,
    asking: Insist<ClientId, Ready>,
    /// Clients of whom there may be something in the store: it is asked at their next word.
    due: BTreeSet<ClientId>,
}

#[derive(Debug)]
struct Bringing {
    mail: Mail,
    /// Whether the id is offered first.
    asks: bool,
}

/// What became of a delivery: it was received, or may be deleted.
#[derive(Debug)]
struct Mark {
    delete: bool,
}

/// A client is ready, and hosted since this epoch.
#[derive(Debug)]
struct Ready {
    epoch: u32,
}

impl<S: WithParking> Saying<S> for Bringing {
    type Key = DeliveryId;

    fn say(&self, delivery: DeliveryId, cx: &mut Cx<'_, S>) {
        let letter = match self.asks {
            true => StoreLetter::Offer(delivery),
            false => StoreLetter::Put(self.mail.clone()),
        };
        say(letter, cx);
    }

    fn reminder(delivery: DeliveryId) -> S::Timer {
        ParkingTimer::Unparked(delivery).into()
    }
}

impl<S: WithParking> Saying<S> for Mark {
    type Key = DeliveryId;

    fn say(&self, delivery: DeliveryId, cx: &mut Cx<'_, S>) {
        say(StoreLetter::Mark { delivery, delete: self.delete }, cx);
    }

    fn reminder(delivery: DeliveryId) -> S::Timer {
        ParkingTimer::Unmarked(delivery).into()
    }
}

impl<S: WithParking> Saying<S> for Ready {
    type Key = ClientId;

    fn say(&self, client: ClientId, cx: &mut Cx<'_, S>) {
        say(StoreLetter::Ready { client, epoch: self.epoch }, cx);
    }

    fn reminder(client: ClientId) -> S::Timer {
        ParkingTimer::Unready(client).into()
    }
}

/// Sends the store a letter. The strategy has a store, or this is not called.
fn say<S: WithStore>(letter: StoreLetter, cx: &mut Cx<'_, S>) {
    let store = cx.world().service(ServiceKind::STORE).expect("there is a store");
    cx.send(store, Packet::Between(letter.into()));
}

/// What is stored is safe here until the store has it: no run need wait for that.
fn pace<S: WithParking>(cx: &Cx<'_, S>) -> Pace {
    let (timeout, _) = S::patience(&cx.world().strategy);
    Pace::doubling(timeout).in_background()
}

impl Parking {
    /// Brings a delivery to the store; by its id first if the store may have it.
    pub fn bring<S: WithParking>(&mut self, mail: Mail, asks: bool, cx: &mut Cx<'_, S>) {
        self.bringing.begin(mail.delivery(), Bringing { mail, asks }, pace(cx), cx);
    }

    /// Stops bringing it: it is not here any more, or is there.
    pub fn stop<S: WithParking>(&mut self, delivery: DeliveryId, cx: &mut Cx<'_, S>) {
        self.bringing.heard(delivery, cx);
    }

    /// Whether it is on its way there.
    pub fn is_bringing(&self, delivery: DeliveryId) -> bool {
        self.bringing.get(delivery).is_some()
    }

    /// The store lacks what was offered. False if nothing was.
    pub fn wanted<S: WithParking>(&mut self, delivery: DeliveryId, cx: &mut Cx<'_, S>) -> bool {
        let Some(Bringing { mail, .. }) = self.bringing.heard(delivery, cx) else { return false };
        self.bringing.begin(delivery, Bringing { mail, asks: false }, pace(cx), cx);
        true
    }

    /// A delivery that is on its way to the store was received meanwhile.
    pub fn note_received(&mut self, delivery: DeliveryId) {
        if let Some(bringing) = self.bringing.get_mut(delivery) {
            bringing.mail.received = true;
        }
    }

    /// Tells the store that a delivery was received, or may be deleted.
    pub fn mark<S: WithParking>(&mut self, delivery: DeliveryId, delete: bool, cx: &mut Cx<'_, S>) {
        let was_deleted = self.marks.get(delivery).is_some_and(|before| before.delete);
        self.marks.begin(delivery, Mark { delete: delete || was_deleted }, pace(cx), cx);
    }

    /// The store knows.
    pub fn marked<S: WithParking>(
        &mut self,
        delivery: DeliveryId,
        delete: bool,
        cx: &mut Cx<'_, S>,
    ) {
        if self.marks.get(delivery).is_some_and(|mark| mark.delete == delete) {
            self.marks.heard(delivery, cx);
        }
    }

    /// Something of this client may be in the store.
    pub fn expect(&mut self, client: ClientId) {
        self.due.insert(client);
    }

    /// Whether something of any client may be in the store.
    #[inline]
    pub fn expects_mail(&self) -> bool {
        !self.due.is_empty()
    }

    /// A client that is hosted here said something: if something of it may be in the store, that is asked.
    pub fn heard<S: WithParking>(&mut self, client: ClientId, epoch: u32, cx: &mut Cx<'_, S>) {
        if self.due.contains(&client) {
            self.ask(client, epoch, cx);
        }
    }

    /// Asks the store for the mail of a client that is ready.
    pub fn ask<S: WithParking>(&mut self, client: ClientId, epoch: u32, cx: &mut Cx<'_, S>) {
        self.due.remove(&client);
        self.asking.begin(client, Ready { epoch }, pace(cx), cx);
    }

    /// The store heard that a client is ready.
    pub fn answered<S: WithParking>(&mut self, client: ClientId, cx: &mut Cx<'_, S>) {
        self.asking.heard(client, cx);
    }

    /// Says something again.
    pub fn wake<S: WithParking>(&mut self, timer: ParkingTimer, cx: &mut Cx<'_, S>) {
        let pace = pace(cx);
        match timer {
            ParkingTimer::Unparked(delivery) => _ = self.bringing.say_again(delivery, pace, cx),
            ParkingTimer::Unmarked(delivery) => _ = self.marks.say_again(delivery, pace, cx),
            ParkingTimer::Unready(client) => _ = self.asking.say_again(client, pace, cx),
        }
    }
}

/// Says to the store that what it handed out is stored.
pub fn taken<S: WithStore>(delivery: DeliveryId, cx: &mut Cx<'_, S>) {
    say(StoreLetter::Taken(delivery), cx);
}

/// Says to the store that a client's next word will be acted on.
pub fn heard_of<S: WithStore>(client: ClientId, cx: &mut Cx<'_, S>) {
    say(StoreLetter::WaitingHeard(client), cx);
}

#[cfg(test)]
mod tests {
    use penult_sim::{NodeId, Span};

    use super::*;
    use crate::ids::GatewayId;
    use crate::message::{Flags, Message};
    use crate::parts::trial::{Due, Said, Trial, Tried, dead, log, play, world};
    use crate::store::StoreTimer;

    impl From<StoreLetter> for Said<StoreLetter> {
        fn from(letter: StoreLetter) -> Self {
            Said(letter)
        }
    }

    impl From<ParkingTimer> for Due<ParkingTimer> {
        fn from(timer: ParkingTimer) -> Self {
            Due::Of(timer)
        }
    }

    impl From<StoreTimer> for Due<ParkingTimer> {
        fn from(timer: StoreTimer) -> Self {
            unreachable!("{timer:?}: this store needs none")
        }
    }

    /// At g0 it brings and asks; at the service, where nobody does that, it answers.
    #[derive(Default)]
    struct Parked(Parking);

    impl WithStore for Trial<Parked> {
        fn remembering(_: &Vec<Span>) -> Span {
            Span::secs(1)
        }

        fn patience(_: &Vec<Span>) -> (Span, u32) {
            (Span::millis(200), 2)
        }
    }

    fn mail(number: u64) -> Mail {
        Mail {
            message: Message::numbered(number),
            recipient: ClientId(0),
            flags: Flags::default(),
            source: GatewayId(0),
            received: false,
        }
    }

    impl Tried for Parked {
        type Letter = StoreLetter;
        type Timer = ParkingTimer;
        const SERVICE: ServiceKind = ServiceKind::STORE;

        fn words(letter: &StoreLetter) -> String {
            let number = |delivery: &DeliveryId| delivery.message.number();
            match letter {
                StoreLetter::Put(mail) => {
                    format!("Put m{} received: {}", number(&mail.delivery()), mail.received)
                }
                StoreLetter::Offer(delivery) => format!("Offer m{}", number(delivery)),
                StoreLetter::Mark { delivery, delete } => {
                    format!("Mark m{} delete: {delete}", number(delivery))
                }
                StoreLetter::Ready { client, epoch } => format!("Ready {client} epoch {epoch}"),
                _ => "answer".to_owned(),
            }
        }

        fn step(&mut self, number: usize, cx: &mut Cx<'_, Trial<Self>>) {
            let Parked(parking) = self;
            match number {
                // By its id first, then whole; what became of it meanwhile goes along.
                0 => {
                    parking.bring(mail(1), true, cx);
                    parking.bring(mail(2), false, cx);
                    parking.note_received(mail(1).delivery());
                    assert!(parking.is_bringing(mail(1).delivery()));
                }
                // What is stopped is not said again.
                1 => parking.stop(mail(2).delivery(), cx),
                // The later mark takes the place of the former, and keeps what that one wanted.
                2 => {
                    assert!(!parking.is_bringing(mail(1).delivery()));
                    assert!(!parking.wanted(mail(1).delivery(), cx), "it is there");
                    parking.mark(mail(3).delivery(), true, cx);
                    parking.mark(mail(3).delivery(), false, cx);
                    parking.marked(mail(3).delivery(), false, cx);
                }
                // Those of whom something is expected are asked for once they say something.
                _ => {
                    parking.heard(ClientId(0), 4, cx);
                    assert!(!parking.expects_mail());
                    parking.expect(ClientId(0));
                    assert!(parking.expects_mail());
                    parking.heard(ClientId(1), 4, cx);
                    parking.heard(ClientId(0), 5, cx);
                    assert!(!parking.expects_mail());
                }
            }
        }

        fn receive(&mut self, from: NodeId, letter: StoreLetter, cx: &mut Cx<'_, Trial<Self>>) {
            let answer = match letter {
                StoreLetter::Offer(delivery) => StoreLetter::Want(delivery),
                StoreLetter::Put(mail) => StoreLetter::Has(mail.delivery()),
                StoreLetter::Mark { delivery, delete } => StoreLetter::Marked { delivery, delete },
                StoreLetter::Ready { client, .. } => StoreLetter::ReadyHeard(client),
                StoreLetter::Want(delivery) => {
                    assert!(self.0.wanted(delivery, cx));
                    return;
                }
                StoreLetter::Has(delivery) => return self.0.stop(delivery, cx),
                StoreLetter::Marked { delivery, delete } => {
                    return self.0.marked(delivery, delete, cx);
                }
                StoreLetter::ReadyHeard(client) => return self.0.answered(client, cx),
                letter => unreachable!("nobody says {letter:?}"),
            };
            cx.send(from, Packet::Between(Said(answer)));
        }

        fn wake(&mut self, timer: ParkingTimer, cx: &mut Cx<'_, Trial<Self>>) {
            self.0.wake(timer, cx);
        }
    }

    #[test]
    fn everything_is_said_until_it_is_answered() {
        let mut setup = world();
        let service = 3;
        setup.faults.extend([dead(service, 900, 1_500), dead(service, 2_900, 3_100)]);
        setup.faults.push(dead(service, 3_900, 4_100));
        let said = play::<Parked>(&setup, &[1_000, 1_100, 3_000, 4_000]);
        let said = said.into_iter().filter(|(_, what)| !what.ends_with("answer"));
        let expected = log([
            (1_000, "g0 to service 0: Offer m1"),
            (1_000, "g0 to service 0: Put m2 received: false"),
            (1_200, "g0 to service 0: Offer m1"),
            (1_600, "g0 to service 0: Offer m1"),
            (1_602, "g0 to service 0: Put m1 received: true"),
            (3_000, "g0 to service 0: Mark m3 delete: true"),
            (3_000, "g0 to service 0: Mark m3 delete: true"),
            (3_200, "g0 to service 0: Mark m3 delete: true"),
            (4_000, "g0 to service 0: Ready c0 epoch 5"),
            (4_200, "g0 to service 0: Ready c0 epoch 5"),
        ]);
        assert_eq!(said.collect::<Vec<_>>(), expected);
    }
}
