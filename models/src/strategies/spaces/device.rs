//! The side of a device that `spaces` adds: it says what it has, to whoever is to host it.

use penult_sim::NodeId;

use super::Spaces;
use super::letters::{Letter, Numbers};
use crate::client::{Client, ClientDisk, Nothing, Side, With};
use crate::server::Cx;

/// A device says what it has, and needs nothing for that.
#[derive(Clone, Copy, Debug, Default)]
pub struct Numbered;

impl Side<Spaces> for Numbered {
    type Disk = ();
    type Timer = Nothing;
    type Word = Numbers;

    const SAYS_HERE: bool = true;

    fn start((): &mut (), _: &mut Cx<'_, Spaces>) -> Self {
        Numbered
    }

    fn word(
        _: &mut Client<Spaces, Self>,
        disk: &mut ClientDisk<()>,
        with: With,
        _: &mut Cx<'_, Spaces>,
    ) -> Numbers {
        if matches!(with, With::Keepalive | With::Got) {
            return Numbers(None);
        }
        let (ids, senders) = disk.received();
        Numbers(Some((ids.into(), u32::try_from(senders).unwrap_or(u32::MAX))))
    }

    fn receive(
        _: &mut Client<Spaces, Self>,
        _: &mut ClientDisk<()>,
        from: NodeId,
        letter: Letter,
        cx: &mut Cx<'_, Spaces>,
    ) {
        panic!("{} can't be sent {letter:?} by {from}", cx.node());
    }

    fn wake(
        _: &mut Client<Spaces, Self>,
        _: &mut ClientDisk<()>,
        timer: Nothing,
        _: &mut Cx<'_, Spaces>,
    ) {
        match timer {}
    }
}
