//! A strategy for tests: it has services of several kinds, every server greets every other as the run begins, and no
//! message is taken in.

use penult_models::{Packet, *};
use penult_sim::*;

/// Its table.
#[derive(Clone, Debug)]
pub struct SeveralOptions {
    /// How many `s0`, `s1`, …
    pub servers: u32,
    /// How many `bus0`, `bus1`, …
    pub buses: u32,
    /// How far each of these is.
    pub latency: Span,
    /// Whether there must be gateways.
    pub gateways: bool,
}

/// A server of it, of any kind.
pub struct Several;

/// A greeting.
#[derive(Clone, Debug)]
pub struct Hello;

impl Ids for Hello {
    fn ids(&self) -> u64 {
        1
    }
}

impl Between for Hello {
    fn bytes(&self) -> u32 {
        0
    }

    fn contents(&self, _: &mut dyn FnMut(DeliveryId)) {}
}

impl Server for Several {
    const NAME: &'static str = "several";
    const ABOUT: &'static str = "many services and no service";
    const PROMISES: Promises =
        Promises { survives: "nothing", order: "none", stores: "nothing anywhere" };
    const SERVICES: &'static [ServiceKind] = &[
        ServiceKind::DIRECTORY,
        ServiceKind::numbered("s"),
        ServiceKind::numbered("bus"),
        ServiceKind::only("desk"),
    ];

    type Options = SeveralOptions;
    type Disk = ();
    type Packet = Hello;
    type Timer = ();
    type Device = Client<Self>;

    fn needs(options: &SeveralOptions) -> Needs {
        Needs { gateways: options.gateways, queue_at_gateways: false, ..Needs::default() }
    }

    fn services(options: &SeveralOptions, facts: &Facts<'_>) -> Vec<ServiceSpec> {
        let SeveralOptions { servers, buses, latency, .. } = *options;
        let built = ServiceOptions { latency: Delay::constant(latency), ..Default::default() };
        let several = |kind, count| ServiceSpec::several(kind, count, &built, facts);
        let [directory, s, bus, desk] = Self::SERVICES else { unreachable!("there are four") };
        let mut services = vec![ServiceSpec::only(*directory, facts.directory)];
        let on_disk = facts.queue == QueuePlace::Disk;
        services.extend(several(*s, servers).map(|it| ServiceSpec { durable: on_disk, ..it }));
        services.extend(several(*bus, buses).map(|it| ServiceSpec { is_close: true, ..it }));
        services.push(ServiceSpec::only(*desk, &built));
        services
    }

    fn new_disk(_: NodeId, _: &World<SeveralOptions>) {}

    fn start((): &mut (), cx: &mut Cx<'_, Self>) -> Self {
        let Places { gateways, services, .. } = cx.world().places;
        let all = (0..gateways + services).map(|number| NodeId::new(number as usize));
        let me = cx.node();
        all.filter(|&it| it != me).for_each(|to| cx.send(to, Packet::Between(Hello)));
        Several
    }

    fn recover((): &mut (), _: &mut Cx<'_, Self>) -> Self {
        Several
    }

    fn hear(&mut self, (): &mut (), from: ClientId, up: Up, cx: &mut Cx<'_, Self>) {
        if let Up::Submit(message) = up {
            let device = cx.world().places.client(from);
            cx.send(device, Packet::Down(Down::Refused(message.id)));
        }
    }

    fn receive(&mut self, (): &mut (), _: NodeId, _: Hello, _: &mut Cx<'_, Self>) {}

    fn wake(&mut self, (): &mut (), (): (), _: &mut Cx<'_, Self>) {}
}
