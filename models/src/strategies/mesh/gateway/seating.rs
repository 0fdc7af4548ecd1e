//! Who hosts whom: attaching, keepalives, and what follows from the directory's word.

use super::{Gateway, GatewayDisk};
use crate::directory::{DirectoryLetter, Hosted};
use crate::ids::ClientId;
use crate::parts::seats::{Answer, Attach, Heard};
use crate::parts::{SeatTimer, View};
use crate::strategies::mesh::Cx;
use crate::strategies::mesh::letters::Down;

impl Gateway {
    /// A device asks whether this gateway is there. That of somebody else's client is told so.
    pub(super) fn kept_alive(&mut self, device: ClientId, via: u32, number: u32, cx: &mut Cx<'_>) {
        if self.seats.hosts(device, cx) {
            self.say_over(device, via, Down::Alive(number), cx);
        } else if self.seats.view(device, cx).host != self.seats.me() {
            let down = self.elsewhere(device, cx);
            self.say_over(device, via, down, cx);
        }
    }

    fn elsewhere(&self, device: ClientId, cx: &Cx<'_>) -> Down {
        let View { host, epoch } = self.seats.view(device, cx);
        Down::Elsewhere { host, epoch }
    }

    fn greeting(&self, epoch: u32, cx: &Cx<'_>) -> Down {
        Down::Hosted { epoch, list: cx.world().list_of(self.seats.me()) }
    }

    /// A device asks to be hosted here. Whether it is already.
    pub(super) fn asked_to_host(
        &mut self,
        device: ClientId,
        via: u32,
        epoch: u32,
        cx: &mut Cx<'_>,
    ) -> bool {
        let Attach::Here(epoch) = self.seats.attach(device, epoch, cx) else { return false };
        let greeting = self.greeting(epoch, cx);
        self.say_over(device, via, greeting, cx);
        true
    }

    /// What there is for a client goes to where it is hosted now.
    fn move_all(&mut self, disk: &mut GatewayDisk, client: ClientId, cx: &mut Cx<'_>) {
        for delivery in self.shelf(disk, cx).for_client(client) {
            self.set_off(disk, delivery, cx);
        }
    }

    fn hear_of(&mut self, disk: &mut GatewayDisk, hosted: Hosted, cx: &mut Cx<'_>) {
        if self.seats.hear_of(hosted, cx) == Heard::Elsewhere {
            self.move_all(disk, hosted.client, cx);
        }
    }

    /// Comes back: asks whom the directory has here, and who hosts those whose mail is here.
    pub(super) fn take_inventory(&mut self, disk: &mut GatewayDisk, cx: &mut Cx<'_>) {
        let shelf = self.shelf(disk, cx);
        let mut others: Vec<ClientId> = shelf.iter().map(|(it, _)| it.recipient).collect();
        others.sort_unstable();
        others.dedup();
        self.seats.take_inventory(others, cx);
    }

    pub(super) fn directory_said(
        &mut self,
        disk: &mut GatewayDisk,
        letter: DirectoryLetter,
        cx: &mut Cx<'_>,
    ) {
        match letter {
            DirectoryLetter::Answer(answers) => self.answered(disk, &answers, cx),
            DirectoryLetter::Inventoried(answers) => self.inventoried(disk, &answers, cx),
            DirectoryLetter::Notice { number, changes } => {
                self.seats.noticed(number, cx);
                for change in changes.iter() {
                    self.hear_of(disk, change.hosted, cx);
                }
            }
            DirectoryLetter::HostIs(hosted) => self.hear_of(disk, hosted, cx),
            letter => panic!("the directory sent {letter:?}"),
        }
    }

    fn answered(&mut self, disk: &mut GatewayDisk, answers: &[Hosted], cx: &mut Cx<'_>) {
        for &hosted in answers {
            let client = hosted.client;
            match self.seats.judge(hosted, cx) {
                (Answer::Nothing, _) => {}
                (Answer::Here { epoch, .. }, _) => {
                    let greeting = self.greeting(epoch, cx);
                    self.say(client, &greeting, cx);
                    self.begin_hosting(disk, client, cx);
                }
                (Answer::Elsewhere { .. }, is_asked) => {
                    if is_asked {
                        let down = self.elsewhere(client, cx);
                        self.say(client, &down, cx);
                    }
                    self.move_all(disk, client, cx);
                }
            }
        }
    }

    /// The directory says who hosts those at home here and those whose mail is here: the first time after a return,
    /// those that it still has here are hosted again, and all mail sets off.
    fn inventoried(&mut self, disk: &mut GatewayDisk, answers: &[Hosted], cx: &mut Cx<'_>) {
        if !self.seats.settle() {
            return self.answered(disk, answers, cx);
        }
        let mut mine = Vec::new();
        for &Hosted { client, host, epoch } in answers {
            self.seats.learn(client, View { host, epoch }, cx);
            if self.seats.view(client, cx).host == self.seats.me() {
                mine.push(client);
            } else {
                self.move_all(disk, client, cx);
            }
        }
        self.seats.claim(&mine, None, cx);
        for client in mine {
            self.begin_hosting(disk, client, cx);
        }
    }

    /// Something was not answered.
    pub(super) fn remind_seats(
        &mut self,
        disk: &mut GatewayDisk,
        timer: SeatTimer,
        cx: &mut Cx<'_>,
    ) {
        match timer {
            SeatTimer::Unanswered(client) => self.seats.unanswered(client, cx),
            SeatTimer::NoInventory => {
                if !self.seats.is_settled() {
                    self.take_inventory(disk, cx);
                }
            }
            SeatTimer::Ungreeted(..) | SeatTimer::NotFound(_) => {
                unreachable!("devices ask again, and hosts are kept")
            }
        }
    }
}
