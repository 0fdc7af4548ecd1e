//! A message: what a sender wants each of its recipients to get.

use std::rc::Rc;

use penult_sim::{Span, Time};

use crate::ids::{ClientId, DeliveryId, MessageId};

/// A message as its sender made it. It never changes; all copies of it in one run share these bytes, as
/// all copies of a letter say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which it is.
    pub id: MessageId,
    /// Who sent it.
    pub sender: ClientId,
    /// Who is to get it: each once, and not the sender.
    pub recipients: Recipients,
    /// When the user wanted to send it.
    pub created: Time,
    /// Its size, without attachment.
    pub bytes: u32,
    /// The size of its attachment.
    pub attachment: u32,
    /// How long it asks to be viewed.
    pub view: Span,
    /// Whether its content is harmful: policy finds out where it runs.
    pub harmful: bool,
    /// What it answers.
    pub answers: Option<DeliveryId>,
    /// The conversation that it is of, if it is of one.
    pub conversation: Option<u32>,
}

/// Who is to get a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipients {
    /// One, as nearly always.
    One(ClientId),
    /// Several.
    Several(Rc<[ClientId]>),
}

impl Recipients {
    /// All of them.
    pub fn as_slice(&self) -> &[ClientId] {
        match self {
            Recipients::One(client) => std::slice::from_ref(client),
            Recipients::Several(clients) => clients,
        }
    }
}

impl Message {
    /// One for each recipient.
    pub fn deliveries(&self) -> impl Iterator<Item = DeliveryId> {
        let message = self.id;
        self.recipients.as_slice().iter().map(move |&recipient| DeliveryId { message, recipient })
    }

    /// How reports name it: `m7`, or `m7.c4` for the answer of c4 to m7.
    pub fn name(&self) -> String {
        match self.answers {
            None => format!("m{}", self.id.number()),
            Some(to) => format!("m{}.{}", to.message.number(), to.recipient),
        }
    }
}

/// What policy made of a message; it travels with every copy, so that policy need not run again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Policy has run.
    pub checked: bool,
    /// The attachment was too large and is gone.
    pub stripped: bool,
    /// The longest that it may be viewed, if that is shorter than it asked.
    pub view_limit: Option<Span>,
}

impl Flags {
    /// How many bytes of the message travel.
    pub fn bytes_of(&self, message: &Message) -> u32 {
        if self.stripped { message.bytes } else { message.bytes + message.attachment }
    }

    /// How long the message is viewed.
    pub fn view_of(&self, message: &Message) -> Span {
        self.view_limit.map_or(message.view, |limit| limit.min(message.view))
    }
}

#[cfg(test)]
impl Message {
    /// A message of which only the number matters.
    pub(crate) fn numbered(number: u64) -> Rc<Message> {
        Rc::new(Message {
            id: MessageId::of_workload(number),
            sender: ClientId(0),
            recipients: Recipients::One(ClientId(1)),
            created: Time::ZERO,
            bytes: 100,
            attachment: 0,
            view: Span::ZERO,
            harmful: false,
            answers: None,
            conversation: None,
        })
    }
}
