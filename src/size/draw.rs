//! `size.svg`: what each step buys, above what it costs.

use penult_reports::statistics::Estimate;
use plotters::prelude::*;

use super::step::Numbers;
use crate::exit::Failure;

/// A curve: a value with its interval for each step that has one.
struct Curve<'c> {
    name: &'c str,
    colour: RGBColor,
    points: Vec<Option<(f64, f64, f64)>>,
}

const SIZE: (u32, u32) = (720, 900);
const BLUE: RGBColor = RGBColor(0, 90, 160);
const ORANGE: RGBColor = RGBColor(200, 100, 0);

/// Draws all steps; the recommended one is marked.
pub fn draw(
    key: &str,
    values: &[String],
    numbers: &[Numbers],
    recommended: Option<usize>,
) -> Result<String, Failure> {
    let of = |get: &dyn Fn(&Numbers) -> Option<Estimate>| -> Vec<Option<(f64, f64, f64)>> {
        let point = |estimate: Estimate| {
            let (low, high) = estimate.interval.unwrap_or((estimate.mean, estimate.mean));
            (estimate.mean, low.max(0.0), high)
        };
        numbers.iter().map(|of_step| get(of_step).map(point)).collect()
    };
    let loss = numbers.iter().map(|of_step| {
        let (low, high) = of_step.loss.interval;
        of_step.loss.rate.map(|rate| (100.0 * rate, 100.0 * low, 100.0 * high))
    });
    let curve = |name, colour, points| Curve { name, colour, points };
    let panels = [
        ("lost, %", vec![curve("lost", ORANGE, loss.collect())]),
        (
            "latency, ms",
            vec![
                curve("p50", BLUE, of(&|it| it.get("latency.p50"))),
                curve("p99", ORANGE, of(&|it| it.get("latency.p99"))),
            ],
        ),
        (
            "stored at most, bytes",
            vec![curve("stored", BLUE, of(&|it| it.get("cost.queue_bytes_peak")))],
        ),
        (
            "transmissions for each delivery",
            vec![curve("transmissions", BLUE, of(&|it| it.get("cost.transmissions_per_delivery")))],
        ),
    ];
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE).map_err(Failure::input)?;
        let areas = root.split_evenly((panels.len(), 1));
        for (at, ((name, curves), area)) in panels.iter().zip(&areas).enumerate() {
            let key = if at + 1 == panels.len() { key } else { "" };
            panel(area, (key, name), values, curves, recommended).map_err(Failure::input)?;
        }
        root.present().map_err(Failure::input)?;
    }
    Ok(svg)
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn panel(
    area: &Area<'_>,
    (x_name, y_name): (&str, &str),
    values: &[String],
    curves: &[Curve<'_>],
    recommended: Option<usize>,
) -> Result<(), String> {
    let highs = curves.iter().flat_map(|curve| curve.points.iter().flatten().map(|it| it.2));
    let top = highs.fold(0.0, f64::max);
    let top = if top > 0.0 { 1.05 * top } else { 1.0 };
    let last = values.len() as f64 - 0.5;
    let failed = |error: DrawingAreaErrorKind<_>| -> String { format!("size.svg: {error}") };
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .x_label_area_size(34)
        .y_label_area_size(84)
        .build_cartesian_2d(-0.5..last, 0.0..top)
        .map_err(failed)?;
    let label = |x: &f64| {
        let at = x.round();
        let is_step = (x - at).abs() < 1e-6 && at >= 0.0;
        values.get(at as usize).filter(|_| is_step).cloned().unwrap_or_default()
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(2 * values.len() + 1)
        .x_label_formatter(&label)
        .y_labels(5)
        .x_desc(x_name)
        .y_desc(y_name)
        .draw()
        .map_err(failed)?;
    if let Some(at) = recommended {
        let x = at as f64;
        let band = Rectangle::new([(x - 0.4, 0.0), (x + 0.4, top)], GREEN.mix(0.12).filled());
        chart.draw_series([band]).map_err(failed)?;
    }
    for (number, curve) in curves.iter().enumerate() {
        let points =
            || curve.points.iter().enumerate().filter_map(|(at, it)| Some((at as f64, (*it)?)));
        let line = LineSeries::new(points().map(|(x, (y, ..))| (x, y)), &curve.colour);
        chart.draw_series(line).map_err(failed)?;
        let bars = points().map(|(x, (_, low, high))| {
            PathElement::new(vec![(x, low), (x, high)], curve.colour.stroke_width(2))
        });
        chart.draw_series(bars).map_err(failed)?;
        let dots = points().map(|(x, (y, ..))| Circle::new((x, y), 3, curve.colour.filled()));
        chart.draw_series(dots).map_err(failed)?;
        if curves.len() > 1 {
            let style = ("sans-serif", 13).into_font().color(&curve.colour);
            let at = (100 + 40 * number as i32, 14);
            area.draw(&Text::new(curve.name.to_owned(), at, style)).map_err(failed)?;
        }
    }
    Ok(())
}
