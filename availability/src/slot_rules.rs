//! The rules that decide whether a slot is free.

use std::ops::ControlFlow;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use schemas::value::{AppointmentType, LocationKind};
use schemas::{AppointmentId, LeadId, PropertyId};

use crate::blocked::{Blocked, blocked};
use crate::claim::{Booking, Claim, Hold};
use crate::day::{Day, LocalDay};
use crate::slot::{Cause, Finding, Reason, Slot, SlotRequest};
use crate::{AgentCalendar, Interval, OfficeCalendar, zone};

/// One request (agent, office, type, lead, time) and the rules that a slot must satisfy for it.
///
/// Checking, explaining and searching all use these rules, so they cannot disagree.
#[derive(Clone, Copy)]
pub(crate) struct SlotRules<'a> {
    pub(crate) agent: &'a AgentCalendar,
    pub(crate) office: &'a OfficeCalendar,
    pub(crate) appointment_type: &'a AppointmentType,
    pub(crate) property_id: Option<&'a PropertyId>,
    pub(crate) lead_id: Option<&'a LeadId>,
    pub(crate) moving: Option<AppointmentId>,
    pub(crate) duration_minutes: u16,
    pub(crate) now: DateTime<Utc>,
}

/// Called with each reason found against a slot; returns whether to look for more.
pub(crate) type OnFinding<'s> = &'s mut dyn FnMut(Finding) -> ControlFlow<()>;

impl<'a> SlotRules<'a> {
    /// None if the office has no such type in use.
    pub(crate) fn new(
        agent: &'a AgentCalendar,
        office: &'a OfficeCalendar,
        request: &SlotRequest<'a>,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let appointment_type = office.appointment_type(request.appointment_type)?;
        Some(Self {
            agent,
            office,
            appointment_type,
            property_id: request.property_id,
            lead_id: request.lead_id,
            moving: request.moving,
            duration_minutes: duration_of(appointment_type, request),
            now,
        })
    }

    pub(crate) fn length(&self) -> TimeDelta {
        minutes(self.duration_minutes)
    }

    pub(crate) fn step(&self) -> TimeDelta {
        minutes(self.appointment_type.slot_step_minutes.max(1))
    }

    /// The earliest start that notice allows.
    pub(crate) fn earliest(&self) -> DateTime<Utc> {
        let notice = TimeDelta::minutes(i64::from(self.appointment_type.min_notice_minutes));
        self.now.checked_add_signed(notice).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The last local date that the horizon allows.
    pub(crate) fn last_date(&self) -> NaiveDate {
        let now = self.now.clamp(zone::SUPPORTED_RANGE.start, zone::SUPPORTED_RANGE.end);
        LocalDay::around(self.agent.time_zone(), now).date
            + Days::new(u64::from(self.appointment_type.horizon_days))
    }

    /// The hours of a day, for the requested type and for slots that start in it and end by `until`.
    pub(crate) fn day(&self, local: LocalDay, until: DateTime<Utc>) -> Day {
        Day::of(self.agent, self.office, Some(&self.appointment_type.code), local, until)
    }

    /// The blocks of agent and office in a range.
    pub(crate) fn blocks(&self, range: Interval) -> impl Iterator<Item = Blocked> {
        blocked(self.agent, self.office, range)
    }

    /// Applies every rule to one slot, in the order of [`Reason`]. Breaks as soon as `on_finding` does.
    pub(crate) fn judge(
        &self,
        slot: Interval,
        day: &Day,
        blocks: impl Iterator<Item = Blocked>,
        on_finding: OnFinding<'_>,
    ) -> ControlFlow<(), Slot> {
        self.judge_time(slot, day.local, on_finding)?;
        self.judge_place(slot, day, blocks, on_finding)
    }

    /// The same for a slot whose start past, notice and horizon allow.
    pub(crate) fn judge_place(
        &self,
        slot: Interval,
        day: &Day,
        blocks: impl Iterator<Item = Blocked>,
        on_finding: OnFinding<'_>,
    ) -> ControlFlow<(), Slot> {
        self.judge_hours(slot, day, on_finding)?;
        judge_blocks(slot, blocks, on_finding)?;
        self.judge_changing(slot, day.capacity(slot), day.local, on_finding)
    }

    /// The rules that pass by time: past, horizon and notice.
    pub(crate) fn judge_time(
        &self,
        slot: Interval,
        local: LocalDay,
        on_finding: OnFinding<'_>,
    ) -> ControlFlow<()> {
        let has_begun = slot.start < self.now;
        if has_begun {
            on_finding(Finding { reason: Reason::Past, cause: Cause::Past { now: self.now } })?;
        }
        let last_date = self.last_date();
        if local.date > last_date {
            on_finding(Finding { reason: Reason::BeyondHorizon, cause: Cause::Horizon { last_date } })?;
        }
        let earliest = self.earliest();
        if slot.start < earliest && !has_begun {
            on_finding(Finding { reason: Reason::TooSoon, cause: Cause::Notice { earliest } })?;
        }
        ControlFlow::Continue(())
    }

    /// The rules about what changes often: external busy time, appointments, holds and the daily limit.
    pub(crate) fn judge_changing(
        &self,
        slot: Interval,
        capacity: u16,
        local: LocalDay,
        on_finding: OnFinding<'_>,
    ) -> ControlFlow<(), Slot> {
        for busy in self.agent.stored_busy().overlapping(slot) {
            let cause = Cause::ExternalBusy { busy_id: busy.busy_id.clone(), interval: busy.interval() };
            on_finding(Finding { reason: Reason::ExternalBusy, cause })?;
        }
        let sharing = self.judge_claims(slot, capacity, on_finding)?;
        self.judge_daily_limit(slot, local, on_finding)?;
        let room = usize::from(capacity).saturating_sub(sharing);
        ControlFlow::Continue(Slot {
            start: slot.start,
            end: slot.end,
            max_appointments_per_slot: capacity,
            remaining: u16::try_from(room).unwrap_or(capacity),
        })
    }

    fn judge_hours(&self, slot: Interval, day: &Day, on_finding: OnFinding<'_>) -> ControlFlow<()> {
        let grid = day.grid_at(slot.start);
        if let Some(grid) = grid.filter(|grid| !grid.has(slot.start, self.step())) {
            let slot_step_minutes = self.appointment_type.slot_step_minutes;
            let cause = Cause::Grid { hours_start: grid.anchor, slot_step_minutes };
            on_finding(Finding { reason: Reason::OffGrid, cause })?;
        }
        if !day.encloses(slot) {
            on_finding(outside(day))?;
        }
        ControlFlow::Continue(())
    }

    /// Applies the rules about appointments and live holds. Returns how many of them share the slot.
    pub(crate) fn judge_claims(
        &self,
        slot: Interval,
        capacity: u16,
        on_finding: OnFinding<'_>,
    ) -> ControlFlow<(), usize> {
        let ours = self.claim(slot);
        let around = self.surroundings(slot);
        let mut sharing = 0;
        for booking in self.bookings_near(around) {
            if self.tolerates(&ours, &booking.claim(), capacity, &mut sharing) {
                continue;
            }
            let cause =
                Cause::Appointment { appointment_id: booking.appointment_id, interval: booking.interval() };
            on_finding(Finding { reason: Reason::AlreadyBooked, cause })?;
        }
        for hold in self.holds_near(around).filter(|hold| !self.is_own(hold, slot)) {
            if self.tolerates(&ours, &hold.claim(), capacity, &mut sharing) {
                continue;
            }
            let cause = Cause::Hold { hold_id: hold.hold_id, interval: hold.interval() };
            on_finding(Finding { reason: Reason::Held, cause })?;
        }
        if sharing >= usize::from(capacity) {
            let cause = Cause::Capacity { max_appointments_per_slot: capacity };
            on_finding(Finding { reason: Reason::SlotFull, cause })?;
        }
        ControlFlow::Continue(sharing)
    }

    /// Whether `ours` is possible beside `theirs`; counts it in `sharing` if they would share the slot.
    fn tolerates(&self, ours: &Claim<'_>, theirs: &Claim<'_>, capacity: u16, sharing: &mut usize) -> bool {
        let shares = capacity > 1 && ours.can_share_with(theirs);
        *sharing += usize::from(shares);
        shares || ours.keeps_gap_to(theirs, self.travel_to(theirs))
    }

    fn judge_daily_limit(
        &self,
        slot: Interval,
        local: LocalDay,
        on_finding: OnFinding<'_>,
    ) -> ControlFlow<()> {
        let Some(limit) = self.appointment_type.daily_limit else { return ControlFlow::Continue(()) };
        let (booked, held) = self.taken_on(local, Some(slot));
        if booked + held >= usize::from(limit) {
            let cause = Cause::DailyLimit { date: local.date, limit };
            on_finding(Finding { reason: Reason::DailyLimit, cause })?;
        }
        ControlFlow::Continue(())
    }

    /// How many appointments and how many live holds of the type the agent has on the date; the requesting lead's own
    /// hold on the slot does not count.
    pub(crate) fn taken_on(&self, local: LocalDay, slot: Option<Interval>) -> (usize, usize) {
        let code = &self.appointment_type.code;
        let bookings = self.agent.stored_bookings().starting_in(local.window);
        let bookings = bookings.filter(|booking| {
            booking.appointment_type == *code && Some(booking.appointment_id) != self.moving
        });
        let holds = self.agent.stored_holds().starting_in(local.window);
        let holds = holds.filter(|hold| hold.appointment_type == *code && hold.is_live(self.now));
        let holds = holds.filter(|hold| slot.is_none_or(|slot| !self.is_own(hold, slot)));
        (bookings.count(), holds.count())
    }

    fn claim(&self, slot: Interval) -> Claim<'a> {
        Claim {
            interval: slot,
            appointment_type: &self.appointment_type.code,
            property_id: self.property_id,
            buffer_before: minutes(self.appointment_type.buffer_before_minutes),
            buffer_after: minutes(self.appointment_type.buffer_after_minutes),
        }
    }

    /// The slot, widened by the type's buffers or the travel time if longer.
    pub(crate) fn surroundings(&self, slot: Interval) -> Interval {
        let travel = minutes(self.office.travel_minutes());
        Interval::new(
            slot.start - travel.max(minutes(self.appointment_type.buffer_before_minutes)),
            slot.end + travel.max(minutes(self.appointment_type.buffer_after_minutes)),
        )
    }

    fn bookings_near(&self, around: Interval) -> impl Iterator<Item = &'a Booking> {
        let moving = self.moving;
        let near = self.agent.stored_bookings().near(around);
        near.filter(move |booking| Some(booking.appointment_id) != moving)
    }

    fn holds_near(&self, around: Interval) -> impl Iterator<Item = &'a Hold> {
        let now = self.now;
        self.agent.stored_holds().near(around).filter(move |hold| hold.is_live(now))
    }

    /// Whether it is the requesting lead's own hold on exactly this slot.
    fn is_own(&self, hold: &Hold, slot: Interval) -> bool {
        self.lead_id == Some(&hold.lead_id)
            && hold.appointment_type == self.appointment_type.code
            && hold.start == slot.start
    }

    /// The travel time between the two: zero unless both are visits, and zero within one property.
    fn travel_to(&self, theirs: &Claim<'_>) -> TimeDelta {
        let same_place = self.property_id.is_some() && self.property_id == theirs.property_id;
        let visits = self.appointment_type.location_kind == LocationKind::Property
            && self.office.is_at_property(theirs.appointment_type);
        if visits && !same_place { minutes(self.office.travel_minutes()) } else { TimeDelta::zero() }
    }
}

/// How long the requested slot is: as the request says, or else as its type is.
pub(crate) fn length_of(appointment_type: &AppointmentType, request: &SlotRequest<'_>) -> TimeDelta {
    minutes(duration_of(appointment_type, request))
}

fn duration_of(appointment_type: &AppointmentType, request: &SlotRequest<'_>) -> u16 {
    request.duration_minutes.unwrap_or(appointment_type.duration_minutes)
}

/// The finding about a slot that no hours of the day enclose.
pub(crate) fn outside(day: &Day) -> Finding {
    let cause = Cause::Hours { hours: day.hours().into() };
    Finding { reason: Reason::OutsideHours, cause }
}

/// The rule about blocks, of agent and office.
pub(crate) fn judge_blocks(
    slot: Interval,
    blocks: impl Iterator<Item = Blocked>,
    on_finding: OnFinding<'_>,
) -> ControlFlow<()> {
    for block in blocks.filter(|block| block.interval.overlaps(&slot)) {
        on_finding(Finding { reason: Reason::Blocked, cause: block.cause() })?;
    }
    ControlFlow::Continue(())
}

fn minutes(minutes: u16) -> TimeDelta {
    TimeDelta::minutes(i64::from(minutes))
}
