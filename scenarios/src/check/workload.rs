//! Whether what clients send fits together.

use std::collections::BTreeMap;

use penult_sim::Time;

use super::Checks;
use crate::complaint::Complaint;
use crate::names::Client;
use crate::reading::Text;
use crate::tables::{Kind, RecordedMessages, To};

impl Checks<'_, '_> {
    pub(super) fn workload(&mut self) {
        self.kind();
        self.recipients();
        self.messages();
        if let Kind::Recorded(recorded) = &self.scenario.workload.kind {
            self.recorded(recorded);
        }
    }

    /// The keys that belong to this kind of workload, and no others.
    fn kind(&mut self) {
        if self.at("workload.kind").is_none() {
            return;
        }
        let workload = &self.scenario.workload;
        let word = workload.kind.word().unwrap_or("a file");
        let needs_rate = matches!(workload.kind, Kind::Poisson | Kind::Periodic | Kind::Diurnal);
        match (needs_rate, self.at("workload.rate")) {
            (true, None) => {
                let what = format!("a workload of kind {word:?} has no `rate`");
                self.error(
                    "workload.kind",
                    what,
                    "say how often each client sends: rate = \"0.1/s\"",
                );
            }
            (false, Some(_)) => self.not_with_kind("rate", word),
            _ => {}
        }
        let is_bursts = workload.kind == Kind::Bursts;
        match (is_bursts, self.at("workload.bursts")) {
            (true, None) => {
                let mend = "say how they come: bursts = { every = \"10s\", count = 20 }";
                self.error("workload.kind", "a workload of kind \"bursts\" has no `bursts`", mend);
            }
            (false, Some(_)) => self.not_with_kind("bursts", word),
            _ => {}
        }
        if workload.kind != Kind::Diurnal && self.at("workload.diurnal").is_some() {
            self.not_with_kind("diurnal", word);
        }
        let is_list = workload.kind == Kind::List;
        match (is_list, self.scenario.message.first()) {
            (true, None) if self.at("message").is_none() => {
                let mend = "add one or more: [[message]] with `at`, `from` and `to`";
                self.error("workload.kind", "a list without messages", mend);
            }
            (false, Some(_)) => {
                let at = self.key_at("message").unwrap_or_else(|| self.near("message"));
                let mend = "messages stand in the file with `kind = \"list\"` only";
                let mut complaint = Complaint::error(at, "messages that nobody sends", mend);
                let kind = self.at("workload.kind");
                complaint.also.extend(kind.map(|at| (at, "this workload makes its own".into())));
                self.complain(complaint);
            }
            _ => {}
        }
    }

    fn not_with_kind(&mut self, key: &str, word: &str) {
        let path = format!("workload.{key}");
        let at = self.key_at(&path).unwrap_or_else(|| self.near(&path));
        let what = format!("`{key}` in a workload of kind {word:?}");
        let mut complaint = Complaint::error(at, what, "leave it out: this kind does not use it");
        complaint.also.extend(self.at("workload.kind").map(|at| (at, "the kind".into())));
        self.complain(complaint);
    }

    fn recipients(&mut self) {
        let (workload, clients) = (&self.scenario.workload, self.scenario.clients.count);
        if matches!(workload.kind, Kind::List | Kind::Recorded(_)) || clients == 0 {
            return;
        }
        if clients == 1 {
            let mend = "two clients or more";
            self.error("clients.count", "a single client has nobody to write to", mend);
            return;
        }
        if let Some(count) = workload.recipients.as_constant()
            && count > f64::from(clients.saturating_sub(1))
        {
            let what = format!("{count} recipients, and {clients} clients with the sender");
            let paths = ("workload.recipients", "clients.count");
            self.contradiction(paths, what, "fewer recipients", "so many clients");
        }
        if let To::Conversations(conversations) = &workload.to
            && let Some(members) = conversations.members.as_constant()
        {
            let path = "workload.to.conversations.members";
            if members > f64::from(clients) {
                let what = format!("{members} members, and {clients} clients");
                self.contradiction(
                    (path, "clients.count"),
                    what,
                    "fewer members",
                    "so many clients",
                );
            } else if members < 2.0 {
                self.error(path, "a conversation with oneself", "it has 2 members or more");
            }
        }
    }

    fn messages(&mut self) {
        let scenario = self.scenario;
        for (number, message) in scenario.message.iter().enumerate() {
            let path = |key: &str| format!("message.{number}.{key}");
            if message.at >= Time::ZERO + scenario.duration && !scenario.duration.is_zero() {
                let what = "this message is sent after `duration`";
                let paths = (path("at"), "duration");
                let mend = "clients send until then; `drain` is for deliveries";
                self.contradiction((&paths.0, paths.1), what, mend, "clients send for so long");
            }
            self.client(message.from, &path("from"));
            let mut seen: BTreeMap<Client, usize> = BTreeMap::new();
            for (place, to) in message.to.iter().enumerate() {
                let here = format!("{}.{place}", path("to"));
                self.client(*to, &here);
                if *to == message.from {
                    let what = format!("{to} writes to itself");
                    let from = path("from");
                    self.contradiction((&here, &from), what, "name another client", "the sender");
                } else if let Some(first) = seen.get(to) {
                    let first = format!("{}.{first}", path("to"));
                    let what = format!("{to} gets this message twice");
                    self.contradiction((&here, &first), what, "name each once", "the first");
                }
                seen.entry(*to).or_insert(place);
            }
        }
    }

    fn recorded(&mut self, recorded: &RecordedMessages) {
        let clients = self.scenario.clients.count;
        let named = self.near("workload.kind.file");
        if clients == 0 || self.cx.broken([named]) {
            return;
        }
        if recorded.messages.is_empty() {
            let mend = "every message of the file is sent after `duration`";
            self.error("workload.kind.file", "a workload without messages", mend);
        }
        let late = recorded.messages.iter().find_map(|message| {
            let everybody = message.to.iter().copied().chain([message.from]);
            everybody
                .max()
                .filter(|client| client.0 >= clients)
                .map(|client| (message.line, client))
        });
        let Some((line, client)) = late else { return };
        let Ok(read) = self.cx.shelf.get(&recorded.file.path) else { return };
        let text = String::from_utf8_lossy(&read.bytes).into_owned();
        let text = Text { name: self.cx.shelf.shown(&recorded.file.path), text: text.into() };
        let mend = if recorded.renumber {
            "more `count` in [clients]"
        } else {
            "`renumber = true` numbers them as they come"
        };
        let what = format!("there is no client {client}; there are c0 … c{}: {mend}", clients - 1);
        self.cx.error_in_file(&text, line, &what, named);
    }
}
