//! What a scenario expects, put to the summary of a run.

use penult_reports::{Expectation, Metrics, Relation, Summary, Verdict, Wanted, number};
use penult_scenarios::{Condition, Expect, Value};

/// Every expectation, in the order of the file, and what came of it. The fingerprint is the last.
pub fn verdicts(
    expect: &Expect,
    summary: &Summary,
    metrics: &Metrics,
) -> Vec<(Expectation, Verdict)> {
    let flat = summary.flat();
    let fingerprint = expect.fingerprint.iter().map(|wanted| Expectation {
        path: "fingerprint".to_owned(),
        relation: Relation::Equal,
        wanted: Wanted::Text(wanted.clone()),
        typed: wanted.clone(),
    });
    let all = expect.conditions.iter().map(expectation).chain(fingerprint);
    all.map(|expectation| {
        let verdict = expectation.check(&flat, metrics);
        (expectation, verdict)
    })
    .collect()
}

/// Each expectation that is not met: what it is, and why not.
pub fn unmet(expect: &Expect, summary: &Summary, metrics: &Metrics) -> Vec<String> {
    let unmet =
        verdicts(expect, summary, metrics).into_iter().filter_map(|(expectation, verdict)| {
            let path = &expectation.path;
            Some(match verdict {
                Verdict::Met => return None,
                Verdict::Failed { expected, found } => {
                    let beside = in_percent(&expectation, &found);
                    format!("{path} is {found}{beside}, and {expected} is expected")
                }
                Verdict::NoSample => format!("{path} has no sample: it can't be told"),
                Verdict::Lacking => {
                    format!("{path}: the strategy has no such number, so it can't be told")
                }
                Verdict::NoSuchPath { near } => match near.first() {
                    Some(near) => format!("{path} is not in the summary; did you mean {near}?"),
                    None => format!("{path} is not in the summary"),
                },
                verdict @ Verdict::NoShare { .. } => format!("{path}: {verdict}"),
                Verdict::WrongUnit { .. } => format!("{path} is no such quantity"),
            })
        });
    unmet.collect()
}

/// A share that was found, in percent, if that is how it was asked for.
pub fn in_percent(expectation: &Expectation, found: &str) -> String {
    match (&expectation.wanted, found.parse::<f64>()) {
        (Wanted::Share(_), Ok(share)) if share > 0.0 => {
            format!(" ({} %)", number(100.0 * share, 4))
        }
        _ => String::new(),
    }
}

/// A condition as reports check it.
pub fn expectation(condition: &Condition) -> Expectation {
    use penult_scenarios::Relation as Asked;
    Expectation {
        path: condition.path.clone(),
        relation: match condition.relation {
            Asked::Equal => Relation::Equal,
            Asked::NotEqual => Relation::NotEqual,
            Asked::Less => Relation::Less,
            Asked::AtMost => Relation::AtMost,
            Asked::Greater => Relation::Greater,
            Asked::AtLeast => Relation::AtLeast,
        },
        wanted: match condition.value {
            Value::Plain(number) => Wanted::Number(number),
            Value::Time(span) => Wanted::Time(span),
            Value::Share(share) => Wanted::Share(share.fraction()),
            Value::Bytes(bytes) => Wanted::Bytes(bytes),
        },
        typed: condition.typed.clone(),
    }
}
