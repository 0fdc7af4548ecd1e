//! Penult with one strategy more, `backup`: a client's home keeps what is for it, and the home's first neighbour a
//! second copy, both in memory. A home that returns from a crash gets from there what it lost.

use penult::models::*;
use penult::scenarios::{Scenario, StrategyKeys, table};
use penult::sim::{Ids, NodeId, Span};
use std::collections::{BTreeMap, BTreeSet};

fn main() -> std::process::ExitCode {
    penult::main_with(penult::strategies![Backup])
}

table! {
    /// The keys of the strategy `backup`.
    pub struct Backup {
        /// Whether both must keep a message before its sender is told that it is safe.
        both: bool = true,
    }
}

impl StrategyKeys for Backup {
    type Server = Gateway;
    fn options(&self, _: &Scenario) -> Backup {
        self.clone()
    }
}

/// What gateways say to each other: keep this; I keep it; its recipient has it; I lost all that I kept.
#[derive(Clone, Debug)]
pub enum Word {
    Keep(DeliveryId, std::rc::Rc<Message>),
    Kept(DeliveryId),
    Done(DeliveryId),
    Lost,
}
use Word::{Done, Keep, Kept, Lost};

impl Ids for Word {
    fn ids(&self) -> u64 {
        if let Keep(of, _) | Kept(of) | Done(of) = self { of.key() } else { 0 }
    }
}

impl Between for Word {
    fn message(&self) -> Option<(DeliveryId, &Message)> {
        if let Keep(of, message) = self { Some((*of, message)) } else { None }
    }
}

/// A gateway's memory: what it keeps, all that it ever kept, and who has yet to keep what devices brought.
#[derive(Default)]
pub struct Gateway {
    copies: BTreeMap<DeliveryId, std::rc::Rc<Message>>,
    past: BTreeSet<DeliveryId>,
    asked: BTreeMap<MessageId, (NodeId, Vec<(DeliveryId, NodeId)>)>,
    hosting: Hosting,
}
const RESTORED: OwnCount = OwnCount::new(0);

impl Server for Gateway {
    const NAME: &'static str = "backup";
    const ABOUT: &'static str = "a primary and one backup for each client, both in memory";
    const PROMISES: Promises = Promises {
        survives: "the crash of one of the two that keep it; with `both = false` of none",
        order: "none",
        stores: "in memory at the recipient's home and its first neighbour, until it is received",
    };
    const METRICS: &'static [Own] = &[RESTORED.metric("restored", "copies that homes got back")];
    type Options = Backup;
    type Disk = ();
    type Packet = Word;
    type Timer = Unacknowledged;
    type Device = Client<Self>;

    fn needs(_: &Backup) -> Needs {
        Needs { list: 2, roams: false, queue_at_gateways: false, ..Needs::default() }
    }
    fn new_disk(_: NodeId, _: &World<Backup>) {}
    fn start((): &mut (), _: &mut Cx<'_, Self>) -> Self {
        Gateway::default()
    }
    fn recover((): &mut (), cx: &mut Cx<'_, Self>) -> Self {
        cx.world().gateways_beside(cx.node()).for_each(|it| cx.send(it, Packet::Between(Lost)));
        Gateway::default()
    }

    fn hear(&mut self, disk: &mut (), from: ClientId, up: Up, cx: &mut Cx<'_, Self>) {
        let (world, device) = (cx.world(), cx.world().places.client(from));
        match up {
            Up::Submit(message) => {
                let keepers = |of: DeliveryId| world.nodes_of(of.recipient).map(move |it| (of, it));
                let asked: Vec<_> = message.deliveries().flat_map(keepers).collect();
                self.asked.insert(message.id, (device, asked.clone()));
                for (of, keeper) in asked {
                    self.say(disk, keeper, Keep(of, message.clone()), cx);
                }
            }
            Up::Got(of, _) => world.nodes_of(from).for_each(|it| self.say(disk, it, Done(of), cx)),
            Up::Keepalive(_) => cx.send(device, Packet::Down(Down::Alive)),
            Up::Bye => return self.hosting.left(from, cx),
            _ => unreachable!("no device looks for another host"),
        }
        self.hosting.heard(from, false, cx);
    }

    fn receive(&mut self, disk: &mut (), from: NodeId, word: Word, cx: &mut Cx<'_, Self>) {
        let (world, me) = (cx.world(), cx.node());
        let is_home = |of: DeliveryId, node| world.nodes_of(of.recipient).next() == Some(node);
        match word {
            Keep(of, message) => {
                if self.past.insert(of) {
                    cx.tell(Note::Kept(of));
                    cx.tell(Note::Stored { delivery: of, disk: Span::ZERO });
                    if is_home(of, me) {
                        let to = (of.recipient, FIRST_EPOCH);
                        self.hosting.hand_over(message.clone(), Flags::default(), to, cx);
                    }
                    self.copies.insert(of, message);
                } else if is_home(of, me) && !self.copies.contains_key(&of) {
                    world.nodes_of(of.recipient).for_each(|it| self.say(disk, it, Done(of), cx));
                }
                self.say(disk, from, Kept(of), cx);
            }
            Kept(of) => {
                let Some((device, asked)) = self.asked.get_mut(&of.message) else { return };
                asked.retain(|&(it, by)| it != of || world.strategy.both && by != from);
                if asked.is_empty() {
                    cx.send(*device, Packet::Down(Down::Accepted(of.message)));
                    self.asked.remove(&of.message);
                }
            }
            Done(of) => {
                self.hosting.acknowledged(of, cx);
                if self.copies.remove(&of).is_some() {
                    cx.tell(Note::Dropped(of, Drop::Done));
                }
            }
            Lost => {
                for (of, message) in self.copies.iter().filter(|(of, _)| is_home(**of, from)) {
                    cx.send(from, Packet::Between(Keep(*of, message.clone())));
                    cx.tell(RESTORED.one());
                }
            }
        }
    }

    fn wake(&mut self, (): &mut (), timer: Unacknowledged, cx: &mut Cx<'_, Self>) {
        self.hosting.unacknowledged(timer, cx);
    }
}
