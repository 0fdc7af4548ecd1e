//! What moves what: nothing but what it is about.

use penult_models::{Attachment, Bursts, Conversations, Diurnal, SendTimes, To, WorkloadSpec};
use penult_sim::Distribution;

use super::*;

fn varied() -> WorkloadSpec {
    WorkloadSpec {
        times: SendTimes::Poisson { rate: 1.0 },
        to: To::Uniform,
        recipients: Distribution::uniform(1.0, 4.0).unwrap(),
        size: Distribution::exponential(2_000.0).unwrap(),
        attachment: Some(Attachment { share: 0.5, size: Distribution::exponential(1e6).unwrap() }),
        view: Some(Distribution::exponential(5e9).unwrap()),
        harmful: 0.1,
    }
}

type Part = fn(&mut Draft);
type Change = fn(&mut WorkloadSpec);

const RECIPIENTS: Part = |draft| draft.recipients = penult_models::Recipients::One(ClientId(0));
const BYTES: Part = |draft| draft.bytes = 0;
const ATTACHMENT: Part = |draft| draft.attachment = 0;
const VIEW: Part = |draft| draft.view = Span::ZERO;
const HARMFUL: Part = |draft| draft.harmful = false;

/// A change of the spec, and the only part of messages that it may move.
#[test]
fn each_change_moves_its_own_part_only() {
    let drafts = |spec| sent(&workload(spec, 20, at(200)), 5);
    let was = drafts(varied());
    assert!(was.len() > 100);
    let changes: [(Change, Part); 11] = [
        (|spec| spec.recipients = constant(1.0), RECIPIENTS),
        (|spec| spec.recipients = Distribution::uniform(1.0, 9.0).unwrap(), RECIPIENTS),
        (|spec| spec.to = To::Zipf { exponent: 1.0 }, RECIPIENTS),
        (|spec| spec.size = constant(1.0), BYTES),
        (|spec| spec.size = Distribution::uniform(1.0, 2.0).unwrap(), BYTES),
        (|spec| spec.attachment = None, ATTACHMENT),
        (|spec| spec.attachment.as_mut().unwrap().share = 1.0, ATTACHMENT),
        (|spec| spec.view = None, VIEW),
        (|spec| spec.view = Some(Distribution::uniform(1.0, 2.0).unwrap()), VIEW),
        (|spec| spec.harmful = 0.0, HARMFUL),
        (|spec| spec.harmful = 1.0, HARMFUL),
    ];
    for (number, (change, part)) in changes.into_iter().enumerate() {
        let mut spec = varied();
        change(&mut spec);
        let (mut was, mut now) = (was.clone(), drafts(spec));
        assert_ne!(was, now, "change {number}");
        was.iter_mut().chain(&mut now).for_each(part);
        assert_eq!(was, now, "change {number}");
    }
}

/// A message that has an attachment with a small share has the same with a larger.
#[test]
fn shares_only_add() {
    let drafts = |share, harmful| {
        let mut spec = WorkloadSpec { harmful, ..varied() };
        spec.attachment.as_mut().unwrap().share = share;
        sent(&workload(spec, 20, at(200)), 5)
    };
    let (few, many) = (drafts(0.2, 0.1), drafts(0.6, 0.7));
    for (few, many) in few.iter().zip(&many) {
        assert!(few.attachment == 0 || few.attachment == many.attachment);
        assert!(!few.harmful || many.harmful);
    }
    let count = |drafts: &[Draft]| drafts.iter().filter(|draft| draft.attachment > 0).count();
    assert!(count(&few) < count(&many) && count(&many) < few.len());
}

#[test]
fn one_more_client_moves_nobody_elses_instants() {
    let bursts = Bursts {
        every: Distribution::exponential(5e9).unwrap(),
        count: Distribution::uniform(1.0, 5.0).unwrap(),
        spacing: Distribution::exponential(1e8).unwrap(),
    };
    for times in [
        SendTimes::Poisson { rate: 1.0 },
        SendTimes::Periodic { rate: 1.0 },
        SendTimes::Bursts(bursts),
    ] {
        let spec = || WorkloadSpec { times: times.clone(), ..varied() };
        let (few, more) = (workload(spec(), 10, at(100)), workload(spec(), 11, at(100)));
        for client in 0..10 {
            let (mut few, mut more) = (sent(&few, client), sent(&more, client));
            few.iter_mut().chain(&mut more).for_each(RECIPIENTS);
            assert_eq!(few, more);
        }
    }
}

/// A longer run begins like the shorter, and a longer time to send adds at its end.
#[test]
fn a_later_end_only_adds() {
    let (short, long) = (workload(varied(), 10, at(50)), workload(varied(), 10, at(100)));
    for client in 0..10 {
        let (short, long) = (sent(&short, client), sent(&long, client));
        assert!(long.starts_with(&short) && long[short.len()].created >= at(50));
    }
}

#[test]
fn sizes_are_cut_where_they_could_not_be_counted() {
    let huge = || Distribution::pareto(1e9, 0.001).unwrap();
    let attachment = Some(Attachment { share: 1.0, size: huge() });
    let spec = WorkloadSpec { size: huge(), attachment, ..varied() };
    for draft in sent(&workload(spec, 2, at(100)), 0) {
        assert!(draft.bytes.checked_add(draft.attachment).is_some());
    }
}

#[test]
fn workloads_can_be_built_in_one_thread_and_run_in_another() {
    fn shared<T: Send + Sync>() {}
    shared::<Workload>();
    shared::<WorkloadSpec>();
}

/// The first messages of a few workloads, to the nanosecond: they are part of every result, whatever the
/// platform and the build. If they are meant to move, the changelog says so.
#[test]
fn messages_stay_where_they_are() {
    let bursts = Bursts {
        every: Distribution::exponential(5e9).unwrap(),
        count: Distribution::uniform(1.0, 5.0).unwrap(),
        spacing: Distribution::exponential(1e8).unwrap(),
    };
    let day =
        Diurnal { rate: 1e-4, period: Span::secs(86_400), peak_at: Span::secs(50_400), swing: 0.8 };
    let conversations = Conversations { count: 30, members: constant(4.0) };
    for (times, to, expected) in [
        (SendTimes::Poisson { rate: 1.0 }, To::Uniform, GOLDEN_POISSON),
        (SendTimes::Bursts(bursts), To::Zipf { exponent: 1.0 }, GOLDEN_BURSTS),
        (SendTimes::Diurnal(day), To::Conversations(conversations), GOLDEN_DIURNAL),
    ] {
        let workload = workload(WorkloadSpec { times, to, ..varied() }, 20, at(40_000));
        let shown: Vec<String> = sent(&workload, 5).iter().take(3).map(shown).collect();
        assert_eq!(shown, expected);
    }
}

fn shown(draft: &Draft) -> String {
    let Draft { created, recipients, bytes, attachment, view, harmful, .. } = draft;
    format!("{created} {:?} {bytes} {attachment} {view} {harmful}", recipients.as_slice())
}

const GOLDEN_POISSON: [&str; 3] = [
    "503.971476ms [c1, c13, c16] 708 0 1.420656409s false",
    "1.17933947s [c4, c6, c16] 801 168522 1.5571129s false",
    "2.042762033s [c8, c19] 3328 987727 3.517449959s false",
];
const GOLDEN_BURSTS: [&str; 3] = [
    "2.51985738s [c0, c4, c12] 708 0 1.420656409s false",
    "2.606199636s [c0, c1, c12] 801 168522 1.5571129s false",
    "2.622256857s [c1, c19] 3328 987727 3.517449959s false",
];
const GOLDEN_DIURNAL: [&str; 3] = [
    "18709.858493645s [c0, c7, c16] 708 0 1.420656409s false",
    "28286.922495239s [c2, c7, c10] 801 168522 1.5571129s false",
    "35607.917720593s [c8, c13, c17] 3328 987727 3.517449959s false",
];
