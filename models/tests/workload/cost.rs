//! What a message costs. Not a check; to see it:
//!
//! ```text
//! cargo test --release -p penult-models --test all -- --ignored --nocapture what_a_message_costs
//! ```

use std::hint::black_box;

use penult_models::{
    Attachment, Bursts, Conversations, Diurnal, List, Listed, SendTimes, To, WorkloadSpec,
};
use penult_sim::Distribution;

use super::*;

const CLIENTS: u32 = 100_000;

/// Nanoseconds for each message, with each client's streams at hand.
#[expect(clippy::disallowed_methods, reason = "it measures what a run costs, not what is in it")]
fn cost(spec: WorkloadSpec) -> f64 {
    let workload = workload(spec, CLIENTS, Time::NEVER);
    let mut clients: Vec<(Sending, Streams)> = (0..CLIENTS)
        .map(|client| (Sending::default(), Streams::new(SEED, client.into())))
        .collect();
    let mut fastest = f64::INFINITY;
    for _ in 0..30 {
        let (begun, mut messages) = (std::time::Instant::now(), 0);
        for (client, (sending, draws)) in (0..100).zip(&mut clients) {
            for _ in 0..1_000 {
                if workload.next(ClientId(client), sending, draws).is_some() {
                    black_box(workload.make(ClientId(client), sending, draws));
                    messages += 1;
                }
            }
        }
        if messages > 0 {
            fastest = fastest.min(begun.elapsed().as_nanos() as f64 / f64::from(messages));
        }
    }
    fastest
}

#[test]
#[ignore = "it measures, and only a release build says something"]
fn what_a_message_costs() {
    let rate = 0.1;
    let plain = || WorkloadSpec { times: SendTimes::Poisson { rate }, ..Default::default() };
    let times = |times| WorkloadSpec { times, ..plain() };
    let to = |to| WorkloadSpec { to, ..plain() };
    let exponential = |mean| Distribution::exponential(mean).unwrap();
    let bursts = Bursts { every: exponential(60e9), count: constant(10.0), spacing: constant(1e9) };
    let day = |rate| Diurnal {
        rate,
        period: Span::secs(86_400),
        peak_at: Span::secs(50_400),
        swing: 0.8,
    };
    let listed = |n: u32| Listed {
        at: at(u64::from(n)),
        from: ClientId(n % 100),
        to: vec![ClientId(n % 100 + 1)],
        bytes: Some(1_024),
        attachment: Some(0),
        view: Some(Span::MAX),
        harmful: None,
    };
    let list: List = (0..1_000_000).map(listed).collect();
    let conversations = Conversations { count: CLIENTS, members: constant(5.0) };
    let all = WorkloadSpec {
        size: exponential(1e3),
        attachment: Some(Attachment { share: 0.1, size: exponential(1e6) }),
        view: Some(exponential(1e9)),
        harmful: 0.01,
        ..plain()
    };
    let count = |recipients| WorkloadSpec { recipients, ..plain() };
    for (name, spec) in [
        ("poisson, one recipient, constant size", plain()),
        ("periodic", times(SendTimes::Periodic { rate })),
        ("bursts", times(SendTimes::Bursts(bursts))),
        ("diurnal, many a day", times(SendTimes::Diurnal(day(rate)))),
        ("diurnal, one in three days", times(SendTimes::Diurnal(day(4e-6)))),
        ("list", times(SendTimes::List(list))),
        ("zipf", to(To::Zipf { exponent: 1.0 })),
        ("conversations of 5", to(To::Conversations(conversations))),
        ("3 recipients", count(constant(3.0))),
        ("100 recipients", count(constant(100.0))),
        ("size, attachment, view, harm all drawn", all),
    ] {
        println!("{name:<40} {:>8.1} ns", cost(spec));
    }
}
