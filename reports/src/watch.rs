//! The watch: an observer with a ledger and a recorder in it, for runs of any strategy.

use penult_models::{
    Between, Ledger, LedgerOptions, Note, Packet, QueuePlace, ServiceName, Setup, Violations,
};
use penult_sim::{Engine, Node, Observed, Observer, Span, Time};

use crate::bins::{Bins, Course};
use crate::book::Book;
use crate::names::Names;
use crate::outcome::Outcome;
use crate::recorder::Recorder;
use crate::row_files::RowFiles;

/// How closely a run is watched.
#[derive(Clone, Debug)]
pub struct WatchOptions {
    /// How the services are called, by their numbers.
    pub services: Vec<ServiceName>,
    /// At most so many bins of time, of a width that reads well.
    pub bins: usize,
    /// Bins of this width instead: at most [`MOST_BINS`](crate::MOST_BINS) of them.
    pub bin_width: Option<Span>,
    /// How many latencies are kept before they go to a histogram.
    pub whole_sample: usize,
}

impl Default for WatchOptions {
    fn default() -> Self {
        WatchOptions {
            services: vec![ServiceName::only("directory")],
            bins: 100,
            bin_width: None,
            whole_sample: 1_000_000,
        }
    }
}

/// Watches one run. Its memory is bounded by what is in flight, by the number of clients, and by how
/// often something fails or changes its host.
///
/// A run should not end for quiet before its clients stop sending: availability and loads are over that
/// whole time, and faults may yet come. So: first until `ends` whatever happens, then until it is quiet.
#[derive(Debug)]
pub struct Watch {
    ledger: Ledger<Book>,
    recorder: Recorder,
    queued: Course,
    layout: Bins,
    counted: (Time, Time),
}

impl Watch {
    /// Watches a run of this setup; its rows go to `files`.
    ///
    /// # Panics
    ///
    /// If bins of the width asked for would be more than [`MOST_BINS`](crate::MOST_BINS).
    pub fn new(setup: &Setup, options: &WatchOptions, files: RowFiles) -> Watch {
        let places = setup.places();
        let layout = match options.bin_width {
            Some(width) => Bins::of(width, setup.stops),
            None => Bins::at_most(options.bins, setup.stops),
        };
        let ledger = LedgerOptions {
            places,
            services: options.services.clone(),
            gateways_on_disk: setup.gateways.queue == QueuePlace::Disk,
            services_on_disk: true,
            warmup: setup.warmup,
            ends: setup.ends,
        };
        let names = Names { places, services: options.services.clone() };
        let whole = options.whole_sample;
        Watch {
            ledger: Ledger::new(ledger, Book::new(layout, whole, files)),
            recorder: Recorder::new(setup, names, layout, whole),
            // Its peak and its area the ledger knows.
            queued: Course::within(Time::ZERO, Time::ZERO).in_bins(layout),
            layout,
            counted: (setup.warmup, setup.ends),
        }
    }

    /// The ledger, while the run goes on.
    pub fn violations(&self) -> &Violations {
        self.ledger.violations()
    }

    /// The run is over: what came of it.
    pub fn conclude<N, D>(engine: Engine<N, Watch, D>) -> Outcome
    where
        N: Node,
    {
        let (fingerprint, events, ended) = (engine.fingerprint(), engine.events(), engine.now());
        let Watch { mut ledger, mut recorder, mut queued, layout, counted } =
            engine.into_observer();
        ledger.finish(ended);
        queued.reach(ended);
        // However early it stopped: nothing changes after that.
        recorder.attachments.finish(ended.max(counted.1));
        let (totals, costs) = (ledger.totals().clone(), ledger.costs().clone());
        let (copies, queue_bytes) = (ledger.copies().clone(), ledger.queue_bytes().clone());
        let (gateways, violations) = (ledger.gateways().to_vec(), ledger.violations().clone());
        let Book { bins, latency, slowest, tails, settling, losses, lost, files, .. } =
            ledger.into_sink();
        Outcome {
            fingerprint,
            events,
            ended,
            counted,
            totals,
            costs,
            copies,
            queue_bytes,
            gateways,
            violations,
            files,
            latency,
            slowest,
            tails,
            settling,
            losses,
            lost,
            layout,
            bins,
            queued,
            recorder,
        }
    }
}

impl<N, P> Observer<N> for Watch
where
    N: Node<Note = Note, Packet = Packet<P>>,
    P: Between,
{
    // Whoever tells knows what it tells: only one arm is left of this where it is put.
    #[inline(always)]
    fn see(&mut self, at: Time, what: Observed<'_, N>) {
        self.ledger.see(at, what);
        self.recorder.see(at, &what);
        if matches!(what, Observed::Settled) {
            self.queued.set(at, self.ledger.queue_bytes().now());
        }
    }

    fn is_quiet(&self) -> bool {
        Observer::<N>::is_quiet(&self.ledger)
    }
}
