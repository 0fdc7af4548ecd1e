//! What a gateway hears and is reminded of, and who of it sees to that.

use penult_sim::NodeId;

use super::{Gateway, GatewayDisk};
use crate::directory::DirectoryLetter;
use crate::ids::{ClientId, GatewayId};
use crate::packet::Up;
use crate::parts::{Probe, View, Written};
use crate::strategies::chain::letters::Letter;
use crate::strategies::chain::{ChainTimer, Cx, between};

impl Gateway {
    /// A device said something.
    pub(super) fn device_said(
        &mut self,
        disk: &mut GatewayDisk,
        from: ClientId,
        up: Up,
        cx: &mut Cx<'_>,
    ) {
        let attaches = matches!(up, Up::Attach { .. });
        // A device that knows of a later host takes this gateway for no host.
        let is_replaced = match up {
            Up::Attach { epoch, .. } | Up::Stale { epoch } => self.seats.is_behind(from, epoch, cx),
            _ => false,
        };
        match up {
            Up::Submit(message) => self.submitted(disk, from, &message, cx),
            Up::Got(delivery, _) if delivery.recipient != from => {
                self.hosting.receipt_heard(from, delivery, cx);
            }
            Up::Got(delivery, _) => {
                self.seats.is_taken_for_host(from);
                self.got(disk, delivery, cx);
            }
            Up::Keepalive(_) => self.seats.kept_alive(from, cx),
            Up::Bye => {
                self.hosting.left(from, cx);
                return self.tell_of_device(disk, from, cx);
            }
            Up::Attach { epoch, .. } => self.asked_to_host(disk, from, epoch, cx),
            Up::Stale { epoch } => self.told_stale(disk, from, epoch, cx),
            Up::Happened { delivery, by } => self.happened(disk, from, delivery, by, cx),
            Up::Here(_) => self.returning.is_in_reach(from, cx),
        }
        if !is_replaced && self.hosts(from, cx) {
            let was_away = self.hosting.heard(from, attaches, cx);
            if was_away {
                self.tell_of_device(disk, from, cx);
            }
            if self.parking.expects_mail() {
                let View { epoch, .. } = self.view(from, cx);
                self.parking.heard(from, epoch, cx);
            }
        }
    }

    /// A letter came.
    #[inline(always)]
    pub(super) fn letter_came(
        &mut self,
        disk: &mut GatewayDisk,
        from: NodeId,
        letter: Letter,
        cx: &mut Cx<'_>,
    ) {
        match letter {
            Letter::Directory(letter) => self.directory_said(disk, letter, cx),
            Letter::Central(letter) => self.instructed(disk, letter, cx),
            Letter::Store(letter) => self.store_said(disk, from, *letter, cx),
            letter => {
                let from = super::gateway_of(from, cx);
                self.not_silent(from, cx);
                self.trust(disk, from, cx);
                self.take(disk, from, letter, cx);
            }
        }
    }

    fn directory_said(&mut self, disk: &mut GatewayDisk, letter: DirectoryLetter, cx: &mut Cx<'_>) {
        match letter {
            DirectoryLetter::Answer(answers) => self.answered(disk, &answers, cx),
            DirectoryLetter::There { of, hosted } => self.found(disk, of, &hosted, cx),
            DirectoryLetter::HostIs(hosted) => self.told_host(disk, hosted, cx),
            DirectoryLetter::Inventoried(answers) => self.inventoried(disk, &answers, cx),
            DirectoryLetter::Notice { number, changes } => {
                self.noticed(disk, number, &changes, cx);
            }
            letter => panic!("the directory sent {letter:?}"),
        }
    }

    /// Another gateway's word.
    #[inline(always)]
    pub(super) fn take(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        letter: Letter,
        cx: &mut Cx<'_>,
    ) {
        match letter {
            Letter::Relay(copy) => self.relayed(disk, from, copy, cx),
            Letter::RelayAll(copies) => self.relayed_all(disk, from, &copies, cx),
            Letter::Ack(stored) => self.acked(disk, from, stored, cx),
            Letter::AckAll(all) => all.iter().for_each(|&it| self.acked(disk, from, it, cx)),
            Letter::Question(delivery) => self.questioned(disk, from, delivery, cx),
            Letter::Working(delivery) => self.works(disk, from, delivery, cx),
            Letter::Lacking(delivery) => self.lacks(disk, from, delivery, cx),
            Letter::Offer(ids) => self.offered(disk, from, &ids, cx),
            Letter::Want(ids) => self.wanted(disk, &ids, cx),
            Letter::News { delivery, news, beyond } => {
                self.news(disk, from, delivery, (news, &beyond), cx);
            }
            Letter::NewsHeard { delivery, news } => {
                self.spreading.heard(delivery, from, news, cx);
            }
            Letter::Triggered { delivery, recipients } => {
                self.told_triggered(disk, from, delivery, &recipients, cx);
            }
            Letter::TriggeredHeard(delivery) => self.triggered_heard(disk, from, delivery, cx),
            Letter::Happened(delivery) => self.happened_elsewhere(disk, from, delivery, cx),
            Letter::HappenedHeard { delivery, had } => {
                self.reports.answered(delivery, had, &self.suspects, cx);
            }
            Letter::Probe => between(from, Letter::Alive, cx),
            Letter::Alive => {}
            Letter::Digest { round, digest } => {
                self.digested(disk, from, round, &digest.clients, &digest.have, cx);
            }
            Letter::Coming { round, batches, after, end } => {
                self.coming(from, round, (batches, after, end), cx);
            }
            Letter::Batch { round, number, copies } => {
                self.batch_came(disk, from, (round, number), &copies, cx);
            }
            Letter::LetGo(round) => self.asked_to_let_go(disk, from, round, cx),
            Letter::Receipt { message, recipient } => {
                self.receipt_came(from, &message, recipient, cx);
            }
            Letter::ReceiptHeard(delivery) => self.receipts.heard(delivery, cx),
            Letter::Join => self.asked_to_join(disk, from, cx),
            Letter::Replaced(ids) => self.was_replaced(disk, from, &ids, cx),
            Letter::Heartbeat(heartbeat) => self.heard_beat(from, heartbeat, cx),
            Letter::Directory(_) | Letter::Central(_) | Letter::Store(_) => {
                unreachable!("handled before")
            }
        }
    }

    /// It is time for something.
    pub(super) fn remind(&mut self, disk: &mut GatewayDisk, timer: ChainTimer, cx: &mut Cx<'_>) {
        match timer {
            ChainTimer::Written(first) => self.write_done(disk, Written(first), cx),
            ChainTimer::Unacked(delivery, to) => self.unacked(disk, delivery, to, cx),
            ChainTimer::Unarrived(delivery, to) => self.unarrived(disk, delivery, to, cx),
            ChainTimer::Unacknowledged(delivery) => self.unacknowledged(disk, delivery, cx),
            ChainTimer::Unheard(delivery, to) => self.news_unheard(disk, delivery, to, cx),
            ChainTimer::HoldOver(delivery) => self.hold_over(disk, delivery, cx),
            ChainTimer::Probe(suspect) => self.suspects.probe(Probe(suspect), cx),
            ChainTimer::Seats(timer) => self.remind_seats(disk, timer, cx),
            ChainTimer::Unwanted(client) => self.unwanted(disk, client, cx),
            ChainTimer::AskClient(client) => self.returning.ask(client, cx),
            ChainTimer::TakeBack => self.take_back(disk, cx),
            ChainTimer::Incomplete(round) => self.incomplete(disk, round, cx),
            ChainTimer::Paced => self.paced(disk, cx),
            ChainTimer::Replace(suspect) => self.replace(suspect, cx),
            ChainTimer::NotJoined(gateway) => self.not_joined(disk, gateway, cx),
            ChainTimer::Unreceipted(delivery) => self.unreceipted(delivery, cx),
            ChainTimer::Heartbeat(timer) => self.heartbeat(disk, timer, cx),
            ChainTimer::Unreported(delivery, times) => self.unreported(disk, delivery, times, cx),
            ChainTimer::Unhanded(delivery) => self.unhanded(disk, delivery, cx),
            ChainTimer::Counted(..) => panic!("a gateway counts for nobody else"),
            ChainTimer::Unparked(delivery) => self.unparked(disk, delivery, cx),
            ChainTimer::Ungathered(delivery) => self.ungathered(disk, delivery, cx),
            ChainTimer::Parking(timer) => self.parking.wake(timer, cx),
            timer @ (ChainTimer::Directory(_) | ChainTimer::Store(_)) => {
                panic!("a gateway has no {timer:?}")
            }
        }
    }
}
