//! `report.html`: one page that needs no network. The answer first, then plots and tables, then the scenario
//! as it ran and the command that repeats it.

pub(crate) mod html;
mod numbers;
pub(crate) mod sentence;
mod tables;

use std::fmt::Write;

use crate::plots::{Canvas, escaped};
use crate::seen::Seen;
use crate::tell::{counted, decimal};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Of a scenario so much is shown at most, in bytes: one may list ten thousand faults.
const MOST_SCENARIO: usize = 200_000;
/// And of what had to be assumed, so many.
const MOST_ASSUMED: usize = 200;

/// The page of a run: its plots, and the scenario as it was understood, if there is one.
pub(crate) fn page(seen: &Seen<'_>, plots: &[Canvas], scenario: Option<&str>) -> String {
    let title = escaped(&seen.name.scenario);
    let mut page = head(&title);
    let summary = seen.summary;
    let _ = write!(
        page,
        "<header>\n<h1>{title}</h1>\n<p class=\"answer\">{}</p>\n<p class=\"run\">{}, seed {}; {} s simulated, \
         {}. Penult {}.</p>\n</header>\n",
        escaped(&sentence::sentence(seen)),
        escaped(&seen.name.strategy),
        seen.name.seed,
        decimal(summary.simulated_s, 3),
        counted(summary.messages, "message", "messages"),
        escaped(&summary.penult),
    );
    for plot in plots {
        let _ = write!(
            page,
            "<figure>\n<div class=\"wide\">{}</div>\n<figcaption>{}</figcaption>\n</figure>\n",
            plot.svg(),
            escaped(&plot.says)
        );
    }
    let first = [
        numbers::fates(seen),
        numbers::latencies(seen),
        tables::causes(seen),
        tables::losses(seen),
        tables::handovers(seen),
        numbers::cost(seen),
    ];
    let last = [tables::gateways(seen), tables::faults(seen)];
    for table in first.into_iter().chain(numbers::own(seen)).chain(last) {
        page += &table.html();
    }
    let _ = write!(
        page,
        "<section id=\"promises\">\n<h2>What {} promises</h2>\n{}</section>\n",
        escaped(seen.promised.strategy),
        seen.promised.html()
    );
    assumed(&mut page, &summary.assumed);
    if let Some(scenario) = scenario {
        ran(&mut page, scenario);
    }
    let _ = write!(
        page,
        "<section id=\"fingerprint\">\n<h2>Fingerprint</h2>\n<p><code>{}</code></p>\n<p class=\"note\">Equal \
         ones mean equal runs, event by event.</p>\n</section>\n",
        escaped(&summary.fingerprint)
    );
    page + &foot()
}

/// How a page begins; the title is escaped already.
pub(crate) fn head(title: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n\
         <title>{title}</title>\n<link rel=\"icon\" href=\"data:,\">\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
    )
}

/// How it ends.
pub(crate) fn foot() -> String {
    format!("</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n")
}

/// What had to be assumed about the scenario and its files.
fn assumed(page: &mut String, assumed: &[String]) {
    if assumed.is_empty() {
        return;
    }
    page.push_str("<section id=\"assumed\">\n<h2>What had to be assumed</h2>\n<ul>\n");
    for said in assumed.iter().take(MOST_ASSUMED) {
        let _ = writeln!(page, "<li>{}</li>", escaped(said));
    }
    page.push_str("</ul>\n");
    if assumed.len() > MOST_ASSUMED {
        let _ = writeln!(
            page,
            "<p class=\"note\">The first {MOST_ASSUMED} of {}. The rest is in summary.json.</p>",
            assumed.len()
        );
    }
    page.push_str("</section>\n");
}

/// The scenario with every default, and how to run it again.
fn ran(page: &mut String, scenario: &str) {
    let mut end = scenario.len().min(MOST_SCENARIO);
    while !scenario.is_char_boundary(end) {
        end -= 1;
    }
    let shown = &scenario[..end];
    page.push_str("<section id=\"scenario\">\n<h2>The scenario as it ran</h2>\n");
    page.push_str(
        "<p>Every default is filled in. In the folder of this report this repeats the run:</p>\n",
    );
    page.push_str("<p><code id=\"again\">penult run scenario.toml</code></p>\n");
    let _ = write!(
        page,
        "<details open>\n<summary>scenario.toml</summary>\n<pre>{}</pre>\n",
        escaped(shown)
    );
    page.push_str("</details>\n");
    if end < scenario.len() {
        page.push_str("<p class=\"note\">It is longer: the rest is in scenario.toml.</p>\n");
    }
    page.push_str("</section>\n");
}
