//! `[spaces]`: whether its keys fit together and fit the world.

use penult_models::strategies::spaces::SpaceName;
use penult_sim::Span;

use super::keys::{ClusterBy, Move, Spaces};
use super::{Idle, MOVE, Refusal};
use crate::check::Checks;
use crate::strategies::Policy;
use crate::strategies::shared::PolicyKeys;
use crate::tables::Kind;
use crate::units::written;
use crate::{Client, Scenario};

/// Why there can be no moves where a lead numbers.
const NO_MOVES: &str = "a space that a lead numbers stays where it is";

impl Spaces {
    pub(super) fn check_keys(&self, checks: &mut Checks<'_, '_>) {
        let smallest = self.servers / self.clusters.max(1);
        if self.clusters > 0 && self.replicas > smallest {
            let what = match self.clusters {
                1 => format!("{} replicas, and there are {} servers", self.replicas, self.servers),
                clusters => format!(
                    "{} replicas, and {} servers in {clusters} clusters: {smallest} in the smallest",
                    self.replicas, self.servers
                ),
            };
            let mend = "each cluster has as many servers as a space has replicas, or more";
            let paths = ("spaces.replicas", "spaces.servers");
            checks.contradiction(paths, what, mend, "so many servers");
        }
        if self.lead && self.replicas < 3 {
            let what = format!("a lead of {} replicas", self.replicas);
            let mend = "`replicas` is 3 or more: a lead is elected by a majority that outlives one";
            checks.contradiction(
                ("spaces.lead", "spaces.replicas"),
                what,
                mend,
                "so many replicas",
            );
        }
        if self.lead && self.replace_after.is_some() {
            let mend = "leave one of them out";
            let paths = ("spaces.replace_after", "spaces.lead");
            checks.contradiction(paths, NO_MOVES, mend, "a lead numbers");
        }
        if !(0.0..=1.0).contains(&self.overlap) {
            let what = format!("an overlap of {}", self.overlap);
            checks.error("spaces.overlap", what, "it is a share, from 0 to 1");
        }
        let PolicyKeys { policy, .. } = &*self.policy;
        if *policy == Policy::EveryHop {
            let what = "policy runs once here, at the gateway where a message enters";
            checks.error("spaces.policy", what, "leave it out, or `policy = \"source\"`");
        }
    }

    pub(super) fn check_moves(&self, checks: &mut Checks<'_, '_>) {
        let scenario = checks.scenario();
        let ends = scenario.duration.saturating_add(scenario.drain);
        for (number, it) in scenario.beside::<Vec<Move>>(MOVE).iter().enumerate() {
            let path = |key: &str| format!("{MOVE}.{number}.{key}");
            if it.to >= self.clusters {
                let what = format!("there is no cluster {}", it.to);
                let mend = match self.clusters {
                    1 => "there is cluster 0 alone; more with `clusters` in [spaces]".to_owned(),
                    clusters => format!("there are clusters 0 to {}", clusters - 1),
                };
                checks.error(&path("to"), what, mend);
            }
            if it.at >= ends {
                let what =
                    format!("a move at {}, and the run ends at {}", written(it.at), written(ends));
                checks.error(&path("at"), what, "it is within `duration` and `drain`");
            }
            if self.lead {
                let at = path("space");
                let paths = (at.as_str(), "spaces.lead");
                let mend = "leave the move out, or the lead";
                checks.contradiction(paths, NO_MOVES, mend, "a lead numbers");
            }
            self.check_space(&it.space.0, &path("space"), checks);
        }
    }

    /// Whether there can be a space of this name.
    fn check_space(&self, space: &SpaceName, path: &str, checks: &mut Checks<'_, '_>) {
        let scenario = checks.scenario();
        let is_listed = matches!(scenario.workload.kind, Kind::List | Kind::Recorded(_));
        let conversations = match &scenario.workload.to {
            crate::tables::To::Conversations(it) if !is_listed => Some(it.count),
            _ => None,
        };
        match (space, conversations) {
            (SpaceName::Conversation(number), Some(count)) => {
                if *number >= count {
                    let what = format!("there is no conversation k{number}");
                    let mend = format!("there are k0 to k{}", count.saturating_sub(1));
                    checks.error(path, what, mend);
                }
            }
            (SpaceName::Conversation(_), None) => {
                let mend = "name those who write to each other, as in \"c0+c4\"";
                checks.error(path, "there are no conversations in this workload", mend);
            }
            (SpaceName::Members(_), Some(_)) => {
                let mend = "name a conversation, as in \"k0\"";
                checks.error(path, "the spaces of this workload are its conversations", mend);
            }
            (SpaceName::Members(members), None) => {
                if !members.iter().all(|it| checks.client(Client(it.0), path)) {
                    return;
                }
                let writes = |from: Client, to: &[Client]| {
                    let mut all: Vec<u32> = to.iter().chain([&from]).map(|it| it.0).collect();
                    all.sort_unstable();
                    let asked = members.iter().map(|it| it.0);
                    all.iter().copied().eq(asked.clone())
                        || (scenario.clients.reply_probability.percent > 0.0
                            && members.len() == 2
                            && asked.clone().any(|it| it == from.0)
                            && asked.clone().all(|it| all.contains(&it)))
                };
                let is_listed = scenario.workload.kind == Kind::List;
                if is_listed && !scenario.message.iter().any(|it| writes(it.from, &it.to)) {
                    let mend =
                        "name sender and recipients of a message of the list, numbers ascending";
                    checks.error(path, "nobody writes in this space", mend);
                }
            }
        }
    }

    /// Warns of a time within which no server of the farthest region can answer.
    pub(super) fn check_ack_timeout(&self, checks: &mut Checks<'_, '_>) {
        let (server, scenario) = (&self.server, checks.scenario());
        let mut one_way = server.latency.delay().mean();
        if let Some(regions) = &scenario.regions {
            let names = &scenario.gateways.regions;
            let pairs = names.iter().flat_map(|from| names.iter().map(move |to| (from, to)));
            let apart = pairs.filter_map(|(from, to)| regions.between(from, to));
            let farthest = apart.map(|delay| delay.delay().mean()).max();
            one_way = one_way.saturating_add(farthest.unwrap_or(Span::ZERO));
        }
        let mut round_trip = one_way.saturating_add(one_way);
        round_trip = round_trip.saturating_add(server.cpu.delay().mean());
        if scenario.gateways.queue == crate::tables::Queue::Disk {
            round_trip = round_trip.saturating_add(server.write.delay().mean());
        }
        if self.ack_timeout <= round_trip {
            let what = format!(
                "`ack_timeout` is {}, and the farthest space server answers after {}",
                written(self.ack_timeout),
                written(round_trip)
            );
            let paths = ("spaces.ack_timeout", None);
            checks.warning(paths, what, "every server will look dead: wait longer");
        }
    }

    pub(super) fn refusals(&self, _: &Scenario) -> Vec<Refusal> {
        Vec::new()
    }

    pub(super) fn idle_keys(&self, scenario: &Scenario) -> Vec<Idle> {
        let defaults = Spaces::default();
        let moves = scenario.beside::<Vec<Move>>(MOVE);
        let all = [
            Idle::when(
                self.elect != defaults.elect && !self.lead,
                "spaces.elect",
                "it acts with `lead = true`",
            ),
            Idle::when(
                self.teams != defaults.teams && self.cluster_by != ClusterBy::Team,
                "spaces.teams",
                "it acts with `cluster_by = \"team\"`",
            ),
            Idle::when(
                self.overlap.to_bits() != defaults.overlap.to_bits()
                    && self.cluster_by != ClusterBy::Members,
                "spaces.overlap",
                "it acts with `cluster_by = \"members\"`",
            ),
            Idle::when(
                self.cluster_by != ClusterBy::None && self.clusters == 1,
                "spaces.cluster_by",
                "there is one cluster: it acts with more `clusters`",
            ),
            Idle::when(
                self.clusters > 1 && self.cluster_by == ClusterBy::None && moves.is_empty(),
                "spaces.clusters",
                "all spaces are in the first cluster: say `cluster_by`, or move some",
            ),
            Idle::when(
                self.cluster_by == ClusterBy::Region && scenario.gateways.regions.is_empty(),
                "spaces.cluster_by",
                "there are no regions: all spaces are in the first cluster",
            ),
        ];
        all.into_iter().flatten().collect()
    }
}
