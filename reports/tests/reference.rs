//! `docs/reports.md` says of every number what the program knows of it.

use std::fmt::Write;
use std::path::Path;

use penult_models::strategies::{self, WithServers};
use penult_models::*;
use penult_reports::Players;

const BEGINS: &str = "<!-- Numbers, as the program knows them: BLESS=1 cargo test -p penult-reports writes them. -->\n";
const ENDS: &str = "<!-- That was all of them. -->\n";

/// Tables and columns that only some strategies have.
#[derive(Default)]
struct Own(String);

impl WithServers for Own {
    fn with<S: Server>(&mut self) {
        for (column, _) in S::TIMELINE {
            let _ = writeln!(
                self.0,
                "- `timeline.csv` of `{}`: `{column}`, the mean over the bin",
                S::NAME
            );
        }
        for table in S::TABLES {
            let columns: Vec<String> = table.columns.iter().map(|it| format!("`{it}`")).collect();
            let _ = writeln!(
                self.0,
                "- `{}` of `{}`, a row for each {}: {}",
                table.file,
                S::NAME,
                table.about,
                columns.join(", ")
            );
        }
    }
}

fn generated() -> String {
    let mut text =
        String::from("| number | unit | better | seeds | what it is |\n|---|---|---|---|---|\n");
    for Metric { path, about, unit, better, fold, .. } in Players::built_in().metrics().all() {
        let better = better.map_or("", |better| better.name());
        let (unit, fold) = (unit.name(), fold.name());
        let _ = writeln!(text, "| `{path}` | {unit} | {better} | {fold} | {about} |");
    }
    let names =
        |names: Vec<&str>| names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    let causes = names(CauseKind::ALL.iter().map(|it| it.name()).collect());
    let phases = names(Phase::ALL.iter().map(|it| it.name()).collect());
    let _ = writeln!(text, "\nCauses are {causes}. Phases are {phases}.");
    let mut own = Own::default();
    strategies::each(&mut own);
    if !own.0.is_empty() {
        let _ = write!(text, "\nTables and columns of strategies' own:\n\n{}", own.0);
    }
    text
}

#[test]
fn the_page_has_every_number() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reports.md");
    let page = std::fs::read_to_string(&path).expect("it is there");
    let (before, rest) = page.split_once(BEGINS).expect("it says where they begin");
    let (there, after) = rest.split_once(ENDS).expect("it says where they end");
    let wanted = format!("\n{}\n", generated());
    if std::env::var_os("BLESS").is_some() {
        let page = format!("{before}{BEGINS}{wanted}{ENDS}{after}");
        return std::fs::write(&path, page).expect("it can be written");
    }
    let line = there.lines().zip(wanted.lines()).find(|(was, now)| was != now);
    let again = "BLESS=1 cargo test -p penult-reports --test all reference writes it anew";
    assert!(there == wanted, "docs/reports.md has other numbers, first {line:?}: {again}");
}
