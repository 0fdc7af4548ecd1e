//! Listed messages: their order, their numbers, and what can't be listed.

use penult_models::{Attachment, List, Listed, SendTimes, WorkloadError, WorkloadSpec};

use super::*;

fn message(secs: u64, from: u32, to: &[u32]) -> Listed {
    Listed {
        at: at(secs),
        from: ClientId(from),
        to: to.iter().copied().map(ClientId).collect(),
        bytes: None,
        attachment: None,
        view: None,
        harmful: None,
    }
}

fn spec(messages: &[Listed]) -> WorkloadSpec {
    let list: List = messages.iter().cloned().collect();
    assert_eq!(list.iter().collect::<Vec<_>>(), messages);
    WorkloadSpec { times: SendTimes::List(list), ..Default::default() }
}

#[test]
fn messages_are_numbered_by_instant_and_those_of_one_instant_as_listed() {
    let listed = [
        message(10, 2, &[1, 0]),
        message(5, 1, &[2]),
        message(10, 0, &[2]),
        message(10, 2, &[0]),
        message(0, 2, &[1]),
    ];
    let workload = workload(spec(&listed), 4, at(60));
    let shown = |client| -> Vec<_> {
        let all = sent(&workload, client).into_iter();
        all.map(|draft| {
            let to: Vec<u32> = draft.recipients.as_slice().iter().map(|to| to.0).collect();
            (draft.number.unwrap(), draft.created, to)
        })
        .collect()
    };
    assert_eq!(shown(2), [(0, at(0), vec![1]), (2, at(10), vec![1, 0]), (4, at(10), vec![0])]);
    assert_eq!(shown(1), [(1, at(5), vec![2])]);
    assert_eq!(shown(0), [(3, at(10), vec![2])]);
    assert_eq!(shown(3), []);
    assert!(workload.assumed().is_empty());
}

#[test]
fn what_a_list_leaves_open_is_drawn() {
    let full = Listed {
        bytes: Some(7),
        attachment: Some(8),
        view: Some(Span::secs(9)),
        ..message(1, 0, &[1])
    };
    let spec = WorkloadSpec {
        size: constant(70.0),
        attachment: Some(Attachment { share: 1.0, size: constant(80.0) }),
        view: Some(constant(90e9)),
        harmful: 1.0,
        ..spec(&[full, message(2, 0, &[1])])
    };
    let drafts = sent(&workload(spec, 2, at(60)), 0);
    let shown = |draft: &Draft| (draft.bytes, draft.attachment, draft.view, draft.harmful);
    assert_eq!(shown(&drafts[0]), (7, 8, Span::secs(9), true));
    assert_eq!(shown(&drafts[1]), (70, 80, Span::secs(90), true));
    let plain = sent(&workload(self::spec(&[message(2, 0, &[1])]), 2, at(60)), 0);
    assert_eq!(shown(&plain[0]), (1_024, 0, Span::MAX, false));
}

#[test]
fn what_comes_too_late_is_not_sent_and_that_is_said() {
    let listed = [message(5, 0, &[1]), message(10, 0, &[1]), message(11, 1, &[0])];
    let workload = workload(spec(&listed), 2, at(10));
    assert_eq!((sent(&workload, 0).len(), sent(&workload, 1).len()), (1, 0));
    let said = "2 of 3 listed messages are not sent: users stop sending at 10s";
    assert_eq!(workload.assumed(), [said]);
}

#[test]
fn a_list_goes_on_from_now() {
    let listed = [5, 10, 10, 15].map(|secs| message(secs, 1, &[0]));
    let workload = workload(spec(&listed), 2, at(60));
    for (now, numbers) in [(0, 0..4), (10, 1..4), (11, 3..4), (16, 4..4)] {
        let (mut sending, mut draws) =
            (workload.resume(ClientId(1), at(now)), Streams::new(SEED, 1));
        for number in numbers {
            workload.next(ClientId(1), &mut sending, &mut draws).unwrap();
            let draft = workload.make(ClientId(1), &sending, &mut draws);
            assert_eq!(draft.number, Some(number));
        }
        assert_eq!(workload.next(ClientId(1), &mut sending, &mut draws), None);
    }
}

#[test]
fn messages_that_can_not_be_are_refused() {
    for (wrong, why) in [
        (message(1, 0, &[]), "nobody"),
        (message(1, 0, &[1, 0]), "itself"),
        (message(1, 0, &[2, 1, 2]), "c2 twice"),
        (message(1, 3, &[1]), "c0 … c2"),
        (message(1, 0, &[1, 3]), "no client c3"),
    ] {
        let list = spec(&[message(9, 0, &[1]), wrong]);
        let error = Workload::new(list, 3, at(10), &SEED).map(|_| ()).unwrap_err();
        assert!(matches!(error, WorkloadError::Listed { index: 1, .. }), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}
