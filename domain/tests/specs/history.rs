//! One agent's history, checked after every step against a naive reading of its events.

use std::collections::BTreeMap;

use availability::{Hold, zone};
use chrono::{DateTime, TimeDelta, Utc};
use domain::reservation::Attempt;
use domain::{
    Agent, AgentCommand, AgentRejection, Aggregate, Answer, Command, Decision, EventContext, OfficeCommand,
    Receipt, Refusal, RescheduleAppointment, Reserved, ReservedTime,
};
use schemas::event::{AgentEvent as Event, AppointmentBooked};
use schemas::value::AppointmentSnapshot;
use schemas::{AppointmentId, AppointmentTypeCode, HoldId, IfMatch, LeadId, PropertyId, ReservationId};

use crate::given::Given;
use crate::samples::{agent_id, appointment_id, booked, nobody, other_agent, profile};
use crate::two_agents::{reassign, received_of};

/// The agent's time that an appointment or a hold takes.
#[derive(Debug, Clone)]
struct Claim {
    lead_id: LeadId,
    appointment_type: AppointmentTypeCode,
    property_id: Option<PropertyId>,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    buffer_before: TimeDelta,
    buffer_after: TimeDelta,
}

impl Claim {
    fn is_the_same_thing_as(&self, other: &Self) -> bool {
        let key = |claim: &Self| {
            (claim.appointment_type.clone(), claim.property_id.clone(), claim.start, claim.end)
        };
        key(self) == key(other)
    }

    fn leaves_room_for(&self, other: &Self) -> bool {
        let (first, second) = if self.start <= other.start { (self, other) } else { (other, self) };
        first.end <= second.start && second.start - first.end >= first.buffer_after.max(second.buffer_before)
    }
}

pub(crate) struct History {
    given: Given<Agent>,
    events: Vec<(Event, EventContext)>,
    answered: Vec<(Command<AgentCommand>, Receipt<Answer>)>,
    /// The ids of appointments that were requested, booked or not.
    ids: Vec<AppointmentId>,
    appointments: BTreeMap<AppointmentId, Claim>,
    /// The open reservations for appointments of another agent.
    reserved: BTreeMap<ReservationId, (AppointmentId, Claim)>,
    /// The appointments that are another agent's now.
    gone: Vec<AppointmentId>,
    holds: BTreeMap<HoldId, (Claim, DateTime<Utc>)>,
    /// Whether the next commands may be sent again.
    may_repeat: bool,
}

impl History {
    pub(crate) fn begin(now: DateTime<Utc>) -> Self {
        let given = nobody().at(now);
        let mut history = Self {
            given,
            events: Vec::new(),
            answered: Vec::new(),
            ids: Vec::new(),
            appointments: BTreeMap::new(),
            reserved: BTreeMap::new(),
            gone: Vec::new(),
            holds: BTreeMap::new(),
            may_repeat: false,
        };
        history.send(AgentCommand::RegisterAgent { agent_id: agent_id(), profile: profile() });
        history
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.given.now
    }

    pub(crate) fn new_appointment_id(&mut self) -> AppointmentId {
        let appointment_id = appointment_id(self.ids.len() as u128);
        self.ids.push(appointment_id);
        appointment_id
    }

    /// One of the appointments so far, finished or not, by any number.
    pub(crate) fn appointment(&self, number: usize) -> Option<AppointmentId> {
        self.ids.get(number.checked_rem(self.ids.len())?).copied()
    }

    /// One of the holds in the calendar, live or not, by any number.
    pub(crate) fn hold(&self, number: usize) -> Option<Hold> {
        let holds: Vec<&Hold> = self.given.state.calendar().holds().collect();
        holds.get(number.checked_rem(holds.len())?).copied().cloned()
    }

    /// One of the appointments that are another agent's, by any number: some were this agent's before.
    pub(crate) fn appointment_elsewhere(&mut self, number: usize) -> AppointmentId {
        let known = number.checked_rem(2 * self.gone.len()).and_then(|number| self.gone.get(number)).copied();
        known.unwrap_or_else(|| self.new_appointment_id())
    }

    /// One of the open reservations, by any number.
    pub(crate) fn reservation(&self, number: usize) -> Option<ReservationId> {
        self.reserved.keys().nth(number.checked_rem(self.reserved.len())?).copied()
    }

    /// Hands an appointment over with what it needs, reserved so many minutes ago; perhaps at another time.
    pub(crate) fn hand_over(
        &mut self,
        appointment_id: AppointmentId,
        reservation_id: ReservationId,
        ago: i64,
        start: Option<DateTime<Utc>>,
    ) {
        let move_to = |reserved| {
            AgentCommand::RescheduleAppointment(RescheduleAppointment {
                start,
                to_agent_id: Some(other_agent()),
                reserved,
                ..RescheduleAppointment::of(appointment_id)
            })
        };
        let asked = self.given.command(move_to(None));
        let asked = Decision::of(&self.given.state, &asked, &self.given.context, self.given.now);
        let Err(Refusal::Rejected(AgentRejection::NeedsReservation(needed))) = asked else { return };
        let attempt = Attempt { reservation_id, made_at: self.given.now - TimeDelta::minutes(ago) };
        let (booking, forced) = (needed.booking, Vec::new());
        let time = ReservedTime { booking, max_appointments_per_slot: 1, forced, meeting_room_url: None };
        self.send(move_to(Some(Reserved { attempt, time })));
    }

    /// Receives what a reservation is for, at this version, with what is remembered of the hand-over.
    pub(crate) fn receive(&mut self, reservation_id: ReservationId, version: u64) {
        let Some(time) = self.given.state.reserved_time(reservation_id) else { return };
        let booking = time.booking.clone();
        let start = booking.start;
        let before = AppointmentBooked {
            lead_id: booking.lead_id,
            appointment_type: booking.appointment_type,
            end: booking.end,
            buffer_before_minutes: booking.buffer_before_minutes,
            buffer_after_minutes: booking.buffer_after_minutes,
            property_id: booking.property_id,
            ..booked(booking.appointment_id, start)
        };
        let there = self.given.command(reassign(booking.appointment_id, None));
        let receive = received_of(&before, reservation_id, version, &there, self.given.now);
        let first = Receipt {
            may_repeat: true,
            digest: receive.receipt.command_digest.clone(),
            version,
            position: receive.receipt.position.expect("it was appended"),
            recorded_at: receive.receipt.recorded_at,
            answer: self.given.state.answer_unchanged(&AgentCommand::ReleaseReservation { reservation_id }),
        };
        self.send(AgentCommand::ReceiveAppointment(Box::new(receive)));
        let answer = self.given.state.answer_unchanged(&there.body);
        self.answered.push((there, Receipt { answer, ..first }));
    }

    pub(crate) fn wait(&mut self, time: TimeDelta) {
        self.given.now += time;
    }

    /// The commands from now on may be sent again, or are sent once.
    pub(crate) fn may_repeat(&mut self, may_repeat: bool) {
        self.may_repeat = may_repeat;
    }

    pub(crate) fn send(&mut self, body: AgentCommand) {
        let command = Command { may_repeat: self.may_repeat, ..self.given.command(body) };
        let before = self.given.state.clone();
        match Decision::of(&self.given.state, &command, &self.given.context, self.given.now) {
            Ok(Decision::Accepted(events)) => {
                let [event] = &events[..] else { panic!("a command is one step: {events:?}") };
                let event = &on_another_clock(event.clone());
                self.apply(event, &command);
                let receipt = self.given.state.receipts().get(command.command_id).expect("just carried out");
                self.answered.push((command.clone(), receipt.clone()));
                let receipt = receipt.clone();
                if matches!(event, Event::CommandHadNoEffect(_)) {
                    assert!(command.may_repeat, "{command:?} is not sent again");
                    self.check_unchanged(&before, &command, &receipt);
                } else {
                    self.check_versions(&before, &command, receipt.version);
                    self.check_answer(&command, &receipt.answer);
                }
            }
            Ok(Decision::Repeated(_)) => panic!("{command:?} was never sent before"),
            Ok(Decision::Unchanged { .. }) if command.may_repeat => panic!("{command:?} is not remembered"),
            Ok(Decision::Unchanged { .. }) | Err(_) => assert_eq!(self.given.state, before),
        }
    }

    /// Checks that a command without effect is remembered with what one who asks now is told, and that it changes nothing.
    fn check_unchanged(&self, before: &Agent, command: &Command<AgentCommand>, receipt: &Receipt<Answer>) {
        let (now, body) = (&self.given.state, &command.body);
        assert_eq!(receipt.answer, before.answer_unchanged(body));
        assert_eq!(receipt.version, before.version_of(body).unwrap_or(0));
        assert_eq!(
            (now.version_of(body), now.answer_unchanged(body)),
            (before.version_of(body), receipt.answer.clone())
        );
        assert_eq!((now.calendar(), now.is_active()), (before.calendar(), before.is_active()));
    }

    /// Checks that the answer says of an appointment or a reservation what one who asks now is told.
    fn check_answer(&self, command: &Command<AgentCommand>, answer: &Answer) {
        let told = |body: &AgentCommand| self.given.state.answer_unchanged(body);
        match &command.body {
            AgentCommand::ReceiveAppointment(received) => {
                let confirm = AgentCommand::ConfirmAppointment {
                    appointment_id: received.handed_over.appointment.appointment_id,
                };
                assert_eq!(*answer, told(&confirm));
            }
            AgentCommand::BookAppointment(_)
            | AgentCommand::ReserveTime(_)
            | AgentCommand::ReleaseReservation { .. }
            | AgentCommand::FenceReservation { .. } => assert_eq!(*answer, told(&command.body)),
            body if body.appointment_id().is_some() => assert_eq!(*answer, told(body)),
            _ => {}
        }
    }

    /// Checks that the change is the next version of what it changed, and that whoever expects the version before it is
    /// told so.
    fn check_versions(&mut self, before: &Agent, command: &Command<AgentCommand>, version: u64) {
        let (earlier, later) = (before.version_of(&command.body), self.given.state.version_of(&command.body));
        let next = match &command.body {
            AgentCommand::RecordExternalBusy { .. } | AgentCommand::RemoveExternalBusy { .. } => earlier,
            AgentCommand::ReceiveAppointment(received) => Some(received.handed_over.appointment.version),
            // Reservations have no version.
            AgentCommand::ReserveTime(_)
            | AgentCommand::ReleaseReservation { .. }
            | AgentCommand::FenceReservation { .. } => Some(0),
            _ => Some(earlier.unwrap_or(0) + 1),
        };
        assert_eq!(Some(version), next, "{command:?}");
        match &command.body {
            // It has ended, and nothing can be done about it any more.
            AgentCommand::ReleaseHold { .. } => assert_eq!(later, None),
            AgentCommand::HoldSlot(_)
            | AgentCommand::ReserveTime(_)
            | AgentCommand::ReceiveAppointment(_)
            | AgentCommand::ReleaseReservation { .. }
            | AgentCommand::FenceReservation { .. } => {}
            // From then on its versions are those with its new agent.
            AgentCommand::RescheduleAppointment(RescheduleAppointment { appointment_id, .. })
                if self.given.state.appointment(*appointment_id).is_none() =>
            {
                assert_eq!(later, None);
            }
            _ => assert_eq!(later, Some(version), "{command:?}"),
        }
        let Some(old) = earlier.filter(|earlier| *earlier != version) else { return };
        let again = self.given.command(command.body.clone());
        let again = Command { if_match: Some(IfMatch::version(old)), ..again };
        let outcome = Decision::of(&self.given.state, &again, &self.given.context, self.given.now);
        assert!(outcome.is_err(), "carried out for one who has not seen the change: {again:?}");
    }

    pub(crate) fn send_to_office(&mut self, body: OfficeCommand) {
        let mut office: Given<domain::Office> = Given::nothing((), self.given.now);
        let command = Command { may_repeat: self.may_repeat, ..office.command(body) };
        let decided = Decision::of(&self.given.context, &command, &(), self.given.now);
        if let Ok(Decision::Accepted(events)) = decided {
            assert_eq!(events.len(), 1, "a command is one step");
            for event in events {
                self.given = self.given.clone().office(event);
            }
        }
    }

    /// Continues as a restarted process would.
    pub(crate) fn restore_from_snapshot(&mut self) {
        let snapshot = serde_json::to_vec(&self.given.state).expect("a state can be written");
        let restored: Agent = serde_json::from_slice(&snapshot).expect("a state can be read");
        assert_eq!(restored, self.given.state);
        self.given.state = restored;
    }

    /// Checks that the stored events, folded from the first one on, give the same state.
    pub(crate) fn check_fold(&self) {
        let mut folded = Agent::default();
        for (event, context) in &self.events {
            let stored = Event::decode(event.event_type(), event.schema_version(), &event.payload());
            folded.evolve(&stored.expect("an event reads back"), context);
        }
        assert_eq!(folded, self.given.state);
    }

    /// Checks that every command, sent again after all the others, still gets its first answer.
    pub(crate) fn check_repetitions(&self) {
        for (command, first) in &self.answered {
            let again = Decision::of(&self.given.state, command, &self.given.context, self.given.now);
            assert_eq!(again, Ok(Decision::Repeated(first.clone())));
        }
    }

    fn apply(&mut self, event: &Event, command: &Command<AgentCommand>) {
        let revision = self.events.len() as u64;
        let context = EventContext {
            may_repeat: true,
            followed_by: 0,
            revision,
            position: revision * 10,
            command_id: command.command_id,
            digest: command.digest.clone(),
            recorded_at: self.given.now,
            clock_showed: self.given.now,
        };
        self.given.state.evolve(event, &context);
        self.events.push((event.clone(), context));
        self.read(event);
    }

    fn take_back(&mut self, appointment: &AppointmentSnapshot, hold_id: Option<HoldId>) {
        let claim = Claim {
            lead_id: appointment.lead_id.clone(),
            appointment_type: appointment.appointment_type.clone(),
            property_id: appointment.property_id.clone(),
            start: appointment.start,
            end: appointment.end,
            buffer_before: minutes(appointment.buffer_before_minutes),
            buffer_after: minutes(appointment.buffer_after_minutes),
        };
        self.claim(appointment.appointment_id, claim, appointment.max_appointments_per_slot, hold_id);
    }

    fn change(&mut self, appointment: &AppointmentSnapshot) {
        let before = self.appointments.remove(&appointment.appointment_id);
        let before = before.expect("only a live one is changed");
        let claim = Claim { property_id: appointment.property_id.clone(), ..before };
        self.check_room(&claim, Some(appointment.max_appointments_per_slot));
        self.appointments.insert(appointment.appointment_id, claim);
    }

    fn read(&mut self, event: &Event) {
        match event {
            Event::AppointmentBooked(booked) => {
                let claim = Claim {
                    lead_id: booked.lead_id.clone(),
                    appointment_type: booked.appointment_type.clone(),
                    property_id: booked.property_id.clone(),
                    start: booked.start,
                    end: booked.end,
                    buffer_before: minutes(booked.buffer_before_minutes),
                    buffer_after: minutes(booked.buffer_after_minutes),
                };
                self.claim(booked.appointment_id, claim, booked.max_appointments_per_slot, booked.hold_id);
            }
            Event::AppointmentRescheduled(moved) => {
                assert_eq!(zone::local(moved.time_zone, moved.start), moved.local_start);
                let before =
                    self.appointments.remove(&moved.appointment_id).expect("only a live one is moved");
                if moved.keep.is_some() && (moved.start, moved.end) == (before.start, before.end) {
                    // It stays where it is, even if that is past.
                    self.appointments.insert(moved.appointment_id, before);
                    return;
                }
                let claim = Claim {
                    start: moved.start,
                    end: moved.end,
                    buffer_before: minutes(moved.buffer_before_minutes),
                    buffer_after: minutes(moved.buffer_after_minutes),
                    ..before
                };
                self.claim(moved.appointment_id, claim, moved.max_appointments_per_slot, moved.hold_id);
            }
            Event::AppointmentReinstated(back) => self.take_back(&back.appointment, back.hold_id),
            Event::AppointmentDetailsChanged(changed) => self.change(&changed.appointment),
            Event::AppointmentCancelled(gone) => {
                self.appointments.remove(&gone.appointment_id).expect("only a live one is cancelled");
            }
            Event::AppointmentReleased(gone) => {
                assert!(gone.confirm_by <= self.given.now, "released before it was due");
                let released = self.appointments.remove(&gone.appointment_id);
                assert!(released.expect("only a live one is released").start > self.given.now);
            }
            Event::AppointmentHandedOver(gone) => {
                let appointment_id = gone.appointment.appointment_id;
                self.appointments.remove(&appointment_id).expect("only a live one goes on");
                self.gone.push(appointment_id);
            }
            Event::TimeReserved(reserved) => {
                let claim = Claim {
                    lead_id: reserved.lead_id.clone(),
                    appointment_type: reserved.appointment_type.clone(),
                    property_id: reserved.property_id.clone(),
                    start: reserved.start,
                    end: reserved.end,
                    buffer_before: minutes(reserved.buffer_before_minutes),
                    buffer_after: minutes(reserved.buffer_after_minutes),
                };
                assert!(claim.start >= self.given.now, "reserved in the past");
                self.check_room(&claim, Some(reserved.max_appointments_per_slot));
                let earlier = self.reserved.insert(reserved.reservation_id, (reserved.appointment_id, claim));
                assert!(earlier.is_none(), "reserved twice");
            }
            Event::ReservationReleased(released) => {
                self.reserved.remove(&released.reservation_id).expect("only an open one is released");
            }
            Event::AppointmentReceived(received) => {
                let (appointment_id, claim) =
                    self.reserved.remove(&received.reservation_id).expect("only an open one is received");
                assert_eq!(appointment_id, received.appointment.appointment_id);
                if let Some(hold_id) = received.hold_id {
                    let (hold, _) = self.holds.remove(&hold_id).expect("only a hold is used up");
                    assert_eq!((&hold.lead_id, hold.start), (&claim.lead_id, claim.start));
                }
                assert!(self.appointments.insert(appointment_id, claim).is_none(), "it was here already");
                self.gone.retain(|gone| *gone != appointment_id);
            }
            Event::SlotHeld(held) => {
                let claim = Claim {
                    lead_id: held.lead_id.clone(),
                    appointment_type: held.appointment_type.clone(),
                    property_id: held.property_id.clone(),
                    start: held.start,
                    end: held.end,
                    buffer_before: minutes(held.buffer_before_minutes),
                    buffer_after: minutes(held.buffer_after_minutes),
                };
                for replaced in &held.replaces {
                    self.holds.remove(replaced).expect("only a hold is replaced");
                }
                self.check_room(&claim, None);
                self.holds.insert(held.hold_id, (claim, held.expires_at));
            }
            Event::HoldReleased(released) => {
                self.holds.remove(&released.hold_id).expect("only a hold is released");
            }
            _ => {}
        }
    }

    fn claim(&mut self, id: AppointmentId, claim: Claim, capacity: u16, used: Option<HoldId>) {
        assert!(claim.start >= self.given.now, "booked into the past");
        if let Some(hold_id) = used {
            let (hold, expires_at) = self.holds.remove(&hold_id).expect("only a hold is used up");
            assert!(self.given.now < expires_at && hold.lead_id == claim.lead_id);
        }
        self.check_room(&claim, Some(capacity));
        assert!(self.appointments.insert(id, claim).is_none(), "{id} was booked already");
    }

    /// Checks that the new claim keeps its distance from every live one, or shares a slot that has room, though never with
    /// its own lead.
    fn check_room(&self, new: &Claim, capacity: Option<u16>) {
        for (appointment_id, known) in &self.appointments {
            let is_live = self.given.state.appointment(*appointment_id).is_some();
            let is_at_that_time = known.start < new.end && new.start < known.end;
            let is_twice = is_live && is_at_that_time && known.lead_id == new.lead_id;
            assert!(!is_twice, "its lead has {known:?} beside {new:?}");
        }
        let own = |hold: &Claim| {
            hold.lead_id == new.lead_id
                && hold.appointment_type == new.appointment_type
                && hold.start == new.start
        };
        let live =
            self.holds.values().filter(|(hold, expires_at)| self.given.now < *expires_at && !own(hold));
        let mut sharing = 0;
        let reserved = self.reserved.values().map(|(_, claim)| claim);
        for other in self.appointments.values().chain(reserved).chain(live.map(|(hold, _)| hold)) {
            if new.is_the_same_thing_as(other) {
                sharing += 1;
            } else {
                assert!(new.leaves_room_for(other), "{new:?} beside {other:?}");
            }
        }
        if let Some(capacity) = capacity {
            assert!(sharing < capacity, "{sharing} others share a slot for {capacity}");
        }
    }
}

fn minutes(minutes: u16) -> TimeDelta {
    TimeDelta::minutes(i64::from(minutes))
}

/// Some appointments were agreed on under other zone rules than today's.
fn on_another_clock(mut event: Event) -> Event {
    if let Event::AppointmentBooked(booked) = &mut event
        && booked.appointment_id.uuid().as_u128().is_multiple_of(3)
    {
        booked.local_start += TimeDelta::hours(1);
    }
    event
}
