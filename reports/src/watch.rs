//! The watch: an observer with a ledger and a recorder in it, for runs of any strategy.

use penult_models::{Between, DeviceWord, Ledger, Note, Packet, Setup, Violations, Watcher};
use penult_sim::{Engine, Node, Observed, Observer, Span, Time};

use crate::bins::{Bins, Course};
use crate::book::Book;
use crate::names::Names;
use crate::outcome::Outcome;
use crate::own::OwnBook;
use crate::promised::Promised;
use crate::recorder::Recorder;
use crate::row_files::RowFiles;

/// How closely a run is watched.
#[derive(Clone, Debug)]
pub struct WatchOptions {
    /// At most so many bins of time, of a width that reads well.
    pub bins: usize,
    /// Bins of this width instead: at most [`MOST_BINS`](crate::MOST_BINS) of them.
    pub bin_width: Option<Span>,
    /// How many latencies are kept before they go to a histogram.
    pub whole_sample: usize,
}

impl Default for WatchOptions {
    fn default() -> Self {
        WatchOptions { bins: 100, bin_width: None, whole_sample: 1_000_000 }
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
    own: OwnBook,
    queued: Course,
    layout: Bins,
    counted: (Time, Time),
    promised: Promised,
}

impl Watch {
    /// Watches a run of this setup; its rows go to `files`.
    ///
    /// # Panics
    ///
    /// If bins of the width asked for would be more than [`MOST_BINS`](crate::MOST_BINS).
    pub fn new(setup: &Setup, options: &WatchOptions, files: RowFiles) -> Watch {
        let layout = match options.bin_width {
            Some(width) => Bins::of(width, setup.stops),
            None => Bins::at_most(options.bins, setup.stops),
        };
        let whole = options.whole_sample;
        Watch {
            ledger: Ledger::new(setup.ledger_options(), Book::new(layout, whole, files)),
            recorder: Recorder::new(setup, Names::of_setup(setup), layout, whole),
            own: OwnBook::new(setup, layout, whole),
            // Its peak and its area the ledger knows.
            queued: Course::within(Time::ZERO, Time::ZERO).in_bins(layout),
            layout,
            counted: (setup.warmup, setup.ends),
            promised: Promised::of(setup),
        }
    }

    /// This one looks too, for the strategy's own numbers.
    #[must_use]
    pub fn watched_by(mut self, watcher: Option<Box<dyn Watcher>>) -> Watch {
        self.own.watched_by(watcher);
        self
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
        let Watch { mut ledger, mut recorder, own, mut queued, layout, counted, promised } =
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
            own: own.conclude(ended, recorder.names()),
            recorder,
            promised,
        }
    }
}

impl<N, P, W> Observer<N> for Watch
where
    N: Node<Note = Note, Packet = Packet<P, W>>,
    P: Between,
    W: DeviceWord,
{
    // Whoever tells knows what it tells: only one arm is left of this where it is put.
    #[inline(always)]
    fn see(&mut self, at: Time, what: Observed<'_, N>) {
        self.ledger.see(at, what);
        self.recorder.see(at, &what);
        self.own.see(at, &what);
        if matches!(what, Observed::Settled) {
            self.queued.set(at, self.ledger.queue_bytes().now());
        }
    }

    fn is_quiet(&self) -> bool {
        Observer::<N>::is_quiet(&self.ledger)
    }
}
