//! What devices of `migrate` say beside what all devices say: the highest epoch that they have seen.

use penult_sim::NodeId;

use super::Migrate;
use super::letters::{Known, Letter};
use crate::client::{Client, ClientDisk, Nothing, Side, With};
use crate::server::Cx;

/// A device's side: nothing to keep.
#[derive(Clone, Copy, Debug, Default)]
pub struct Knowing;

impl Side<Migrate> for Knowing {
    type Disk = ();
    type Timer = Nothing;
    type Word = Known;

    fn start((): &mut (), _: &mut Cx<'_, Migrate>) -> Self {
        Knowing
    }

    fn word(
        _: &mut Client<Migrate, Self>,
        disk: &mut ClientDisk<()>,
        _: With,
        _: &mut Cx<'_, Migrate>,
    ) -> Known {
        Known(disk.epoch())
    }

    fn receive(
        _: &mut Client<Migrate, Self>,
        _: &mut ClientDisk<()>,
        from: NodeId,
        packet: Letter,
        cx: &mut Cx<'_, Migrate>,
    ) {
        panic!("{} can't be sent {packet:?} by {from}", cx.node());
    }

    fn wake(
        _: &mut Client<Migrate, Self>,
        _: &mut ClientDisk<()>,
        timer: Nothing,
        _: &mut Cx<'_, Migrate>,
    ) {
        match timer {}
    }
}
