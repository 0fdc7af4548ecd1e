//! Contacts by hand: exact instants of meeting, parting, carrying, and of what breaks it off.

mod meeting;

use meeting::scripted::{Act, Line, Log, Script, check, line, play, world, world_on};
use meeting::*;
use penult_sim::*;

fn script(lines: Vec<Line>) -> Script {
    Script { lines, ..Script::default() }
}

fn seen(nodes: usize, rows: &[Row], lines: Vec<Line>) -> Vec<String> {
    play(world(nodes, contacts(rows), script(lines)))
}

fn transfer(to: usize, id: u32, kilobytes: u32) -> Act {
    Act::Transfer { to: meeting::id(to), id, kilobytes }
}

#[test]
fn both_ends_are_told() {
    check(
        &seen(3, &[row(2, 0, 5, 9)], vec![]),
        "5ms n0 & n2 at 8Mbit/s
         5ms n0 met n2
         5ms n2 met n0
         9ms n0 | n2
         9ms n0 parted from n2
         9ms n2 parted from n0",
    );
}
