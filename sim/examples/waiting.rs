//! How long packets wait for a link, against what queueing theory says: a table and a plot.
//!
//! A Poisson source feeds a link of 1 Mbit/s. With packets of exponential size it is the queue M/M/1,
//! with packets of one size M/D/1. `cargo run --release -p penult-sim --example waiting` draws
//! `out/waiting.svg`.

use penult_sim::*;
use plotters::prelude::*;

type Failed = Box<dyn std::error::Error>;

const MEAN_BYTES: f64 = 125_000.0; // a second on this link
const GAPS: Purpose = Purpose::of_models(0);
const SIZES: Purpose = Purpose::of_models(1);

/// Feeds the link at a load, if it is the node that sends.
struct Source;

struct World {
    load: f64,
    sizes: Distribution,
    sender: NodeId,
    receiver: NodeId,
}

#[derive(Clone)]
struct Block(u32);

impl Ids for Block {
    fn ids(&self) -> u64 {
        self.0.into()
    }
}

impl Packet for Block {
    fn bytes(&self) -> u32 {
        self.0
    }
}

impl Node for Source {
    type World = World;
    type Disk = ();
    type Packet = Block;
    type Timer = ();
    type Note = ();

    fn new_disk(_: NodeId, _: &World) {}

    fn start((): &mut (), cx: &mut Context<'_, Self>) -> Self {
        if cx.node() == cx.world().sender {
            Self::wait(cx);
        }
        Source
    }

    fn receive(&mut self, (): &mut (), _: NodeId, _: Block, _: &mut Context<'_, Self>) {}

    fn wake(&mut self, (): &mut (), (): (), cx: &mut Context<'_, Self>) {
        let bytes = cx.world().sizes.sample(&mut cx.draw(SIZES)).round() as u32;
        cx.send(cx.world().receiver, Block(bytes));
        Self::wait(cx);
    }
}

impl Source {
    fn wait(cx: &mut Context<'_, Self>) {
        let gap = Distribution::exponential(1.0 / cx.world().load).expect("a load is above zero");
        let seconds = gap.sample(&mut cx.draw(GAPS));
        cx.set_timer(Span::from_secs_f64(seconds), ());
    }
}

/// Sums up how long packets waited before their turn came.
#[derive(Default)]
struct Waits {
    total: f64,
    count: f64,
}

impl Observer<Source> for Waits {
    fn see(&mut self, _: Time, what: Observed<'_, Source>) {
        if let Observed::Received(block) = what {
            let sojourn = (block.arrived - block.sent).as_secs_f64();
            self.total += sojourn - f64::from(block.packet.bytes()) / MEAN_BYTES;
            self.count += 1.0;
        }
    }
}

/// The mean wait at a load, in mean service times, over some 300,000 packets.
fn simulated(load: f64, sizes: Distribution) -> Result<f64, Failed> {
    let mut network = Network::new();
    let [sender, receiver] = [(); 2].map(|()| network.add_node(&NodeSpec::default()));
    let bandwidth = Bandwidth::bits_per_second(1_000_000);
    network.add_link(sender, receiver, &LinkSpec { bandwidth, ..LinkSpec::default() });
    let world = World { load, sizes, sender, receiver };
    let mut engine = Engine::new(Seed::new(1), network, world).observed_by(Waits::default());
    engine.run(&Limits::until(Time::ZERO + Span::from_secs_f64(300_000.0 / load)))?;
    let waits = engine.observer();
    Ok(waits.total / waits.count)
}

fn main() -> Result<(), Failed> {
    let loads = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
    let mm1 = |load: f64| load / (1.0 - load);
    let md1 = |load: f64| load / (2.0 * (1.0 - load));
    let (mut random, mut fixed) = (Vec::new(), Vec::new());
    println!("load   M/M/1 theory  simulated   M/D/1 theory  simulated");
    for load in loads {
        random.push((load, simulated(load, Distribution::exponential(MEAN_BYTES)?)?));
        fixed.push((load, simulated(load, Distribution::constant(MEAN_BYTES)?)?));
        let (a, b) = (random[random.len() - 1].1, fixed[fixed.len() - 1].1);
        println!("{load:.1} {:15.4} {a:10.4} {:14.4} {b:10.4}", mm1(load), md1(load));
    }

    std::fs::create_dir_all("out")?;
    let area = SVGBackend::new("out/waiting.svg", (720, 420)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(16)
        .caption("Waiting for a link: theory (lines) and simulation (dots)", ("sans-serif", 18))
        .x_label_area_size(40)
        .y_label_area_size(56)
        .build_cartesian_2d(0.0..1.0, 0.0..10.0)?;
    let mesh = &mut chart.configure_mesh();
    mesh.x_desc("load").y_desc("mean wait, in mean service times").max_light_lines(0).draw()?;
    let curve = |theory: fn(f64) -> f64| {
        (0..=180).map(move |x| (f64::from(x) / 200.0, theory(f64::from(x) / 200.0)))
    };
    let (blue, orange) = (RGBColor(0, 114, 178), RGBColor(213, 94, 0));
    for (name, theory, points, colour) in [
        ("M/M/1: packets of exponential size", mm1 as fn(f64) -> f64, random, blue),
        ("M/D/1: packets of one size", md1, fixed, orange),
    ] {
        chart.draw_series(LineSeries::new(curve(theory), colour.stroke_width(2)))?;
        let dots = points.into_iter().map(|point| Circle::new(point, 4, colour.filled()));
        let legend = move |(x, y)| Circle::new((x + 10, y), 4, colour.filled());
        chart.draw_series(dots)?.label(name).legend(legend);
    }
    let legend = &mut chart.configure_series_labels();
    legend
        .position(SeriesLabelPosition::UpperLeft)
        .margin(12)
        .label_font(("sans-serif", 14))
        .draw()?;
    area.present()?;
    println!("drawn: out/waiting.svg");
    Ok(())
}
