//! A delivery that a gateway holds: what is known of it, and what is done with it.
//!
//! Whatever state it leaves, it leaves no timer of that state behind; what each state takes for granted is
//! asserted where it begins.

use penult_sim::{Time, TimerId};

use super::letters::Copy;
use crate::few::Few;
use crate::ids::GatewayId;
use crate::note::{Note, Wait};
use crate::server::{Cx, Server};

/// A delivery that a gateway holds.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) copy: Copy,
    /// Who brought it: the sender's device, or a gateway.
    pub(super) from: From,
    /// Gateways that brought it later, and those it was sent to: all who have to hear when it is done.
    pub(super) others: Few<GatewayId>,
    state: State,
    /// Whom it was sent to last.
    pub(super) sent_to: Option<GatewayId>,
    /// When it was first sent there.
    pub(super) turn: Time,
    /// The host that says that the recipient's device is online, where that matters.
    pub(super) online_at: Option<GatewayId>,
    /// Since when it has been in this state.
    pub(super) since: Time,
    /// How many gateways beyond this one are known to have stored it.
    pub(super) beyond: u32,
    /// Whether nobody else beyond this one is to store it.
    pub(super) whole: bool,
    /// Whether the recipient's host has stored it.
    pub(super) arrived: bool,
    /// Whether it was handed to the recipient, and may have to be again.
    pub(super) handed_over: bool,
    /// Whether the sender was told that the system has it.
    pub(super) accepted: bool,
    /// What ends its time here; absent once that is over.
    hold_guard: Option<TimerId>,
    /// Whether the recipient has it.
    received: bool,
    /// Whether the recipient's user did what deletes it: then it waits for the other recipients' users.
    pub(super) triggered: bool,
    /// Whether the external store said that it has it.
    pub(super) in_store: bool,
    /// Whether it was held for as long as messages are held.
    over: bool,
}

// With its id, two lines of the processor's cache.
const _: () = assert!(size_of::<Held>() <= 120);

/// Who brought a delivery: the sender's device, a gateway, or the external store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    Sender,
    Gateway(GatewayId),
    Store,
}

/// What a gateway does with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It was sent to this gateway, so many times, and not acknowledged yet.
    Sent { to: GatewayId, attempts: u32, guard: Option<TimerId> },
    /// This gateway has stored it; so many questions whether the host has were not answered.
    Passed { to: GatewayId, questions: u32, guard: Option<TimerId> },
    /// The recipient is hosted here, and is handed it.
    Hosted,
    /// The directory was asked who may host the recipient.
    Claiming,
    /// This gateway hosts the recipient, who is online and has yet to acknowledge it.
    Watching { to: GatewayId, guard: Option<TimerId> },
    /// The directory was asked who hosts the recipient, before it sets off.
    LookedUp,
    /// Nothing is left to do but to hold it.
    Resting,
}

impl Held {
    /// What was stored right now.
    pub(super) fn new(copy: Copy, from: From, now: Time, hold_guard: TimerId) -> Self {
        Held {
            copy,
            from,
            others: Few::default(),
            state: State::Resting,
            sent_to: None,
            turn: now,
            online_at: None,
            since: now,
            beyond: 0,
            whole: false,
            arrived: false,
            handed_over: false,
            accepted: false,
            hold_guard: Some(hold_guard),
            received: false,
            triggered: false,
            in_store: false,
            over: false,
        }
    }

    #[inline]
    pub(super) fn state(&self) -> State {
        self.state
    }

    /// Whether the recipient has it.
    #[inline]
    pub(super) fn is_received(&self) -> bool {
        self.received
    }

    /// How many bytes of it count.
    pub(super) fn bytes(&self) -> u32 {
        self.copy.flags.bytes_of(&self.copy.message)
    }

    /// Whether it was held for as long as messages are held.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// What it waits for is not waited for any more: nothing is done with it but to hold it.
    #[inline]
    pub(super) fn rest<S: Server>(&mut self, cx: &mut Cx<'_, S>) {
        if let Some(guard) = self.guard().and_then(Option::take) {
            cx.cancel_timer(guard);
        }
        self.state = State::Resting;
    }

    /// The same, and tells how long it waited for somebody.
    #[inline]
    pub(super) fn stop_waiting<S: Server>(&mut self, cx: &mut Cx<'_, S>) {
        let now = cx.now();
        let since = std::mem::replace(&mut self.since, now);
        let waited_for = self.waits_for();
        self.rest(cx);
        if let Some(awaited) = waited_for.filter(|_| now > since) {
            let why = Wait::For(cx.world().places.gateway(awaited));
            cx.tell(Note::Waited { delivery: self.copy.delivery(), why, since });
        }
    }

    /// It was sent to a gateway, so many times, and waits to be acknowledged.
    #[inline]
    pub(super) fn set_sent(&mut self, to: GatewayId, attempts: u32, guard: TimerId) {
        debug_assert!(attempts > 0, "{self:?} was sent");
        self.begin(State::Sent { to, attempts, guard: Some(guard) });
    }

    /// That gateway has stored it, and has yet to say that the host has.
    #[inline]
    pub(super) fn set_passed(&mut self, to: GatewayId, guard: TimerId) {
        debug_assert!(!self.arrived, "what has arrived is not asked about: {self:?}");
        self.begin(State::Passed { to, questions: 0, guard: Some(guard) });
    }

    /// It is handed to its recipient.
    pub(super) fn set_hosted(&mut self) {
        (self.arrived, self.handed_over) = (true, true);
        self.begin(State::Hosted);
    }

    /// It waits for the directory to say who may host the recipient.
    pub(super) fn set_claiming(&mut self) {
        debug_assert!(!self.received, "nobody is claimed for what was received: {self:?}");
        self.begin(State::Claiming);
    }

    /// It waits for the directory to say who hosts the recipient.
    pub(super) fn set_looked_up(&mut self) {
        debug_assert!(self.from == From::Sender, "others chose its way: {self:?}");
        self.begin(State::LookedUp);
    }

    /// It waits for this host to say that the recipient has it.
    pub(super) fn set_watching(&mut self, to: GatewayId, guard: TimerId, now: Time) {
        debug_assert!(self.arrived && !self.received, "who has to hand it over? {self:?}");
        self.since = now;
        self.begin(State::Watching { to, guard: Some(guard) });
    }

    #[inline]
    fn begin(&mut self, state: State) {
        debug_assert!(
            self.guard().is_none_or(|guard| guard.is_none()),
            "a timer is left behind: {self:?}, then {state:?}"
        );
        self.state = state;
    }

    /// The gateway that has it was asked whether the host has, once more.
    pub(super) fn asked_again(&mut self, new: TimerId) {
        let State::Passed { questions, guard, .. } = &mut self.state else {
            unreachable!("nobody is asked about {self:?}")
        };
        *questions += 1;
        *guard = Some(new);
    }

    /// The gateway that has it answered that it is at it.
    pub(super) fn is_worked_on_by(&mut self, gateway: GatewayId) {
        if let State::Passed { to, questions, .. } = &mut self.state
            && *to == gateway
        {
            *questions = 0;
        }
    }

    /// What waits for an acknowledgement was reported once more.
    pub(super) fn reported_again(&mut self, new: TimerId) {
        match &mut self.state {
            State::Sent { guard, .. } | State::Passed { guard, .. } => *guard = Some(new),
            state => unreachable!("{state:?} waits for nobody"),
        }
    }

    /// The recipient has it. False if that was known.
    pub(super) fn set_received(&mut self) -> bool {
        self.arrived = true;
        !std::mem::replace(&mut self.received, true)
    }

    /// It was held for as long as messages are held.
    pub(super) fn set_over(&mut self) {
        debug_assert!(self.hold_guard.is_some(), "nothing ends its time: {self:?}");
        (self.over, self.hold_guard) = (true, None);
    }

    /// It comes back from the external store, after its time was over: that begins anew, and its way.
    pub(super) fn set_out_again<S: Server>(
        &mut self,
        copy: Copy,
        from: From,
        hold_guard: TimerId,
        cx: &mut Cx<'_, S>,
    ) {
        debug_assert!(self.over && !self.received, "it is not to go again: {self:?}");
        self.stop_timers(cx);
        if let From::Gateway(before) = self.from {
            self.others.push(before);
        }
        self.others.retain(|&other| from != From::Gateway(other));
        (self.copy, self.from, self.hold_guard) = (copy, from, Some(hold_guard));
        (self.over, self.in_store, self.since) = (false, false, cx.now());
        (self.beyond, self.whole, self.arrived) = (0, false, false);
    }

    /// The disk that it is on comes back. Timers ended with what set them.
    pub(super) fn comes_back(&mut self, hold_guard: TimerId, now: Time) {
        (self.state, self.since) = (State::Resting, now);
        self.hold_guard = Some(hold_guard);
    }

    /// It is held no longer, or begins anew.
    pub(super) fn stop_timers<S: Server>(&mut self, cx: &mut Cx<'_, S>) {
        self.rest(cx);
        if let Some(guard) = self.hold_guard.take() {
            cx.cancel_timer(guard);
        }
    }

    fn guard(&mut self) -> Option<&mut Option<TimerId>> {
        match &mut self.state {
            State::Sent { guard, .. }
            | State::Passed { guard, .. }
            | State::Watching { guard, .. } => Some(guard),
            State::Hosted | State::Claiming | State::LookedUp | State::Resting => None,
        }
    }

    /// Whom it waits for.
    pub(super) fn waits_for(&self) -> Option<GatewayId> {
        match self.state {
            State::Sent { to, .. } | State::Passed { to, .. } => Some(to),
            State::Hosted
            | State::Claiming
            | State::LookedUp
            | State::Watching { .. }
            | State::Resting => None,
        }
    }

    /// Whether so many gateways have it, or nobody else is to have it.
    pub(super) fn is_safe(&self, needed: u32) -> bool {
        let stored = 1 + self.beyond + u32::from(self.in_store);
        self.whole || self.received || stored >= needed
    }

    /// Its sender's device brought it as well, and wants to hear when it is safe.
    pub(super) fn is_brought_by_sender(&mut self) {
        if let From::Gateway(gateway) = std::mem::replace(&mut self.from, From::Sender) {
            self.knows(gateway);
        }
        self.accepted = false;
    }

    pub(super) fn knows(&mut self, gateway: GatewayId) {
        if self.from != From::Gateway(gateway) && !self.others.contains(&gateway) {
            self.others.push(gateway);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use penult_sim::Span;

    use super::*;
    use crate::ids::ClientId;
    use crate::member::MemberTimer;
    use crate::message::{Flags, Message};
    use crate::parts::trial::{Due, Trial, Tried, log, play, world};
    use crate::strategies::chain::letters::{InStore, Waybill};
    use crate::strategies::chain::route::Route;

    const NEXT: GatewayId = GatewayId(1);

    /// Holds one delivery. Nothing that it waits for ever comes, so that a timer that is left behind is noticed.
    #[derive(Default)]
    struct Holder<const CARELESS: bool>(Option<Held>);

    fn copy(stored: Time) -> Copy {
        Copy::from(Waybill {
            message: Message::numbered(1),
            recipient: ClientId(1),
            flags: Flags::default(),
            epoch: 0,
            stored,
            route: Route { gateways: Rc::from([GatewayId(0), NEXT]), mirrors: false },
            source: GatewayId(0),
            in_store: InStore::No,
            received: false,
        })
    }

    impl<const CARELESS: bool> Tried for Holder<CARELESS> {
        type Letter = ();
        type Timer = ();

        fn step(&mut self, number: usize, cx: &mut Cx<'_, Trial<Self>>) {
            let mut later = || cx.set_timer(Span::secs(1), MemberTimer::Server(Due::Of(())));
            if number == 0 {
                let (hold, guard) = (later(), later());
                let mut held = Held::new(copy(cx.now()), From::Sender, cx.now(), hold);
                held.set_sent(NEXT, 1, guard);
                assert_eq!(held.waits_for(), Some(NEXT));
                self.0 = Some(held);
                return;
            }
            let held = self.0.as_mut().expect("it is held");
            if CARELESS {
                return held.set_hosted();
            }
            let guard = later();
            held.stop_waiting(cx);
            assert_eq!((held.state(), held.since), (State::Resting, cx.now()));
            // A copy on the next gateway is safe if two are enough; one that was received always is.
            held.set_passed(NEXT, guard);
            held.beyond = 1;
            assert!(held.is_safe(2) && !held.is_safe(3));
            held.is_brought_by_sender();
            held.knows(NEXT);
            held.knows(NEXT);
            assert_eq!(held.others.iter().collect::<Vec<_>>(), [&NEXT]);
            held.rest(cx);
            held.set_hosted();
            assert!(held.arrived && held.handed_over && held.waits_for().is_none());
            assert!(held.set_received() && !held.set_received() && held.is_safe(3));
            held.stop_timers(cx);
        }

        fn wake(&mut self, (): (), _: &mut Cx<'_, Trial<Self>>) {
            unreachable!("what is not waited for any more has no timer");
        }
    }

    #[test]
    fn it_tells_how_long_it_waited_and_leaves_no_timer() {
        assert_eq!(play::<Holder<false>>(&world(), &[1_000, 1_500]), log([(1_500, "g0: Waited")]));
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "a timer is left behind")]
    fn a_timer_that_is_left_behind_is_noticed() {
        play::<Holder<true>>(&world(), &[1_000, 1_500]);
    }
}
