//! `report.html` of a comparison: what is established first, then the plot, then the numbers.

use std::fmt::Write;

use super::metrics::Comparison;
use super::numbers::significant;
use super::words::Standing;
use crate::page::html::{Cell, Table};
use crate::page::{foot, head};
use crate::plots::{Canvas, escaped};
use crate::tell::counted;

/// The page; it needs no network.
pub(super) fn page(all: &Comparison, plot: &Canvas) -> String {
    let title = escaped(&all.scenario);
    let mut page = head(&title);
    let _ = write!(
        page,
        "<header>\n<h1>{title}: strategies compared</h1>\n<p class=\"run\">{}, each with {} in the same \
         worlds, from seed {} on. Penult {}.</p>\n</header>\n",
        escaped(&all.strategies.join("; ")),
        counted(all.seeds.len() as u64, "seed", "seeds"),
        all.seeds[0],
        escaped(&all.penult),
    );
    for (number, rival) in all.rivals().iter().enumerate() {
        let against = format!("{rival} against {}", all.reference());
        let _ = write!(page, "<section class=\"rival\">\n<h2>{}</h2>\n", escaped(&against));
        let statements = all.statements(number);
        for standing in Standing::ALL {
            let mut of = statements.iter().filter(|it| it.standing == standing).peekable();
            if of.peek().is_none() {
                continue;
            }
            let _ = write!(page, "<h3>{}</h3>\n<ul>\n", escaped(&heading(standing)));
            for statement in of {
                let _ = writeln!(page, "<li>{}</li>", escaped(&statement.words));
            }
            page.push_str("</ul>\n");
        }
        page.push_str("</section>\n");
    }
    page.push_str("<section id=\"promises\">\n<h2>What each promises</h2>\n");
    for promised in &all.promised {
        let _ = writeln!(page, "<h3>{}</h3>", escaped(promised.strategy));
        page.push_str(&promised.html());
    }
    page.push_str("</section>\n");
    let _ = writeln!(page, "<p class=\"note\">{}</p>", escaped(&all.remarks().join(" ")));
    let _ = write!(
        page,
        "<figure>\n<div class=\"wide\">{}</div>\n<figcaption>{}</figcaption>\n</figure>\n",
        plot.svg(),
        escaped(&plot.says)
    );
    page += &numbers(all).html();
    page + &foot()
}

/// Its name as a heading.
fn heading(standing: Standing) -> String {
    let name = standing.name();
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}

/// Every number that any strategy has.
fn numbers(all: &Comparison) -> Table {
    let mut rows = Vec::new();
    for metric in &all.numbers {
        let is_nothing = |mean: &Option<crate::statistics::Estimate>| {
            mean.is_none_or(|mean| mean.mean.abs() <= 0.0)
        };
        if metric.means.iter().all(is_nothing) {
            continue;
        }
        for (strategy, name) in all.strategies.iter().enumerate() {
            let difference = strategy
                .checked_sub(1)
                .and_then(|rival| metric.differences[rival].as_ref())
                .map(|difference| difference.mean);
            let interval = difference.and_then(|mean| mean.interval);
            let cell = |number: Option<f64>| match number {
                Some(number) => Cell::sorted(significant(number, 5), number),
                None => Cell::sorted("-".to_owned(), f64::MAX),
            };
            rows.push(vec![
                Cell::text(metric.metric.path.to_string()),
                Cell::text(name.clone()),
                cell(metric.means[strategy].map(|mean| mean.mean)),
                cell(difference.map(|mean| mean.mean)),
                cell(interval.map(|it| it.0)),
                cell(interval.map(|it| it.1)),
            ]);
        }
    }
    Table {
        id: "numbers",
        title: "Numbers",
        columns: &["number", "strategy", "#mean", "#less the reference", "#95 % from", "#to"],
        rows,
        note: Some(format!("The reference is {}. The rest is in compare.csv.", all.reference())),
    }
}
