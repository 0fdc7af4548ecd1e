//! Messages that are listed one by one.

use penult_sim::{Span, Time};

use super::spec::WorkloadError;
use crate::ids::ClientId;

/// A message of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// When its user wants to send it.
    pub at: Time,
    /// Who sends it.
    pub from: ClientId,
    /// Who is to get it: others, each once.
    pub to: Vec<ClientId>,
    /// How many bytes it has; `None`: as [`WorkloadSpec::size`](super::WorkloadSpec::size) says.
    pub bytes: Option<u32>,
    /// How many bytes its attachment has; `None`: as the workload says.
    pub attachment: Option<u32>,
    /// How long it may be viewed; `None`: as the workload says.
    pub view: Option<Span>,
    /// Whether its content is harmful; `None`: as the workload says.
    pub harmful: Option<bool>,
}

/// Messages one by one, in any order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct List {
    entries: Vec<Entry>,
    /// The recipients of all, one after the other.
    to: Vec<ClientId>,
}

/// A listed message, its recipients elsewhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    at: Time,
    from: ClientId,
    to_from: u32,
    to_until: u32,
    pub(super) bytes: Option<u32>,
    pub(super) attachment: Option<u32>,
    pub(super) view: Option<Span>,
    pub(super) harmful: Option<bool>,
}

impl List {
    /// None yet.
    pub const fn new() -> Self {
        Self { entries: Vec::new(), to: Vec::new() }
    }

    /// Adds one.
    ///
    /// # Panics
    ///
    /// When the messages of the list have 2^32 recipients together.
    pub fn push(&mut self, message: &Listed) {
        let end = |to: &Vec<ClientId>| u32::try_from(to.len()).expect("fewer than 2^32 recipients");
        let to_from = end(&self.to);
        self.to.extend(&message.to);
        let &Listed { at, from, to: _, bytes, attachment, view, harmful } = message;
        let to_until = end(&self.to);
        self.entries.push(Entry { at, from, to_from, to_until, bytes, attachment, view, harmful });
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All of them, as they were added.
    pub fn iter(&self) -> impl Iterator<Item = Listed> {
        self.entries.iter().map(|entry| {
            let &Entry { at, from, bytes, attachment, view, harmful, .. } = entry;
            let to = self.recipients(entry).to_vec();
            Listed { at, from, to, bytes, attachment, view, harmful }
        })
    }

    fn recipients(&self, entry: &Entry) -> &[ClientId] {
        &self.to[entry.to_from as usize..entry.to_until as usize]
    }
}

impl FromIterator<Listed> for List {
    fn from_iter<I: IntoIterator<Item = Listed>>(messages: I) -> Self {
        let mut list = List::new();
        messages.into_iter().for_each(|message| list.push(&message));
        list
    }
}

/// Why these can't be sender and recipients, if they can't.
pub(super) fn trouble(from: ClientId, to: &[ClientId], clients: u32) -> Option<String> {
    let unknown = |client: &&ClientId| client.0 >= clients;
    if let Some(client) = std::iter::once(&from).chain(to).find(unknown) {
        return Some(match clients {
            0 => format!("no client {client}: there are none"),
            _ => format!("no client {client}; there are c0 … c{}", clients - 1),
        });
    }
    if to.is_empty() {
        return Some("nobody is to get it: it goes to one client or more".to_owned());
    }
    if to.contains(&from) {
        return Some(format!("{from} writes to itself: a message goes to other clients"));
    }
    let mut sorted = to.to_vec();
    sorted.sort_unstable();
    let twice = sorted.windows(2).find(|pair| pair[0] == pair[1])?;
    Some(format!("it goes to {} twice: each gets it once", twice[0]))
}

/// A list in the order of its instants, and the way from a client to its messages.
#[derive(Debug)]
pub(super) struct Listing {
    list: List,
    /// The numbers of each client's messages, ascending, client by client; and where each client's begin.
    numbers: Vec<u32>,
    numbers_from: Vec<u32>,
}

impl Listing {
    pub(super) fn new(mut list: List, clients: u32) -> Result<Self, WorkloadError> {
        for (index, entry) in list.entries.iter().enumerate() {
            let trouble = trouble(entry.from, list.recipients(entry), clients);
            trouble.map_or(Ok(()), |why| Err(WorkloadError::Listed { index, why }))?;
        }
        // Stable: those of one instant keep their order.
        list.entries.sort_by_key(|entry| entry.at);
        let mut numbers_from = vec![0; clients as usize + 1];
        for entry in &list.entries {
            numbers_from[entry.from.index() + 1] += 1;
        }
        for client in 0..clients as usize {
            numbers_from[client + 1] += numbers_from[client];
        }
        let mut free = numbers_from.clone();
        let mut numbers = vec![0; list.entries.len()];
        for (number, entry) in (0..).zip(&list.entries) {
            let place = &mut free[entry.from.index()];
            numbers[*place as usize] = number;
            *place += 1;
        }
        Ok(Self { list, numbers, numbers_from })
    }

    /// When the n-th message of this client is sent, if there are so many.
    pub(super) fn at(&self, client: ClientId, n: u32) -> Option<Time> {
        self.number(client, n).map(|number| self.list.entries[number as usize].at)
    }

    /// How many messages this client sends before an instant.
    pub(super) fn before(&self, client: ClientId, now: Time) -> u32 {
        let at = client.index();
        let own = self.numbers_from[at] as usize..self.numbers_from[at + 1] as usize;
        let before = |&number: &u32| self.list.entries[number as usize].at < now;
        self.numbers[own].partition_point(before) as u32
    }

    /// The number that the n-th message of this client has among all.
    pub(super) fn number(&self, client: ClientId, n: u32) -> Option<u32> {
        let at = client.index();
        let place = self.numbers_from[at].checked_add(n)?;
        (place < self.numbers_from[at + 1]).then(|| self.numbers[place as usize])
    }

    /// The message with this number, and its recipients as they were listed.
    pub(super) fn message(&self, number: u32) -> (&Entry, &[ClientId]) {
        let entry = &self.list.entries[number as usize];
        (entry, self.list.recipients(entry))
    }

    /// Who sends each, and to whom.
    pub(super) fn all(&self) -> impl Iterator<Item = (ClientId, &[ClientId])> {
        self.list.entries.iter().map(|entry| (entry.from, self.list.recipients(entry)))
    }

    /// How many there are, and how many of them at this instant or later.
    pub(super) fn late(&self, ends: Time) -> (usize, usize) {
        let before = self.list.entries.partition_point(|entry| entry.at < ends);
        (self.list.entries.len(), self.list.entries.len() - before)
    }
}
