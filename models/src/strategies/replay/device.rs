//! The device's side: the number of the last event that it got, what of that is on its disk, and what its keepalives
//! measure.

use std::collections::VecDeque;

use penult_sim::{NodeId, Span, Time};

use super::counting::{GAPS, MOVES};
use super::event::Event;
use super::letters::{Letter, Trips, Word};
use super::number::Number;
use super::{Cx, Replay};
use crate::client::{Client, ClientDisk, Nothing, Side, With};
use crate::ids::GatewayId;
use crate::note::Note;

/// What a device of this strategy keeps in memory.
#[derive(Debug, Default)]
pub struct Numbered {
    /// The number of the last event that it got, if it knows one.
    number: Option<Number>,
    /// How many events came since it went to the disk.
    unstored: u32,
    /// The number for which it last said that something is missing, and when.
    refused: Option<(Number, Time)>,
    /// How many keepalives it has sent.
    keepalives: u32,
    /// Absent where nobody judges connections.
    measured: Option<Box<Measured>>,
}

/// What of that is on its disk.
#[derive(Debug, Default)]
pub struct NumberedDisk {
    number: Option<Number>,
}

/// What a device's keepalives to one host, since one epoch, measured.
#[derive(Debug)]
struct Measured {
    host: GatewayId,
    epoch: u32,
    /// Those that may still be answered in time, or were and are not over: number, sent, answered after.
    open: VecDeque<(u32, Time, Option<Span>)>,
    /// The last that were judged.
    judged: VecDeque<Option<Span>>,
}

/// So many keepalives are judged together.
const JUDGED: usize = 10;

type Device = Client<Replay, Numbered>;
type Disk = ClientDisk<NumberedDisk>;

impl Side<Replay> for Numbered {
    type Disk = NumberedDisk;
    type Timer = Nothing;
    type Word = Word;

    const SAYS_HERE: bool = true;

    fn start(disk: &mut NumberedDisk, cx: &mut Cx<'_>) -> Self {
        // A device that begins the run has got all that there is: nothing.
        if cx.now() == Time::ZERO {
            disk.number = Some(Number::ZERO);
        }
        let judges = cx.world().strategy.unreliable.is_some();
        let measured = judges.then(|| Box::new(Measured::new(GatewayId::NOWHERE, 0)));
        Numbered { number: disk.number, measured, ..Numbered::default() }
    }

    fn word(device: &mut Device, disk: &mut Disk, with: With, cx: &mut Cx<'_>) -> Word {
        let (host, epoch) = (device.host(), disk.epoch());
        let side = device.side();
        let mut trips = None;
        if let Some(measured) = &mut side.measured {
            match with {
                With::Attach => **measured = Measured::new(host, epoch),
                With::Keepalive => {
                    side.keepalives += 1;
                    measured.judge(host, epoch, cx);
                    trips = measured.trips();
                    measured.open.push_back((side.keepalives, cx.now(), None));
                }
                With::Got | With::Here => {}
            }
        }
        Word { epoch, number: side.number, keepalives: side.keepalives, trips }
    }

    fn receive(
        device: &mut Device,
        disk: &mut Disk,
        from: NodeId,
        letter: Letter,
        cx: &mut Cx<'_>,
    ) {
        let gateway = cx.world().places.as_gateway(from);
        match letter {
            Letter::Events { epoch, after, events } => {
                if device.obeys(disk, gateway, epoch, cx) {
                    take(device, disk, gateway, after, &events, cx);
                }
            }
            Letter::Begin { epoch, number } => {
                if device.obeys(disk, gateway, epoch, cx) && device.side().number.is_none() {
                    device.side().number = Some(number);
                    disk.side().number = Some(number);
                }
            }
            Letter::Alive(nth) => {
                if let Some(measured) = &mut device.side().measured {
                    measured.answered(nth, cx.now());
                }
            }
            Letter::Unreliable => {
                if device.host() == gateway {
                    cx.tell(MOVES.one());
                    device.move_on(disk, cx);
                }
            }
            letter => panic!("{from} sent {letter:?} to a device"),
        }
    }

    fn wake(_: &mut Device, _: &mut Disk, timer: Nothing, _: &mut Cx<'_>) {
        match timer {}
    }
}

/// A packet of events came: what is new and follows is taken, and the rest stopped or refused.
fn take(
    device: &mut Device,
    disk: &mut Disk,
    from: GatewayId,
    mut after: Number,
    events: &[Event],
    cx: &mut Cx<'_>,
) {
    let Some(mut number) = device.side().number else { return };
    let store_every = cx.world().strategy.store_every;
    let mut is_gap = false;
    for event in events {
        let before = std::mem::replace(&mut after, event.number);
        if event.number <= number {
            cx.tell(Note::Repeated(event.delivery()));
            continue;
        }
        if before > number {
            is_gap = true;
            break;
        }
        device.show(disk, from, &event.message, event.flags, cx);
        number = event.number;
        let side = device.side();
        side.number = Some(number);
        side.unstored += 1;
        if side.unstored >= store_every {
            side.unstored = 0;
            disk.side().number = Some(number);
        }
    }
    let refused = is_gap && refuses(device.side(), number, cx);
    let word = Numbered::word(device, disk, With::Got, cx);
    let to = cx.world().places.gateway(from);
    device.say(to, Letter::Acked { word, refused }, cx);
}

/// Whether a gap is said: for one number once in a while.
fn refuses(side: &mut Numbered, number: Number, cx: &mut Cx<'_>) -> bool {
    let (now, while_) = (cx.now(), cx.world().clients.send_timeout);
    let said = side.refused.is_some_and(|(it, at)| it == number && now < at + while_);
    if !said {
        cx.tell(GAPS.one());
        side.refused = Some((number, now));
    }
    !said
}

impl Measured {
    fn new(host: GatewayId, epoch: u32) -> Self {
        Measured { host, epoch, open: VecDeque::new(), judged: VecDeque::new() }
    }

    /// Judges those whose time is over. With another host, or a new epoch, it begins anew.
    fn judge(&mut self, host: GatewayId, epoch: u32, cx: &Cx<'_>) {
        if (self.host, self.epoch) != (host, epoch) {
            *self = Measured::new(host, epoch);
        }
        let (now, timeout) = (cx.now(), cx.world().clients.send_timeout);
        while let Some(&(_, sent, answer)) = self.open.front() {
            if sent + timeout > now {
                break;
            }
            self.open.pop_front();
            self.judged.push_back(answer.filter(|&rtt| rtt <= timeout));
            if self.judged.len() > JUDGED {
                self.judged.pop_front();
            }
        }
    }

    fn answered(&mut self, nth: u32, now: Time) {
        if let Some((_, sent, answer)) = self.open.iter_mut().find(|(it, ..)| *it == nth) {
            answer.get_or_insert(now - *sent);
        }
    }

    /// What they measured, once there are enough.
    fn trips(&self) -> Option<Trips> {
        if self.judged.len() < JUDGED {
            return None;
        }
        let answered = self.judged.iter().flatten();
        let count = answered.clone().count();
        let sum: u64 = answered.map(|rtt| rtt.as_nanos()).sum();
        let rtt = (count > 0).then(|| Span::nanos(sum / count as u64));
        Some(Trips { rtt, loss: (JUDGED - count) as f64 / JUDGED as f64 })
    }
}
