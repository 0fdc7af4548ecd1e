//! The page says what the tables say: the slowest delivery, and what was lost to what.

use crate::common::*;

/// Cells of a table's column, as they stand in its file.
fn column(table: &str, name: &str) -> Vec<String> {
    let mut lines = table.lines().map(|line| line.split(',').map(str::to_owned));
    let place = lines.next().and_then(|mut header| header.position(|it| it == name));
    let place = place.unwrap_or_else(|| panic!("{name} is a column"));
    lines.map(|mut row| row.nth(place).expect("rows are as long as the header")).collect()
}

#[test]
fn the_slowest_delivery_and_the_losses_are_those_of_the_tables() {
    let mut lost = 0;
    for scenario in all() {
        let folder = tempfile::tempdir().expect("there is room");
        let summary = report(&scenario, folder.path());
        let read =
            |name| std::fs::read_to_string(folder.path().join(name)).expect("it was written");
        let (page, deliveries) = (read("report.html"), read("deliveries.csv"));
        let promised = format!("<h2>What {} promises</h2>", summary.strategy);
        assert!(page.contains(&promised) && page.contains("<li>An accepted message survives "));
        let latencies = column(&deliveries, "latency_ms");
        let number = |text: &String| text.parse::<f64>().ok();
        let slowest = latencies.iter().filter_map(number).fold(0.0, f64::max);
        assert_eq!(Some(slowest), summary.latency.max);
        // Warm-up has rows too, but none of them is slower here. The first of the slowest is named.
        let row = latencies.iter().position(|it| number(it) == Some(slowest)).expect("it is there");
        let (message, recipient) =
            (column(&deliveries, "message"), column(&deliveries, "recipient"));
        let named = format!("The slowest delivery was {} to {}.", message[row], recipient[row]);
        assert!(page.contains(&named), "{named}");
        let phases =
            ["outbox", "network", "cpu", "disk", "detection", "handover", "away", "parked"];
        let of = |phase: &str| number(&column(&deliveries, &format!("{phase}_ms"))[row]);
        let most = phases.into_iter().filter_map(of).fold(0.0, f64::max);
        let answer = page.split_once("<p class=\"answer\">").expect("it has one").1;
        let answer = answer.split_once("</p>").expect("it ends").0;
        let took = answer.split_once("took ").expect("it says so").1;
        // From ten seconds on, four digits of a second.
        let shown = |number: f64| match number {
            short if short < 10_000.0 => short.round(),
            middle if middle < 100_000.0 => (middle / 10.0).round() / 100.0,
            _ => (number / 100.0).round() / 10.0,
        };
        let starts = format!("{} ", shown(slowest));
        assert!(took.starts_with(&starts) && took.contains(&format!("{} ", shown(most))), "{took}");
        let causes = column(&read("losses.csv"), "cause");
        let cells =
            page.split_once("<section class=\"table\" id=\"losses\">").expect("it is there").1;
        let cells = cells.split_once("</section>").expect("it ends").0;
        assert_eq!(cells.matches("<tr>").count().saturating_sub(1), causes.len());
        for cause in &causes {
            assert!(cells.contains(&format!("<td>{cause}(")), "{cause}");
        }
        lost += causes.len();
    }
    assert!(lost > 3, "worlds in which something is lost");
}

/// The blocks of one colour in a plot: where each begins and how wide it is, in quarters of a pixel.
fn blocks(svg: &str, colour: &str) -> Vec<(f64, f64)> {
    let moving = svg.split("<g class=\"moving\">").skip(1);
    let inside = moving.filter_map(|group| group.split_once("</g>")).flat_map(|(it, _)| it.lines());
    let number = |line: &str, name: &str| -> f64 {
        let value = line.split_once(&format!(" {name}=\"")).expect("it has it").1;
        value.split('"').next().and_then(|it| it.parse().ok()).expect("it is a number")
    };
    inside
        .filter(|line| line.starts_with("<rect") && line.contains(colour))
        .map(|line| (number(line, "x"), number(line, "width")))
        .collect()
}

#[test]
fn a_crash_is_drawn_where_it_was_and_the_resync_after_it() {
    let folder = tempfile::tempdir().expect("there is room");
    let summary = report(&last_gateway_crashes(), folder.path());
    let read = |name| std::fs::read_to_string(folder.path().join(name)).expect("it was written");
    // g4 was down from 10 s to 25 s.
    let place = |seconds: f64, left: f64, right: f64| {
        4.0 * (left + (right - left) * seconds / summary.simulated_s)
    };
    let near = |(from, width): (f64, f64), begin: f64, end: f64| {
        (from - begin).abs() <= 1.0 && (from + width - end).abs() <= 1.0
    };
    let lanes = read("failovers.svg");
    let (down, up) = (place(10.0, 70.0, 860.0), place(25.0, 70.0, 860.0));
    let red = blocks(&lanes, "#D55E00");
    assert!(red.len() == 1 && near(red[0], down, up), "{red:?} is not {down} to {up}");
    // Six milliseconds are drawn as wide as can be seen.
    let orange = blocks(&lanes, "#E69F00");
    assert!(
        orange.len() == 1 && near(orange[0], up, up + 6.0),
        "{orange:?} does not begin at {up}"
    );
    let timeline = read("timeline.svg");
    let (down, up) = (place(10.0, 104.0, 936.0), place(25.0, 104.0, 936.0));
    // In its row, and across each of the five parts.
    let bands = blocks(&timeline, "#D55E00");
    assert_eq!(bands.len(), 6);
    assert!(bands.iter().all(|&band| near(band, down, up)), "{bands:?} are not {down} to {up}");
    assert!(timeline.contains(">\ng4\n</text>"));
}
