//! What a sweep runs: its points in their order, the seed of each run, and all that its results depend on.

use std::path::Path;

use penult_reports::Summary;
use penult_scenarios::{Bytes, Expect, Loaded, Overrides, Scenario, Sweep};
use sha2::{Digest, Sha256};

use super::journal::{Place, hex};
use crate::exit::Failure;
use crate::known::known;

/// What a sweep runs.
pub struct Plan {
    /// The keys that it varies.
    pub axes: Vec<String>,
    /// The values of each point.
    pub points: Vec<Vec<toml::Value>>,
    /// How often each point is run.
    pub replications: u32,
    /// All that the results depend on: equal texts mean equal results.
    pub text: String,
    seed: u64,
}

impl Plan {
    /// The plan of a scenario's `[sweep]`.
    pub fn of(loaded: &Loaded, file: &Path, replications: Option<u32>) -> Result<Plan, Failure> {
        let scenario = &loaded.scenario;
        let sweep = &scenario.sweep;
        let file_name = file.display();
        if sweep.axes.is_empty() {
            let mend = "add a table [sweep] with lists of values, as in \"chain.length\" = [1, 2, 3], or \
                        ask for them: --vary chain.length=1..3";
            return Err(Failure::input(format!("{file_name} varies nothing: {mend}")));
        }
        let points = sweep.points();
        // All points name the same keys, in the same order.
        let axes = points[0].iter().map(|(path, _)| (*path).to_owned()).collect();
        let values = |point: Vec<(&str, &toml::Value)>| -> Vec<toml::Value> {
            point.into_iter().map(|(_, value)| value.clone()).collect()
        };
        Ok(Plan {
            axes,
            replications: replications.unwrap_or(sweep.replications),
            text: text(scenario, file.parent().unwrap_or(Path::new(""))),
            seed: scenario.seed,
            points: points.into_iter().map(values).collect(),
        })
    }

    /// How many runs there are.
    pub fn runs(&self) -> u64 {
        self.points.len() as u64 * u64::from(self.replications)
    }

    /// Whether a run is one of them.
    pub fn has(&self, place: Place) -> bool {
        place.replication < self.replications && (place.point as usize) < self.points.len()
    }

    /// The seed of a run: of its place alone, so that it is the same whoever runs it, and however many
    /// runs there are of each point.
    pub fn seed(&self, place: Place) -> u64 {
        let point = mixed(self.seed ^ mixed(u64::from(place.point)));
        // Tables are read as signed numbers, also by others.
        mixed(point ^ mixed(u64::from(place.replication) | 1 << 32)) >> 1
    }

    /// What a point changes in the scenario.
    pub fn overrides(&self, point: u32) -> Overrides {
        let mut overrides = Overrides::none();
        for (path, value) in self.axes.iter().zip(&self.points[point as usize]) {
            overrides.set(path, value);
        }
        overrides
    }

    /// A point in words: `chain.length = 3, clients.count = 10`.
    pub fn name(&self, point: u32) -> String {
        let values = self.axes.iter().zip(&self.points[point as usize]);
        let named: Vec<String> =
            values.map(|(path, value)| format!("{path} = {}", shown(value))).collect();
        named.join(", ")
    }
}

/// A value as it stands in a table.
pub fn shown(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// SplitMix64's last step: each number to another one, near ones far apart.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// All that decides about the rows: the version, the columns, the scenario and its files. How often each point
/// is run does not: more replications go on where fewer ended. What is expected does not either,
/// nor how much memory a run may need.
fn text(scenario: &Scenario, folder: &Path) -> String {
    let sweep = Sweep { replications: 1, ..scenario.sweep.clone() };
    let files = sweep.axes.iter().flat_map(|axis| axis.values.iter().flat_map(names));
    let files: Vec<String> = files
        .filter_map(|name| {
            let bytes = std::fs::read(folder.join(name)).ok()?;
            Some(format!("# {name}: {}\n", hex(&Sha256::digest(bytes))))
        })
        .collect();
    let memory_limit = Bytes(u64::MAX);
    let scenario = Scenario { sweep, expect: Expect::default(), memory_limit, ..scenario.clone() };
    let of_all = Summary::metrics().map(|metric| metric.path.as_ref());
    let names: Vec<&str> = strategies(&scenario).collect();
    let own = known().players.metrics().all().map(|metric| metric.path.as_ref());
    let own = own.filter(|path| names.iter().any(|it| path.split('.').next() == Some(it)));
    let columns: Vec<&str> = of_all.chain(own).collect();
    let version = env!("CARGO_PKG_VERSION");
    format!("# penult {version}\n{}{}# {}\n", scenario.to_toml(), files.concat(), columns.join(" "))
}

/// The strategies that a sweep runs, by their names.
fn strategies(scenario: &Scenario) -> impl Iterator<Item = &str> {
    let axes = scenario.sweep.axes.iter().filter(|axis| axis.path == "strategy");
    let varied = axes.flat_map(|axis| axis.values.iter().flat_map(names));
    std::iter::once(scenario.strategy.word()).chain(varied)
}

/// All texts in a value: some may name files.
fn names(value: &toml::Value) -> Vec<&str> {
    match value {
        toml::Value::String(text) => vec![text],
        toml::Value::Array(list) => list.iter().flat_map(names).collect(),
        toml::Value::Table(table) => table.iter().flat_map(|(_, value)| names(value)).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use penult_scenarios::{InMemory, read};

    use super::*;

    fn plan(sweep: &str) -> Plan {
        let text = format!(
            "title = \"x\"\nduration = \"1s\"\ngateways.count = 5\nclients.count = 2\n\
             workload = {{ kind = \"poisson\", rate = \"1/s\" }}\n[sweep]\n{sweep}"
        );
        let loaded = read("x.toml", text.as_bytes(), &Overrides::none(), &InMemory::default());
        Plan::of(&loaded.expect("it is well formed"), Path::new("x.toml"), None).unwrap()
    }

    fn names_of(plan: &Plan) -> Vec<String> {
        (0..plan.points.len() as u32).map(|point| plan.name(point)).collect()
    }

    #[test]
    fn products_ranges_and_what_goes_together() {
        let product = plan("\"chain.length\" = [1, 2]\n\"gateways.latency\" = [\"1ms\", \"2ms\"]");
        let wanted = [
            "chain.length = 1, gateways.latency = 1ms",
            "chain.length = 1, gateways.latency = 2ms",
            "chain.length = 2, gateways.latency = 1ms",
            "chain.length = 2, gateways.latency = 2ms",
        ];
        assert_eq!(names_of(&product), wanted);
        let ranges = plan(
            "\"gateways.latency\" = { from = \"1ms\", to = \"2ms\", steps = 3 }\n\
             \"workload.rate\" = { from = \"0.1/s\", to = \"10/s\", factor = 10 }\n\
             \"chain.length\" = [1, 2, 3]\nzip = [[\"gateways.latency\", \"chain.length\"]]",
        );
        let wanted = [
            "gateways.latency = 1ms, chain.length = 1, workload.rate = 0.1/s",
            "gateways.latency = 1ms, chain.length = 1, workload.rate = 1/s",
            "gateways.latency = 1ms, chain.length = 1, workload.rate = 10/s",
            "gateways.latency = 1.5ms, chain.length = 2, workload.rate = 0.1/s",
            "gateways.latency = 1.5ms, chain.length = 2, workload.rate = 1/s",
            "gateways.latency = 1.5ms, chain.length = 2, workload.rate = 10/s",
            "gateways.latency = 2ms, chain.length = 3, workload.rate = 0.1/s",
            "gateways.latency = 2ms, chain.length = 3, workload.rate = 1/s",
            "gateways.latency = 2ms, chain.length = 3, workload.rate = 10/s",
        ];
        assert_eq!(names_of(&ranges), wanted);
    }

    #[test]
    fn seeds_are_of_places_and_differ() {
        let plan = plan("\"chain.length\" = [1, 2, 3]\nreplications = 5");
        let mut seeds: Vec<u64> = (0..100)
            .flat_map(|point| (0..100).map(move |replication| Place { point, replication }))
            .map(|place| plan.seed(place))
            .collect();
        // Written down: who goes on with a sweep of an earlier version has these.
        assert_eq!(seeds[0], FIRST_SEED);
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), 10_000);
    }

    const FIRST_SEED: u64 = 8_141_426_203_694_117_141;

    #[test]
    fn what_results_depend_on_and_what_not() {
        let text = |sweep: &str| plan(sweep).text;
        let one = text("\"chain.length\" = [1, 2]\nreplications = 5");
        assert_eq!(one, text("\"chain.length\" = [1, 2] # the same\nreplications = 9"));
        assert_ne!(one, text("\"chain.length\" = [1, 3]"));
    }
}
