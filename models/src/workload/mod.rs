//! The workload: what users want to send, and when.
//!
//! Messages are made one by one, when they are due, from random streams of their sender: no list of them
//! is kept, and each client has a state of 24 bytes ([`Sending`]). When it sends, to how many, to whom and
//! what are drawn from a stream each, so that changing one leaves the others as they were; two strategies
//! on one seed see the same messages at the same instants.
//!
//! One more client moves nobody else's instants, sizes, attachments, views. Whom a message goes to it does
//! move, as it is one more to choose from; and so do conversations.
//!
//! ```
//! use penult_models::{ClientId, Sending, SendTimes, Streams, Workload, WorkloadSpec};
//! use penult_sim::{Seed, Span, Time};
//!
//! let seed = Seed::new(1);
//! let spec = WorkloadSpec { times: SendTimes::Poisson { rate: 0.1 }, ..Default::default() };
//! let ends = Time::ZERO + Span::secs(60);
//! let workload = Workload::new(spec, 100, ends, &seed)?;
//!
//! let (client, mut sending, mut draws) = (ClientId(7), Sending::default(), Streams::new(seed, 7));
//! while let Some(at) = workload.next(client, &mut sending, &mut draws) {
//!     let draft = workload.make(client, &sending, &mut draws);
//!     assert!(draft.created == at && at < ends && draft.bytes == 1024);
//!     assert!(!draft.recipients.as_slice().contains(&client));
//! }
//! # Ok::<(), penult_models::WorkloadError>(())
//! ```

mod conversations;
mod diurnal;
mod draws;
mod list;
mod spec;
mod times;
mod whom;
mod zipf;

use penult_sim::{Distribution, Draw, Seed, Span, Time};

pub use draws::{Draws, Streams};
pub use list::{List, Listed};
pub use spec::{
    Attachment, Bursts, Conversations, Diurnal, SendTimes, To, WorkloadError, WorkloadSpec,
};

use crate::ids::ClientId;
use crate::message::Recipients;
use crate::purpose;
use times::{Times, rounded};
use whom::{Whom, recipients};

/// What users send, and when. The same for all nodes of a run; nothing in it changes.
#[derive(Debug)]
pub struct Workload {
    clients: u32,
    ends: Time,
    times: Times,
    whom: Whom,
    recipients: Distribution,
    size: Distribution,
    attachment: Option<Attachment>,
    view: Option<Distribution>,
    harmful: f64,
    assumed: Vec<String>,
}

/// How far a client is in what its user sends. A device keeps it on its disk, so that it goes on through
/// crashes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sending {
    at: Time,
    /// When the burst of the message began.
    burst: Time,
    /// How many messages were planned, the one at `at` among them.
    planned: u32,
    /// How many messages the burst still has.
    left: u32,
}

// There is one for each of a million clients.
const _: () = assert!(size_of::<Sending>() == 24);

impl Sending {
    /// When the message is due that was planned last.
    pub const fn at(&self) -> Time {
        self.at
    }

    /// How many messages were planned, since the disk was new.
    pub const fn planned(&self) -> u32 {
        self.planned
    }
}

/// A message that a user wants to send.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// Its number in the order of instants, if a list says it. Others are numbered as they are made.
    pub number: Option<u32>,
    /// When the user wants to send it.
    pub created: Time,
    /// Who is to get it: in the order of their numbers, not the sender.
    pub recipients: Recipients,
    /// Its size, without attachment.
    pub bytes: u32,
    /// The size of its attachment; 0 without one.
    pub attachment: u32,
    /// How long it may be viewed; [`Span::MAX`] is as long as anybody likes.
    pub view: Span,
    /// Whether its content is harmful.
    pub harmful: bool,
    /// The conversation that it is of, if it is of one.
    pub conversation: Option<u32>,
}

impl Workload {
    /// The most bytes that a message has, and the most that its attachment has: 2 GiB − 1, so that both
    /// together can be counted. What is drawn above that is cut.
    pub const BYTES_MAX: u32 = i32::MAX as u32;

    /// What the users of so many clients send until `ends`.
    pub fn new(
        spec: WorkloadSpec,
        clients: u32,
        ends: Time,
        seed: &Seed,
    ) -> Result<Self, WorkloadError> {
        let WorkloadSpec { times, to, recipients, size, attachment, view, harmful } = spec;
        share("the share of harmful messages", harmful)?;
        if let Some(attachment) = &attachment {
            share("the share of messages with an attachment", attachment.share)?;
        }
        let times = Times::new(times, clients)?;
        let whom = Whom::new(&to, clients, seed)?;
        let mut assumed = Vec::new();
        match (&times, &whom) {
            (Times::List(list), _) => {
                let (all, late) = list.late(ends);
                if late > 0 {
                    assumed.push(format!(
                        "{late} of {all} listed messages are not sent: users stop sending at {ends}"
                    ));
                }
            }
            (_, Whom::Conversations(groups)) if groups.silent() > 0 => assumed.push(format!(
                "{} of {clients} clients send nothing: they are in no conversation",
                groups.silent()
            )),
            _ => {}
        }
        Ok(Self {
            clients,
            ends,
            times,
            whom,
            recipients,
            size,
            attachment,
            view,
            harmful,
            assumed,
        })
    }

    /// What a reader of the scenario might not expect, each said once.
    pub fn assumed(&self) -> &[String] {
        &self.assumed
    }

    /// The messages of the list, if users send as listed: from whom each is, and to whom.
    pub fn listed(&self) -> Option<impl Iterator<Item = (ClientId, &[ClientId])>> {
        let Times::List(list) = &self.times else { return None };
        Some(list.all())
    }

    /// The members of the conversation with this number, in ascending order; nothing if there are not so many, or a
    /// list says who writes to whom.
    pub fn members(&self, conversation: u32) -> Option<&[ClientId]> {
        let (Whom::Conversations(groups), false) =
            (&self.whom, matches!(self.times, Times::List(_)))
        else {
            return None;
        };
        (conversation < groups.count()).then(|| groups.members(conversation))
    }

    /// When users stop sending.
    pub const fn ends(&self) -> Time {
        self.ends
    }

    /// Plans this client's next message and says when it is due. `None`: it sends no more, however often
    /// it is asked. `draws` are the client's.
    #[inline]
    pub fn next(
        &self,
        client: ClientId,
        sending: &mut Sending,
        draws: &mut impl Draws,
    ) -> Option<Time> {
        // A list says itself who writes to whom.
        if !matches!(self.times, Times::List(_)) && !self.whom.has_any(client, self.clients) {
            return None;
        }
        let at = self.times.advance(client, sending, || draws.draw(purpose::SEND_TIMES))?;
        (at < self.ends).then_some(at)
    }

    /// Where a client goes on whose device comes back without what was on its disk: with what its user
    /// wants from now on.
    pub fn resume(&self, client: ClientId, now: Time) -> Sending {
        let planned = match &self.times {
            Times::List(list) => list.before(client, now),
            _ => 0,
        };
        Sending { at: now, planned, ..Sending::default() }
    }

    /// Makes the message that was planned last: once, before the next is planned.
    pub fn make(&self, client: ClientId, sending: &Sending, draws: &mut impl Draws) -> Draft {
        assert!(sending.planned > 0, "{client} makes a message that was not planned");
        let created = sending.at;
        let Times::List(list) = &self.times else {
            let (recipients, conversation) =
                self.whom.choose(client, self.clients, &self.recipients, draws);
            return Draft {
                number: None,
                created,
                recipients,
                conversation,
                bytes: self.bytes(draws),
                attachment: self.attachment(draws),
                view: self.view(draws),
                harmful: self.harmful(draws),
            };
        };
        let number = list.number(client, sending.planned - 1);
        let number =
            number.unwrap_or_else(|| panic!("{client} makes a message that nobody listed"));
        let (listed, to) = list.message(number);
        Draft {
            number: Some(number),
            created,
            recipients: recipients(to.iter().copied()),
            bytes: listed.bytes.unwrap_or_else(|| self.bytes(draws)),
            attachment: listed.attachment.unwrap_or_else(|| self.attachment(draws)),
            view: listed.view.unwrap_or_else(|| self.view(draws)),
            harmful: listed.harmful.unwrap_or_else(|| self.harmful(draws)),
            conversation: None,
        }
    }

    /// The number of the message that was planned last, if a list says it.
    pub fn number(&self, client: ClientId, sending: &Sending) -> Option<u32> {
        match &self.times {
            Times::List(list) => list.number(client, sending.planned.checked_sub(1)?),
            _ => None,
        }
    }

    fn bytes(&self, draws: &mut impl Draws) -> u32 {
        whole_bytes(match self.size.as_constant() {
            Some(size) => size,
            None => self.size.sample(&mut draws.draw(purpose::SIZE)),
        })
    }

    fn attachment(&self, draws: &mut impl Draws) -> u32 {
        let Some(Attachment { share, size }) = &self.attachment else { return 0 };
        // Both are drawn for every message, so that a message's attachment does not depend on how many
        // others have one.
        let mut draw = draws.draw(purpose::ATTACHMENT);
        let (has_one, size) = (draw.chance(*share), size.sample(&mut draw));
        if has_one { whole_bytes(size) } else { 0 }
    }

    fn view(&self, draws: &mut impl Draws) -> Span {
        let Some(view) = &self.view else { return Span::MAX };
        Span::from_nanos_f64(view.sample(&mut draws.draw(purpose::VIEW)))
    }

    fn harmful(&self, draws: &mut impl Draws) -> bool {
        self.harmful > 0.0 && draws.draw(purpose::HARMFUL).chance(self.harmful)
    }
}

fn whole_bytes(bytes: f64) -> u32 {
    rounded(bytes).min(u64::from(Workload::BYTES_MAX)) as u32
}

fn share(what: &'static str, value: f64) -> Result<(), WorkloadError> {
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(WorkloadError::Share { what, value }) }
}
