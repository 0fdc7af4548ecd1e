//! A strategy for tests that has numbers, columns and tables of its own. Its gateways count: each ticks three times after
//! it began, once a second, and takes no message in.

use penult_models::{Packet, *};
use penult_sim::*;

/// Its table.
#[derive(Clone, Debug)]
pub struct CountingOptions {
    /// What gateways are called in turn.
    pub kinds: Vec<String>,
}

/// A gateway: which row is its own, and how often it ticked.
pub struct Counting {
    row: u32,
    ticks: u64,
}

const BEGUN: OwnCount = OwnCount::new(0);
const TICKS: OwnCount = OwnCount::new(1);
const PRICE: OwnCount = OwnCount::new(2);
const UP: OwnLevel = OwnLevel::in_memory(0);
const EVER: OwnLevel = OwnLevel::new(1);
const DEAD: OwnLevel = OwnLevel::new(2);
const FINISHED: OwnLevel = OwnLevel::new(3);
const TOOK: OwnSample = OwnSample::of_times(0);
const SIZE: OwnSample = OwnSample::of_sizes(1);
const NEVER: OwnSample = OwnSample::of_times(2);

const LIVES: OwnTable = OwnTable::new(
    0,
    "lives.csv",
    "life of a gateway",
    &["gateway", "client", "began_s", "ended_s", "ticks", "last_ms", "end"],
)
.ended_by_a_crash("ended_s", "end");
const GATEWAY: OwnColumn = LIVES.column("gateway");
const CLIENT: OwnColumn = LIVES.column("client");
const BEGAN: OwnColumn = LIVES.column("began_s");
const ENDED: OwnColumn = LIVES.column("ended_s");
const COUNTED: OwnColumn = LIVES.column("ticks");
const LAST: OwnColumn = LIVES.column("last_ms");
const END: OwnColumn = LIVES.column("end");

/// What it tells its watcher: a gateway ticked three times.
const DONE: u16 = 7;

impl Counting {
    fn begin(cx: &mut Cx<'_, Self>) -> Self {
        let row = cx.label(2) as u32;
        cx.tell(BEGUN.one());
        cx.tell(UP.rise(2));
        cx.tell(UP.fall(1));
        cx.tell(EVER.rise(1));
        cx.tell(GATEWAY.cell(row, cx.node()));
        cx.tell(CLIENT.cell(row, ClientId(row)));
        cx.tell(BEGAN.cell(row, cx.now()));
        cx.set_background_timer(Span::secs(1), MemberTimer::Server(()));
        Counting { row, ticks: 0 }
    }
}

impl Server for Counting {
    const NAME: &'static str = "counting";
    const ABOUT: &'static str = "gateways that count";
    const PROMISES: Promises =
        Promises { survives: "nothing", order: "none", stores: "nothing anywhere" };
    const METRICS: &'static [Own] = &[
        BEGUN.metric("begun", "lives that began"),
        TICKS.metric("kinds.<kind>.ticks", "ticks of gateways of a kind").more(),
        PRICE.millionths("price", "what ticks cost").less(),
        UP.peak("up.peak", "gateways that live at one time, at most"),
        UP.mean("up.mean", "gateways that live, on average"),
        UP.seconds("up_s", "time that gateways live, summed over them"),
        EVER.peak("ever.peak", "lives so far, at most"),
        DEAD.peak("dead.peak", "gateways that are dead at one time, at most").less(),
        FINISHED.peak("finished", "lives in which it ticked three times"),
        DEAD.seconds("dead_s", "time that gateways are dead, summed over them").less(),
        TOOK.stats(
            "took",
            "what a tick took",
            &[
                Stat::Count,
                Stat::Mean,
                Stat::P50,
                Stat::P90,
                Stat::P95,
                Stat::P99,
                Stat::P999,
                Stat::Max,
            ],
        ),
        TOOK.stat("took_s", "what all ticks took", Stat::Sum).in_unit(Unit::Seconds),
        SIZE.stats("size", "how large a tick was", &[Stat::P50, Stat::Mean, Stat::Sum, Stat::Max]),
        NEVER.stats(
            "never",
            "what never happened",
            &[Stat::Count, Stat::P50, Stat::Mean, Stat::Max],
        ),
        Own::computed("dead_share", "time that gateways are dead, of all their time", |all| {
            let (up, dead) = (all.seconds(UP), all.seconds(DEAD));
            (up + dead > 0.0).then(|| dead / (up + dead))
        })
        .in_unit(Unit::Share)
        .less(),
        Own::computed("nothing", "something that nobody knows", |_| None),
    ];
    const TIMELINE: &'static [(&'static str, OwnLevel)] = &[("up", UP), ("dead", DEAD)];
    const TABLES: &'static [OwnTable] = &[LIVES];

    type Options = CountingOptions;
    type Disk = ();
    type Packet = Silence;
    type Timer = ();
    type Device = Client<Self>;

    fn members(family: &str, options: &CountingOptions) -> Vec<String> {
        assert_eq!(family, "kind");
        options.kinds.clone()
    }

    fn watcher(world: &World<CountingOptions>) -> Option<Box<dyn Watcher>> {
        Some(Box::new(Deaths { gateways: world.places.gateways, dead: 0, done: 0 }))
    }

    fn new_disk(_: NodeId, _: &World<CountingOptions>) {}

    fn start((): &mut (), cx: &mut Cx<'_, Self>) -> Self {
        Self::begin(cx)
    }

    fn hear(&mut self, (): &mut (), from: ClientId, up: Up, cx: &mut Cx<'_, Self>) {
        if let Up::Submit(message) = up {
            let device = cx.world().places.client(from);
            cx.send(device, Packet::Down(Down::Refused(message.id)));
        }
    }

    fn receive(&mut self, (): &mut (), _: NodeId, silence: Silence, _: &mut Cx<'_, Self>) {
        match silence {}
    }

    fn wake(&mut self, (): &mut (), (): (), cx: &mut Cx<'_, Self>) {
        self.ticks += 1;
        let kinds = cx.world().strategy.kinds.len() as u32;
        let took = Span::millis(10 * self.ticks);
        cx.tell(TICKS.of((cx.node().raw() % kinds) as u16).one());
        cx.tell(PRICE.add(300_000));
        cx.tell(TOOK.took(took));
        cx.tell(SIZE.was(self.ticks));
        cx.tell(COUNTED.cell(self.row, self.ticks));
        cx.tell(LAST.cell(self.row, took));
        if self.ticks < 3 {
            cx.set_background_timer(Span::secs(1), MemberTimer::Server(()));
        } else {
            cx.tell(seen(DONE, cx.node().raw(), self.ticks));
            if cx.node().raw() == 0 {
                cx.tell(ENDED.cell(self.row, cx.now()));
                cx.tell(END.cell(self.row, &"done"));
            }
        }
    }
}

/// How many gateways are dead: none of them can know.
#[derive(Debug)]
struct Deaths {
    gateways: u32,
    dead: u64,
    done: u64,
}

impl Watcher for Deaths {
    fn see(&mut self, _: Time, what: Sight, tell: &mut dyn FnMut(Note)) {
        match what {
            Sight::Down(node) if node.raw() < self.gateways => self.dead += 1,
            Sight::Up(node) if node.raw() < self.gateways => self.dead -= 1,
            Sight::Told(_, OwnNote::Seen(DONE, _, ticks)) => {
                self.done += 1;
                assert_eq!(ticks, 3);
            }
            _ => return,
        }
        tell(DEAD.stands(self.dead));
        tell(FINISHED.stands(self.done));
    }
}

/// What gateways say to each other: nothing.
#[derive(Clone, Debug)]
pub enum Silence {}

impl Ids for Silence {
    fn ids(&self) -> u64 {
        match *self {}
    }
}

impl Between for Silence {}
