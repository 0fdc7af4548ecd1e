//! What users send.

use penult_models::{
    Attachment, Bursts, ClientId, Conversations, Diurnal, List, Listed, SendTimes, To, WorkloadSpec,
};

use crate::tables::{self, Kind, Scenario};
use crate::units::Varying;

/// The workload of a scenario.
pub(super) fn workload(scenario: &Scenario, harmful: f64) -> WorkloadSpec {
    let workload = &scenario.workload;
    let rate = workload.rate.map_or(0.0, |rate| rate.per_second);
    let times = match &workload.kind {
        Kind::Poisson => SendTimes::Poisson { rate },
        Kind::Periodic => SendTimes::Periodic { rate },
        Kind::Bursts => {
            let bursts = workload.bursts.as_ref().expect("bursts were checked to be there");
            SendTimes::Bursts(Bursts {
                every: bursts.every.distribution(),
                count: bursts.count.distribution(),
                spacing: bursts.spacing.distribution(),
            })
        }
        Kind::Diurnal => {
            let diurnal = workload.diurnal.as_ref().expect("defaults were filled in");
            SendTimes::Diurnal(Diurnal {
                rate,
                period: diurnal.period,
                peak_at: diurnal.peak_at,
                swing: diurnal.swing.fraction(),
            })
        }
        Kind::List => SendTimes::List(scenario.message.iter().map(listed).collect::<List>()),
        Kind::Recorded(recorded) => {
            SendTimes::List(recorded.messages.iter().map(replayed).collect::<List>())
        }
    };
    WorkloadSpec {
        times,
        to: match &workload.to {
            tables::To::Uniform => To::Uniform,
            tables::To::Zipf { exponent } => To::Zipf { exponent: *exponent },
            tables::To::Conversations(conversations) => To::Conversations(Conversations {
                count: conversations.count,
                members: conversations.members.distribution(),
            }),
        },
        recipients: workload.recipients.distribution(),
        size: workload.size.distribution(),
        attachment: workload.attachment.as_ref().map(|attachment| Attachment {
            share: attachment.share.fraction(),
            size: attachment.size.distribution(),
        }),
        view: workload.view.as_ref().map(Varying::distribution),
        harmful,
    }
}

fn listed(message: &tables::Message) -> Listed {
    Listed {
        at: message.at,
        from: ClientId(message.from.0),
        to: message.to.iter().map(|to| ClientId(to.0)).collect(),
        bytes: Some(message.size.0 as u32),
        attachment: Some(message.attachment.0 as u32),
        view: message.view,
        harmful: message.harmful,
    }
}

fn replayed(message: &tables::RecordedMessage) -> Listed {
    Listed {
        at: message.at,
        from: ClientId(message.from.0),
        to: message.to.iter().map(|to| ClientId(to.0)).collect(),
        bytes: message.bytes.map(|bytes| bytes.0 as u32),
        attachment: None,
        view: None,
        harmful: None,
    }
}
