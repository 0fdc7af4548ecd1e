//! Intake: what a message goes through between its coming and its place on a shelf. What of it is new here, what
//! policy says to it, and how long the disk takes.
//!
//! Policy is work of the same visit to the CPU as the message's service: how often it will run is asked when the
//! message's turn has come, and judged at the end of that work, when the message is handled.

use std::rc::Rc;

use penult_sim::{Span, Time};

use crate::few::Few;
use crate::ids::DeliveryId;
use crate::member::MemberTimer;
use crate::message::{Flags, Message};
use crate::note::Note;
use crate::packet::{Down, Packet};
use crate::policy::{Policy, Verdict};
use crate::server::{Cx, Server};
use crate::world::QueuePlace;
pub use crate::writing::Write;
use crate::writing::Writing;

/// What a server knows of a delivery that comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It was here and is done.
    Done,
    /// It is here.
    Held,
    /// It went to the external store from here.
    Parked,
    /// The disk is at it.
    Written,
    /// Nothing: it is new.
    Nothing,
}

/// The disk is done with what came as this delivery first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written(pub DeliveryId);

/// What a server is at taking in.
#[derive(Debug)]
pub struct Intake<W> {
    /// What the disk is still busy with.
    writing: Writing<Timed<W>>,
    policy: Policy,
}

/// Something that the disk writes, and for how long.
#[derive(Debug)]
struct Timed<W> {
    work: W,
    writing: Span,
}

impl<W: Write> Write for Timed<W> {
    fn deliveries(&self) -> impl Iterator<Item = DeliveryId> {
        self.work.deliveries()
    }
}

/// The deliveries of a message that its sender's device brings, by what is known of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sorted {
    /// One that is here.
    pub held: Option<DeliveryId>,
    /// Whether the disk is at any.
    pub is_written: bool,
    /// Those that are new.
    pub missing: Few<DeliveryId>,
}

impl<W> Default for Intake<W> {
    fn default() -> Self {
        Intake { writing: Writing::default(), policy: Policy::default() }
    }
}

impl Sorted {
    /// Sorts the deliveries of a message by what is known of them.
    pub fn of(message: &Message, mut known: impl FnMut(DeliveryId) -> Known) -> Sorted {
        let mut sorted = Sorted::default();
        for delivery in message.deliveries() {
            match known(delivery) {
                Known::Held => sorted.held = Some(delivery),
                Known::Written => sorted.is_written = true,
                Known::Done | Known::Parked => {}
                Known::Nothing => sorted.missing.push(delivery),
            }
        }
        sorted
    }
}

impl<W> Intake<W> {
    /// Whether policy will run over a message that a device brings, of which something is new here.
    pub fn will_judge(&mut self, message: &Message, now: Time) -> bool {
        !self.policy.has_refused(message, now)
    }

    /// Policy runs over a message that a device brings: what it makes of it. Nothing if it refuses it, which the
    /// device hears, now and each time it sends it again within `hold`.
    pub fn judge<S: Server>(
        &mut self,
        message: &Rc<Message>,
        hold: Span,
        cx: &mut Cx<'_, S>,
    ) -> Option<Flags> {
        let now = cx.now();
        let device = cx.world().places.client(message.sender);
        if self.policy.has_refused(message, now) {
            cx.send(device, Packet::Down(Down::Refused(message.id)));
            return None;
        }
        let options = S::policy(&cx.world().strategy).expect("a strategy that judges has a policy");
        cx.tell(Note::PolicyRan(message.id));
        let Verdict::Passes(flags) = self.policy.judge(options, message, now) else {
            self.policy.refuse(message, now, hold);
            cx.send(device, Packet::Down(Down::Refused(message.id)));
            return None;
        };
        if flags.stripped {
            cx.tell(Note::Stripped(message.id));
        }
        Some(flags)
    }
}

impl<W: Write> Intake<W> {
    /// Whether the disk is at this delivery.
    #[inline]
    pub fn is_at(&self, delivery: DeliveryId) -> bool {
        self.writing.has(delivery)
    }

    /// Writes something, if that is kept on disk, and gives it back when it is stored: now, if that takes no time.
    /// `queue` places most servers' queues; there are some that keep theirs where they do whatever it says.
    #[inline]
    pub fn write<S>(&mut self, work: W, place: QueuePlace, cx: &mut Cx<'_, S>) -> Option<(W, Span)>
    where
        S: Server<Timer: From<Written>>,
    {
        let writing = match place {
            QueuePlace::Memory => Span::ZERO,
            QueuePlace::Disk => cx.write(),
        };
        if writing.is_zero() {
            return Some((work, writing));
        }
        let first = work.deliveries().next().expect("something of a message is written");
        debug_assert!(!self.is_at(first), "it names what is written");
        cx.set_timer(writing, MemberTimer::Server(Written(first).into()));
        self.writing.begin(Timed { work, writing });
        None
    }

    /// The disk is done with something: what that is, and how long it took.
    pub fn written(&mut self, Written(first): Written) -> (W, Span) {
        let Timed { work, writing } = self.writing.end(first);
        (work, writing)
    }
}

#[cfg(test)]
mod tests {
    use penult_sim::Delay;

    use super::*;
    use crate::ids::{ClientId, MessageId};
    use crate::message::Recipients;
    use crate::parts::trial::{Due, Trial, Tried, log, play, world};
    use crate::policy::PolicyOptions;

    fn message(number: u64, harmful: bool, attachment: u32) -> Rc<Message> {
        let message = Message::clone(&Message::numbered(number));
        Rc::new(Message { harmful, attachment, ..message })
    }

    fn of(number: u64) -> DeliveryId {
        message(number, false, 0).deliveries().next().expect("it has a recipient")
    }

    #[test]
    fn what_is_known_of_each_delivery_counts() {
        let knows = [Known::Done, Known::Held, Known::Parked, Known::Written, Known::Nothing];
        let to = (0..5).map(ClientId).collect();
        let message =
            Message { recipients: Recipients::Several(to), ..(*message(1, false, 0)).clone() };
        let to = |recipient| DeliveryId { message: message.id, recipient: ClientId(recipient) };
        let sorted = Sorted::of(&message, |delivery| knows[delivery.recipient.index()]);
        let expected = Sorted { held: Some(to(1)), is_written: true, missing: Few::one(to(4)) };
        assert_eq!(sorted, expected);
        let all_new = Sorted::of(&message, |_| Known::Nothing);
        assert_eq!(all_new.missing[..], [to(0), to(1), to(2), to(3), to(4)]);
        assert_eq!((all_new.held, all_new.is_written), (None, false));
    }

    impl Write for DeliveryId {
        fn deliveries(&self) -> impl Iterator<Item = DeliveryId> {
            std::iter::once(*self)
        }
    }

    impl From<Written> for Due<Written> {
        fn from(written: Written) -> Self {
            Due::Of(written)
        }
    }

    #[derive(Default)]
    struct Writer(Intake<DeliveryId>);

    const WRITE: Span = Span::millis(3);

    impl Tried for Writer {
        type Letter = ();
        type Timer = Written;

        fn policy() -> Option<&'static PolicyOptions> {
            static POLICY: PolicyOptions = PolicyOptions {
                cost: Delay::ZERO,
                messages: None,
                attachment: Some(10),
                view: None,
            };
            Some(&POLICY)
        }

        fn step(&mut self, number: usize, cx: &mut Cx<'_, Trial<Self>>) {
            let Writer(intake) = self;
            let hold = Span::secs(5);
            match number {
                // One write after the other.
                0 => {
                    assert_eq!(intake.write(of(1), QueuePlace::Disk, cx), None);
                    assert_eq!(intake.write(of(2), QueuePlace::Disk, cx), None);
                    let in_memory = intake.write(of(3), QueuePlace::Memory, cx);
                    assert_eq!(in_memory, Some((of(3), Span::ZERO)));
                    assert!(intake.is_at(of(1)) && intake.is_at(of(2)) && !intake.is_at(of(3)));
                }
                1 => {
                    let large = message(3, false, 11);
                    let flags = intake.judge(&large, hold, cx).expect("it passes");
                    assert!(flags.checked && flags.stripped);
                    let small = intake.judge(&message(4, false, 10), hold, cx).expect("it passes");
                    assert!(!small.stripped);
                }
                2 | 3 => {
                    let harmful = message(5, true, 0);
                    assert_eq!(intake.will_judge(&harmful, cx.now()), number == 2);
                    assert_eq!(intake.judge(&harmful, hold, cx), None);
                    assert!(!intake.will_judge(&harmful, cx.now()));
                }
                // Nobody remembers it: it is judged anew.
                _ => {
                    let harmful = message(5, true, 0);
                    assert!(intake.will_judge(&harmful, cx.now()));
                    assert_eq!(intake.judge(&harmful, hold, cx), None);
                }
            }
        }

        fn wake(&mut self, written: Written, cx: &mut Cx<'_, Trial<Self>>) {
            let (delivery, disk) = self.0.written(written);
            assert!(!self.0.is_at(delivery));
            cx.tell(Note::Stored { delivery, disk });
        }
    }

    #[test]
    fn messages_are_judged_and_written() {
        let mut setup = world();
        setup.gateways.queue = QueuePlace::Disk;
        setup.gateways.machine.disk = Delay::constant(WRITE);
        let stored = |number, disk| {
            let message = MessageId::of_workload(number);
            let delivery = DeliveryId { message, recipient: ClientId(1) };
            format!("g0: {:?}", Note::Stored { delivery, disk })
        };
        let (first, second) = (stored(1, WRITE), stored(2, WRITE * 2));
        let ran = |number| format!("g0: {:?}", Note::PolicyRan(MessageId::of_workload(number)));
        let ran = [3, 4, 5].map(ran);
        let stripped = format!("g0: {:?}", Note::Stripped(MessageId::of_workload(3)));
        let refused = "g0 to c0: Refused m5";
        let expected = log([
            (1_003, &first),
            (1_006, &second),
            (2_000, &ran[0]),
            (2_000, &stripped),
            (2_000, &ran[1]),
            (3_000, &ran[2]),
            (3_000, refused),
            (4_000, refused),
            (8_000, &ran[2]),
            (8_000, refused),
        ]);
        let played = play::<Writer>(&setup, &[1_000, 2_000, 3_000, 4_000, 8_000]);
        assert_eq!(played, expected);
    }

    /// Queues in memory, and a disk that takes no time.
    #[test]
    fn what_takes_no_time_is_stored_at_once() {
        #[derive(Default)]
        struct AtOnce(Intake<DeliveryId>);

        impl Tried for AtOnce {
            type Letter = ();
            type Timer = Written;

            fn step(&mut self, _: usize, cx: &mut Cx<'_, Trial<Self>>) {
                let place = cx.world().queue;
                assert_eq!(self.0.write(of(1), place, cx), Some((of(1), Span::ZERO)));
                assert!(!self.0.is_at(of(1)));
            }

            fn wake(&mut self, written: Written, _: &mut Cx<'_, Trial<Self>>) {
                unreachable!("{written:?}");
            }
        }

        for (queue, disk) in [(QueuePlace::Memory, WRITE), (QueuePlace::Disk, Span::ZERO)] {
            let mut setup = world();
            setup.gateways.queue = queue;
            setup.gateways.machine.disk = Delay::constant(disk);
            assert_eq!(play::<AtOnce>(&setup, &[1_000]), log([]));
        }
    }
}
