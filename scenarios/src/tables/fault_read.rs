//! From the keys of a `[[fault]]` to what breaks and when.

use penult_sim::{FailureTrace, Span, Time};

use super::fault::{Fault, Process, Recorded, Slow, Struck, What, When};
use super::{Direction, DiskFate, FaultKeys, Who};
use crate::complaint::Complaint;
use crate::files::FileName;
use crate::names::NodeName;
use crate::reading::Reading;
use crate::reading::document::{Entry, Item, Table};
use crate::reading::reader::listed;
use crate::units::Varying;

const WHATS: [&str; 6] = ["crash", "region", "link", "partition", "slow", "offline"];
const WHENS: [&str; 4] = ["at", "mtbf", "file", "when"];
const WORSE: [&str; 6] = ["latency", "bandwidth", "cpu", "loss", "duplicate", "corrupt"];

/// Which keys stand beside which only.
const BESIDE: &[(&[&str], &[&str])] = &[
    (&["disk"], &["crash", "file"]),
    (&["direction"], &["link"]),
    (&WORSE, &["slow"]),
    (&["for"], &["at", "when"]),
    (&["mttr", "together", "from", "until"], &["mtbf"]),
    (&["map"], &["file"]),
    (&["after"], &["when"]),
];

/// What a fault's keys mean; nothing after a complaint. `before`: how many complaints there were before
/// its keys were read.
pub(super) fn understand(
    item: &Item,
    keys: FaultKeys,
    before: usize,
    cx: &mut Reading<'_>,
) -> Option<Fault> {
    let table = item.as_table()?;
    let beside = keys_beside(table, cx);
    let what =
        one_of(item, table, &WHATS, "what breaks", beside || table.get("file").is_some(), cx);
    let when = one_of(item, table, &WHENS, "when it breaks", beside, cx);
    if let Some(entry) = what.filter(|_| when.is_some_and(|when| when.key == "file"))
        && keys.offline != Some(Who::Clients)
    {
        let mend =
            "leave it out: the file says which nodes; only `offline = \"clients\"` may stand here";
        let complaint =
            Complaint::error(entry.key_at, format!("`{}` beside `file`", entry.key), mend);
        cx.complain(complaint.also(when?.key_at, "the file"));
    }
    // A key that could not be read leaves nothing to say about the whole.
    if cx.complaints.list.len() > before {
        return None;
    }
    let understood = match what.map_or("crash", |entry| entry.key.as_str()) {
        "region" => What::Region(keys.region?),
        "link" => {
            let at = table.get("link")?.item.at;
            let [one, other] = ends(keys.link.as_deref()?, at, cx)?;
            What::Link { ends: (one, other), direction: keys.direction.unwrap_or(Direction::Both) }
        }
        "partition" => What::Partition(keys.partition?),
        "slow" => {
            if !WORSE.iter().any(|key| table.get(key).is_some()) {
                let mend = format!("say how much: {}", listed(&WORSE));
                cx.error(table.get("slow")?.key_at, "`slow` by nothing", mend);
                return None;
            }
            let slow = Slow {
                latency: keys.latency,
                bandwidth: keys.bandwidth,
                cpu: keys.cpu,
                loss: keys.loss,
                duplicate: keys.duplicate,
                corrupt: keys.corrupt,
            };
            What::Slow { target: keys.slow?, slow }
        }
        "offline" if keys.file.is_some() => What::Offline(Who::Recorded),
        "offline" => {
            let who = keys.offline?;
            let devices = match &who {
                Who::Clients => true,
                Who::Nodes(nodes) => nodes.iter().all(|it| matches!(it, NodeName::Client(_))),
                _ => false,
            };
            if !devices {
                let mend = "only clients go offline, as in \"c2\", [\"c2\", \"c3\"] or \"clients\"";
                cx.error(table.get("offline")?.item.at, "`offline` is not a client", mend);
                return None;
            }
            What::Offline(who)
        }
        _ => {
            let disk = keys.disk.unwrap_or(DiskFate::Kept);
            What::Crash { who: keys.crash.unwrap_or(Who::Recorded), disk }
        }
    };
    let when = match when?.key.as_str() {
        "at" => When::Once { at: keys.at?, lasts: keys.lasts },
        "mtbf" => {
            let Some(mttr) = keys.mttr else {
                let at = table.get("mtbf")?.key_at;
                cx.error(
                    at,
                    "`mtbf` without `mttr`",
                    "say how long a repair takes: mttr = \"30s\"",
                );
                return None;
            };
            let mtbf = match keys.mtbf? {
                Varying::Constant(mean) => Varying::Exponential(mean),
                varying => varying,
            };
            let (from, until) = (keys.from.unwrap_or(Time::ZERO), keys.until);
            if until.is_some_and(|until| until <= from) {
                let until = table.get("until")?.item.at;
                let mut complaint =
                    Complaint::error(until, "nothing can fail", "`until` is after `from`");
                if let Some(entry) = table.get("from") {
                    complaint = complaint.also(entry.item.at, "it begins here");
                }
                cx.complain(complaint);
                return None;
            }
            When::Process(Process { mtbf, mttr, together: keys.together, from, until })
        }
        "file" => {
            let map = keys.map.unwrap_or_default();
            When::Recorded(read_trace(
                &table.get("file")?.item,
                map,
                matches!(understood, What::Offline(_)),
                cx,
            )?)
        }
        _ => When::Triggered {
            trigger: keys.when?,
            after: keys.after.unwrap_or(Span::ZERO),
            lasts: keys.lasts,
        },
    };
    Some(Fault { what: understood, when })
}

/// Complains about keys that have no meaning without another; says whether there are any.
fn keys_beside(table: &Table, cx: &mut Reading<'_>) -> bool {
    let mut found = false;
    for (keys, hosts) in BESIDE {
        for entry in keys.iter().filter_map(|key| table.get(key)) {
            if !hosts.iter().any(|host| table.get(host).is_some()) {
                let what =
                    format!("`{}` without {}", entry.key, listed(hosts).replace(" and ", " or "));
                let hosts: Vec<_> = hosts.iter().map(|host| format!("`{host}`")).collect();
                let mend = format!("it stands beside {} only", hosts.join(" or "));
                cx.error(entry.key_at, what, mend);
                found = true;
            }
        }
    }
    found
}

/// The one of these keys that the table has. `forgiven`: that there is none is not worth a complaint.
fn one_of<'t>(
    item: &Item,
    table: &'t Table,
    keys: &[&str],
    what: &str,
    forgiven: bool,
    cx: &mut Reading<'_>,
) -> Option<&'t Entry> {
    let mut given: Vec<&Entry> = keys.iter().filter_map(|key| table.get(key)).collect();
    given.sort_by_key(|entry| entry.key_at);
    match given.as_slice() {
        [] if forgiven => {}
        [] => {
            let mend = format!("add one of {}", listed(keys));
            cx.error(item.at, format!("this fault does not say {what}"), mend);
        }
        [first, second, ..] => {
            let complaint = Complaint::error(
                second.key_at,
                format!("this fault says twice {what}: `{}` and `{}`", first.key, second.key),
                "make two faults of it",
            );
            cx.complain(complaint.also(first.key_at, "the first"));
        }
        [_] => {}
    }
    given.first().copied()
}

fn ends(nodes: &[NodeName], at: crate::At, cx: &mut Reading<'_>) -> Option<[NodeName; 2]> {
    match nodes {
        [one, other] if one == other => {
            cx.error(at, format!("{one} has no link with itself"), "name two nodes");
            None
        }
        [one, other] => Some([*one, *other]),
        _ => {
            let what = format!("`link` has {} ends", nodes.len());
            cx.error(at, what, "a link has two ends, as in [\"g0\", \"g1\"]");
            None
        }
    }
}

fn read_trace(
    item: &Item,
    map: std::collections::BTreeMap<String, NodeName>,
    devices: bool,
    cx: &mut Reading<'_>,
) -> Option<Recorded> {
    let (file, text) = FileName::open(item, cx)?;
    let trace = match FailureTrace::from_csv(&text.text) {
        Ok(trace) => trace,
        Err(error) => {
            cx.error_in_file(&text, error.line, &error.message, item.at);
            return None;
        }
    };
    cx.assumed.extend(trace.assumed.iter().map(|it| format!("{}: {it}", file.path)));
    let mut struck = Vec::with_capacity(trace.outages.len());
    for outage in &trace.outages {
        let node = map.get(&outage.node).copied().or_else(|| NodeName::parse(&outage.node));
        let Some(node) = node else {
            let name = &outage.node;
            let what = format!("{:?} names the node {name:?}", file.path);
            let mend = format!("say who that is here: map = {{ {name:?} = \"g0\" }}");
            cx.error(item.at, what, mend);
            return None;
        };
        if devices && !matches!(node, NodeName::Client(_)) {
            let what = format!("{:?} has {node} go offline", file.path);
            cx.error(item.at, what, "only clients go offline");
            return None;
        }
        struck.push(Struck { node, down: outage.down, up: outage.up });
    }
    Some(Recorded { file, map, struck })
}
