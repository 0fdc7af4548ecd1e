//! The lead of a space: who numbers its messages, and in which order they are pushed.

use std::rc::Rc;

use penult_sim::Time;

use super::election::Standing;
use super::numbers::Numbering;
use super::{Replica, ReplicaDisk};
use crate::ids::MessageId;
use crate::message::Message;
use crate::note::{Note, Wait};
use crate::strategies::spaces::ids::{ServerId, SpaceId};
use crate::strategies::spaces::letters::{LeadLetter, Letter, Number, Reign, Table};
use crate::strategies::spaces::{Cx, counting, to_server};

/// What a server does about the lead of a space.
#[derive(Debug, Default)]
pub(super) struct Throne {
    /// Whether it numbers, if it is the lead.
    pub(super) active: bool,
    /// What ends its wait to stand.
    pub(super) waits: Option<penult_sim::TimerId>,
    pub(super) standing: Option<Standing>,
    /// The highest term that it heard of.
    pub(super) heard_of: u32,
}

impl Replica {
    /// Who leads in the beginning.
    pub(super) fn first_leads(&mut self, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) {
        let options = Self::options(cx);
        if !options.lead {
            return;
        }
        for space in self.spaces.clone() {
            let lead = disk.map.replicas(space, options)[0];
            let numbering = Numbering::of_first(Reign { term: 1, lead });
            self.shelf(disk, cx).numberings.insert(space, numbering);
            self.set_active(space, lead == self.me, cx);
        }
    }

    /// After a return nobody leads before he is elected anew; what was pushed before is to nobody.
    pub(super) fn bring_leads_back(&mut self, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) {
        for numbering in self.shelf(disk, cx).numberings.values_mut() {
            numbering.pushed = 0;
        }
    }

    /// It serves from now on: it may push, vote and stand.
    pub(super) fn begin_to_lead(&mut self, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) {
        if Self::options(cx).lead {
            for space in self.spaces.clone() {
                self.push_in_turn(disk, space, cx);
                self.consider(disk, space, cx);
            }
        }
    }

    fn numbering<'a>(
        &'a mut self,
        disk: &'a mut ReplicaDisk,
        space: SpaceId,
        cx: &Cx<'_>,
    ) -> &'a mut Numbering {
        self.shelf(disk, cx).numberings.entry(space).or_default()
    }

    /// Who numbers a space, as this server knows.
    pub(super) fn reign(
        &mut self,
        disk: &mut ReplicaDisk,
        space: SpaceId,
        cx: &Cx<'_>,
    ) -> Option<Reign> {
        match Self::options(cx).lead {
            true => self.numbering(disk, space, cx).reign,
            false => None,
        }
    }

    /// In which term.
    pub(super) fn term(&mut self, disk: &mut ReplicaDisk, space: SpaceId, cx: &Cx<'_>) -> u32 {
        self.reign(disk, space, cx).map_or(0, |reign| reign.term)
    }

    /// All numbers of a space.
    pub(super) fn table(&mut self, disk: &mut ReplicaDisk, space: SpaceId, cx: &Cx<'_>) -> Table {
        let numbering = self.numbering(disk, space, cx);
        Table { space, reign: numbering.reign, numbers: numbering.table().collect() }
    }

    /// The number of a message, and who gave it.
    pub(super) fn number_of(
        &mut self,
        disk: &mut ReplicaDisk,
        space: SpaceId,
        id: MessageId,
        cx: &Cx<'_>,
    ) -> Option<(Reign, Number)> {
        let reign = self.reign(disk, space, cx)?;
        self.numbering(disk, space, cx).number_of(id).map(|number| (reign, number))
    }

    /// The place of a message in its space, where a lead numbers.
    pub(super) fn place_of(
        &mut self,
        disk: &mut ReplicaDisk,
        space: SpaceId,
        id: MessageId,
        cx: &Cx<'_>,
    ) -> u64 {
        self.number_of(disk, space, id, cx).map_or(0, |(_, number)| number.count)
    }

    /// Whether this server numbers a space now.
    pub(super) fn numbers(&mut self, disk: &mut ReplicaDisk, space: SpaceId, cx: &Cx<'_>) -> bool {
        let is_lead = self.reign(disk, space, cx).is_some_and(|reign| reign.lead == self.me);
        is_lead && self.serves() && self.thrones.get(&space).is_some_and(|throne| throne.active)
    }

    /// Gives a message its number, if this server is to. Whether it did.
    pub(super) fn number(
        &mut self,
        disk: &mut ReplicaDisk,
        space: SpaceId,
        id: MessageId,
        cx: &mut Cx<'_>,
    ) -> bool {
        if !self.numbers(disk, space, cx) {
            return false;
        }
        let numbering = self.numbering(disk, space, cx);
        let term = numbering.term();
        let is_new = numbering.number(id, term);
        if is_new {
            cx.tell(counting::numbered(id.raw()));
        }
        is_new
    }

    /// It numbers a space from now on, or no more.
    pub(super) fn set_active(&mut self, space: SpaceId, active: bool, cx: &mut Cx<'_>) {
        let throne = self.thrones.entry(space).or_default();
        if std::mem::replace(&mut throne.active, active) != active {
            cx.tell(counting::leads(space, active));
        }
    }

    /// A peer says the number of a message.
    pub(super) fn learn_number(
        &mut self,
        disk: &mut ReplicaDisk,
        from: ServerId,
        space: SpaceId,
        id: MessageId,
        number: Option<(Reign, Number)>,
        cx: &mut Cx<'_>,
    ) {
        let Some((reign, number)) = number else { return };
        let numbering = self.numbering(disk, space, cx);
        if numbering.reign == Some(reign) {
            numbering.learn(id, number);
            self.push_in_turn(disk, space, cx);
        } else if from != self.me {
            self.meet_reign(disk, from, space, reign.term, cx);
        }
    }

    /// A peer knows this term of a space: who knows the higher tells it.
    pub(super) fn meet_reign(
        &mut self,
        disk: &mut ReplicaDisk,
        from: ServerId,
        space: SpaceId,
        term: u32,
        cx: &mut Cx<'_>,
    ) {
        if Self::options(cx).lead && self.term(disk, space, cx) > term {
            let table = self.table(disk, space, cx);
            to_server(from, Letter::Lead(LeadLetter::Leads(table)), cx);
        }
    }

    /// Somebody says who numbers a space, and how. A higher term counts alone; the same adds.
    pub(super) fn adopt(&mut self, disk: &mut ReplicaDisk, table: &Table, cx: &mut Cx<'_>) {
        let space = table.space;
        let Some(reign) = table.reign else { return };
        if reign.term > self.term(disk, space, cx) {
            self.waited_for_lead(disk, space, cx);
        }
        let numbering = self.numbering(disk, space, cx);
        if reign.term > numbering.term() {
            numbering.replace(reign, &table.numbers);
            let throne = self.thrones.entry(space).or_default();
            throne.heard_of = throne.heard_of.max(reign.term);
            throne.stop_standing(cx);
            self.set_active(space, false, cx);
            self.consider(disk, space, cx);
        } else if reign.term == numbering.term() {
            numbering.add(&table.numbers);
        } else {
            return;
        }
        self.push_in_turn(disk, space, cx);
    }

    /// A peer is suspected: what has no number waited for it until now, where it is the lead.
    pub(super) fn wait_for_lead(
        &mut self,
        disk: &mut ReplicaDisk,
        suspect: ServerId,
        cx: &mut Cx<'_>,
    ) {
        if !Self::options(cx).lead {
            return;
        }
        for space in self.shelf(disk, cx).spaces() {
            let lead = self.reign(disk, space, cx).map(|reign| reign.lead);
            if lead == Some(suspect) {
                let why = Wait::For(suspect.node(&cx.world().places));
                self.account(disk, space, (why, None), cx);
            }
        }
    }

    /// There is a new lead: what has no number waited for that since the last one was suspected.
    pub(super) fn waited_for_lead(
        &mut self,
        disk: &mut ReplicaDisk,
        space: SpaceId,
        cx: &mut Cx<'_>,
    ) {
        let lead = self.reign(disk, space, cx).map(|reign| reign.lead);
        let Some(lead) = lead.filter(|&lead| lead != self.me) else { return };
        let since = self.peer(lead, cx).suspected;
        self.account(disk, space, (Wait::Handover, Some(since)), cx);
    }

    /// What was not pushed waited: since then, or since it was stored.
    fn account(
        &mut self,
        disk: &mut ReplicaDisk,
        space: SpaceId,
        (why, since): (Wait, Option<Time>),
        cx: &mut Cx<'_>,
    ) {
        let shelf = self.shelf(disk, cx);
        let all = shelf.of(space).filter_map(|id| shelf.get(id)).filter(|it| !it.pushed);
        let all: Vec<(Rc<Message>, Time)> =
            all.map(|it| (it.message.clone(), since.unwrap_or(it.first))).collect();
        for (message, since) in all {
            for delivery in message.deliveries() {
                cx.tell(Note::Waited { delivery, why, since });
            }
        }
    }

    /// Pushes what has its turn: in the order of numbers, none before the lower ones.
    pub(super) fn push_in_turn(&mut self, disk: &mut ReplicaDisk, space: SpaceId, cx: &mut Cx<'_>) {
        if !self.serves() {
            return;
        }
        while let Some((place, id)) = self.numbering(disk, space, cx).next() {
            let shelf = self.shelf(disk, cx);
            match shelf.get(id) {
                Some(stored) if !stored.pushed => self.push(disk, id, cx),
                Some(_) => {}
                None if shelf.has(id) => {}
                None => return,
            }
            self.numbering(disk, space, cx).pushed = place;
        }
    }
}
