//! From the keys of a `[[fault]]` to what breaks and when.

use penult_sim::{FailureTrace, Span, Time};

use super::fault::{Fault, Process, Recorded, Slow, Struck, What, When};
use super::{Direction, DiskFate, FaultKeys, Who};
use crate::complaint::Complaint;
use crate::files::FileName;
use crate::names::NodeName;
use crate::nearest;
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

/// What of a fault could be read: the rest is checked although something beside it is broken.
pub(crate) struct Half {
    /// What breaks.
    pub(crate) what: Option<What>,
    /// When. Of a random process only its instants and how many fail at once are to be looked at.
    pub(crate) when: Option<When>,
}

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
    let forgiven = beside || table.get("file").is_some() || is_misspelt(table, &WHATS, cx);
    let what = one_of(item, table, &WHATS, "what breaks", forgiven, cx);
    let forgiven = beside || is_misspelt(table, &WHENS, cx);
    let when = one_of(item, table, &WHENS, "when it breaks", forgiven, cx);
    let by_file = when.filter(|when| when.key == "file");
    if let (Some(entry), Some(file)) = (what, by_file)
        && keys.offline != Some(Who::Clients)
    {
        let mend =
            "leave it out: the file says which nodes; only `offline = \"clients\"` may stand here";
        let complaint =
            Complaint::error(entry.key_at, format!("`{}` beside `file`", entry.key), mend);
        cx.complain(complaint.also(file.key_at, "the file"));
    }
    let what = match what {
        Some(entry) => what_breaks(entry, table, &keys, cx),
        None => by_file.and(Some(crash(&keys))),
    };
    let devices = matches!(what, Some(What::Offline(_)));
    let when = when.and_then(|entry| when_it_breaks(entry, table, keys, devices, cx));
    if cx.complained > before {
        // With this, nobody looks at the whole.
        cx.faults.push(Some(Half { what, when }));
        return None;
    }
    cx.faults.push(None);
    Some(Fault { what: what?, when: when? })
}

/// What breaks, by the key that says it. A key that could not be read leaves nothing to say.
fn what_breaks(
    entry: &Entry,
    table: &Table,
    keys: &FaultKeys,
    cx: &mut Reading<'_>,
) -> Option<What> {
    Some(match entry.key.as_str() {
        "region" => What::Region(keys.region.clone()?),
        "link" => {
            let [one, other] = ends(keys.link.as_deref()?, entry.item.at, cx)?;
            What::Link { ends: (one, other), direction: keys.direction.unwrap_or(Direction::Both) }
        }
        "partition" => What::Partition(keys.partition.clone()?),
        "slow" => {
            let is_worse = WORSE.iter().any(|key| table.get(key).is_some());
            if !is_worse && !is_misspelt(table, &WORSE, cx) {
                let mend = format!("say how much: {}", listed(&WORSE));
                cx.error(entry.key_at, "`slow` by nothing", mend);
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
            let who = keys.offline.clone()?;
            let devices = match &who {
                Who::Clients => true,
                Who::Nodes(nodes) => nodes.iter().all(|it| matches!(it, NodeName::Client(_))),
                _ => false,
            };
            if !devices {
                // A name that can't be read is perhaps that of a client.
                if !cx.broken([entry.item.at]) {
                    let mend =
                        "only clients go offline, as in \"c2\", [\"c2\", \"c3\"] or \"clients\"";
                    cx.error(entry.item.at, "`offline` is not a client", mend);
                }
                return None;
            }
            What::Offline(who)
        }
        _ => match keys.crash {
            None if keys.file.is_none() => return None,
            _ => crash(keys),
        },
    })
}

fn crash(keys: &FaultKeys) -> What {
    let disk = keys.disk.unwrap_or(DiskFate::Kept);
    What::Crash { who: keys.crash.clone().unwrap_or(Who::Recorded), disk }
}

/// When it breaks, by the key that says it. `devices`: whether it is devices that go offline.
fn when_it_breaks(
    entry: &Entry,
    table: &Table,
    keys: FaultKeys,
    devices: bool,
    cx: &mut Reading<'_>,
) -> Option<When> {
    Some(match entry.key.as_str() {
        "at" => When::Once { at: keys.at?, lasts: keys.lasts },
        "mtbf" => {
            if table.get("mttr").is_none() && !is_misspelt(table, &["mttr"], cx) {
                let mend = "say how long a repair takes: mttr = \"30s\"";
                cx.error(entry.key_at, "`mtbf` without `mttr`", mend);
            }
            let mtbf = match keys.mtbf.unwrap_or_default() {
                Varying::Constant(mean) => Varying::Exponential(mean),
                varying => varying,
            };
            let (from, until) = (keys.from.unwrap_or(Time::ZERO), keys.until);
            if until.is_some_and(|until| until <= from)
                && let Some(end) = table.get("until")
            {
                let begins = table.get("from").map(|from| from.item.at);
                if !cx.broken(begins) {
                    let what = "nothing can fail";
                    let mut complaint =
                        Complaint::error(end.item.at, what, "`until` is after `from`");
                    complaint.also.extend(begins.map(|at| (at, "it begins here".to_owned())));
                    cx.complain(complaint);
                }
            }
            let mttr = keys.mttr.unwrap_or_default();
            When::Process(Process { mtbf, mttr, together: keys.together, from, until })
        }
        "file" => {
            // Without what the nodes are called here, nothing can be said of their names.
            if cx.broken(table.get("map").map(|map| map.item.at)) {
                return None;
            }
            let map = keys.map.unwrap_or_default();
            When::Recorded(read_trace(&entry.item, map, devices, cx)?)
        }
        _ => When::Triggered {
            trigger: keys.when?,
            after: keys.after.unwrap_or(Span::ZERO),
            lasts: keys.lasts,
        },
    })
}

/// Complains about keys that have no meaning without another; says whether there are any.
fn keys_beside(table: &Table, cx: &mut Reading<'_>) -> bool {
    let mut found = false;
    for (keys, hosts) in BESIDE {
        if is_misspelt(table, hosts, cx) {
            continue;
        }
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

/// Whether a key that is unknown was probably meant for one of these.
fn is_misspelt(table: &Table, keys: &[&str], cx: &Reading<'_>) -> bool {
    let all = || WHATS.iter().chain(&WHENS).chain(BESIDE.iter().flat_map(|(keys, _)| *keys));
    let unknown = table.entries().iter().filter(|entry| cx.broken([entry.key_at]));
    let meant = unknown.filter_map(|entry| nearest(&entry.key, all().copied()));
    meant.into_iter().any(|key| keys.contains(&key))
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
        let named = || NodeName::parse(&outage.node, &cx.strategies);
        let node = map.get(&outage.node).copied().or_else(named);
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
