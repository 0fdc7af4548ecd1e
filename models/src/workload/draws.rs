//! Who hands out the random streams of a client, one at a time.

use penult_sim::{Context, Draw, Node, Purpose, Seed, Stream};

/// Random numbers for each purpose, of one client. A node's [`Context`] is such a source; [`Streams`] is
/// one without a run.
pub trait Draws {
    /// The numbers for this purpose. They go on where they were.
    fn draw(&mut self, purpose: Purpose) -> impl Draw;
}

impl<N: Node> Draws for Context<'_, N> {
    #[inline]
    fn draw(&mut self, purpose: Purpose) -> impl Draw {
        Context::draw(self, purpose)
    }
}

/// The streams of one entity outside a run, to look at a workload before anybody sends anything.
#[derive(Clone, Debug)]
pub struct Streams {
    seed: Seed,
    entity: u64,
    /// A handful, so a search from the start is the fastest.
    begun: Vec<Stream>,
}

impl Streams {
    /// The streams of `entity` at their start. In a run they are those of the client's node.
    pub const fn new(seed: Seed, entity: u64) -> Self {
        Self { seed, entity, begun: Vec::new() }
    }
}

impl Draws for Streams {
    #[inline]
    fn draw(&mut self, purpose: Purpose) -> impl Draw {
        let found = self.begun.iter().position(|stream| stream.purpose() == purpose);
        let at = found.unwrap_or_else(|| {
            self.begun.push(Stream::new(purpose, self.entity));
            self.begun.len() - 1
        });
        self.begun[at].with(&self.seed)
    }
}
