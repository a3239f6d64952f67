use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use schemas::value::{AvailabilityRule, Block, DateException};
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, BlockId, BusyId, HoldId, LeadId, RuleId};
use serde::{Deserialize, Serialize};

use crate::block::Blocks;
use crate::bookings::Bookings;
use crate::claim::{Booking, ExternalBusy, Hold};
use crate::timeline::Timeline;
use crate::{OfficeCalendar, rule};

/// Everything about one agent's time: zone, hours, blocks, external busy time, holds and appointments.
///
/// It validates nothing: [`check`](crate::check()) decides what may be booked, before the calendar is changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentCalendar {
    /// Whose it is; none of a calendar that was not told.
    agent_id: Option<AgentId>,
    places: Vec<String>,
    time_zone: Tz,
    inherits_office_hours: bool,
    rules: BTreeMap<RuleId, AvailabilityRule>,
    exceptions: BTreeMap<NaiveDate, DateException>,
    blocks: Blocks,
    external_busy: Timeline<ExternalBusy>,
    holds: Timeline<Hold>,
    bookings: Bookings,
}

impl AgentCalendar {
    /// An empty calendar. Without rules of its own it has the office's hours if it inherits them, and otherwise none.
    pub fn new(time_zone: Tz, inherits_office_hours: bool) -> Self {
        Self {
            agent_id: None,
            places: Vec::new(),
            time_zone,
            inherits_office_hours,
            rules: BTreeMap::new(),
            exceptions: BTreeMap::new(),
            blocks: Blocks::default(),
            external_busy: Timeline::default(),
            holds: Timeline::default(),
            bookings: Bookings::default(),
        }
    }

    /// The zone in which its own hours are read and its dates begin.
    pub const fn time_zone(&self) -> Tz {
        self.time_zone
    }

    /// Moves the agent to another zone: hours, exceptions, recurring blocks and whole days are read there from now on;
    /// appointments and single blocks keep their instants.
    pub fn set_time_zone(&mut self, time_zone: Tz) {
        self.time_zone = time_zone;
        self.blocks.move_to_zone(time_zone);
    }

    /// Says whose calendar it is, and the agent's regions and comunas, so that the office's blocks for these apply.
    pub fn set_owner(&mut self, agent_id: AgentId, places: Vec<String>) {
        (self.agent_id, self.places) = (Some(agent_id), places);
    }

    /// Whether a block of the office is for this agent: it names neither regions nor agents, or this agent, or one of the
    /// agent's regions or comunas, in small letters or capitals. Some holidays are of comunas.
    pub fn is_concerned_by(&self, block: &Block) -> bool {
        if block.regions.is_empty() && block.agent_ids.is_empty() {
            return true;
        }
        let is_own = |region: &String| self.places.iter().any(|own| same_name(own, region));
        self.agent_id.as_ref().is_some_and(|id| block.agent_ids.contains(id))
            || block.regions.iter().any(is_own)
    }

    /// Whether any region or comuna of the agent is known.
    pub const fn has_places(&self) -> bool {
        !self.places.is_empty()
    }

    /// Whether both agents have a region or a comuna in common.
    pub fn shares_place_with(&self, other: &Self) -> bool {
        self.places.iter().any(|own| other.places.iter().any(|place| same_name(own, place)))
    }

    /// Whether the office's hours apply to it too.
    pub const fn inherits_office_hours(&self) -> bool {
        self.inherits_office_hours
    }

    /// Sets whether the office's hours apply to it too.
    pub const fn set_inherits_office_hours(&mut self, inherits_office_hours: bool) {
        self.inherits_office_hours = inherits_office_hours;
    }

    /// Adds hours; a rule with the same id is replaced.
    pub fn add_rule(&mut self, rule: AvailabilityRule) {
        self.rules.insert(rule.rule_id, rule);
    }

    /// Removes hours and returns them.
    pub fn remove_rule(&mut self, rule_id: RuleId) -> Option<AvailabilityRule> {
        self.rules.remove(&rule_id)
    }

    /// Replaces all its own hours.
    pub fn replace_rules(&mut self, rules: impl IntoIterator<Item = AvailabilityRule>) {
        self.rules = rules.into_iter().map(|rule| (rule.rule_id, rule)).collect();
    }

    /// Its own hours, by id.
    pub fn rules(&self) -> impl Iterator<Item = &AvailabilityRule> {
        self.rules.values()
    }

    /// Replaces the hours that begin on one date, including those inherited from the office.
    pub fn set_exception(&mut self, exception: DateException) {
        self.exceptions.insert(exception.date, exception);
    }

    /// Removes the exception of a date, whose weekly hours then apply again. Returns the exception.
    pub fn remove_exception(&mut self, date: NaiveDate) -> Option<DateException> {
        self.exceptions.remove(&date)
    }

    /// The exception of this date.
    pub fn exception(&self, date: NaiveDate) -> Option<&DateException> {
        self.exceptions.get(&date)
    }

    /// The dates with hours of their own, earliest first.
    pub fn exceptions(&self) -> impl Iterator<Item = &DateException> {
        self.exceptions.values()
    }

    /// Adds a block; one with the same id is replaced.
    pub fn block(&mut self, block: Block) {
        self.blocks.insert(block);
    }

    /// Removes a block and returns it.
    pub fn unblock(&mut self, block_id: BlockId) -> Option<Block> {
        self.blocks.remove(block_id)
    }

    /// Leaves out the occurrence of a recurring block that begins on this date.
    pub fn skip_occurrence(&mut self, block_id: BlockId, date: NaiveDate) {
        self.blocks.skip(block_id, date);
    }

    /// The block of this id.
    pub fn find_block(&self, block_id: BlockId) -> Option<&Block> {
        self.blocks.get(block_id)
    }

    /// How many of the blocks recur.
    pub fn recurring_blocks(&self) -> usize {
        self.blocks.recurring()
    }

    /// The blocks: single ones by start, then recurring ones.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.blocks.iter()
    }

    /// Adds busy time of an external calendar; one with the same id is replaced.
    pub fn record_busy(&mut self, busy: ExternalBusy) {
        self.external_busy.insert(busy);
    }

    /// Removes busy time and returns it.
    pub fn remove_busy(&mut self, busy_id: &BusyId) -> Option<ExternalBusy> {
        self.external_busy.remove(busy_id)
    }

    /// The busy time of this id.
    pub fn find_busy(&self, busy_id: &BusyId) -> Option<&ExternalBusy> {
        self.external_busy.get(busy_id)
    }

    /// The busy times of external calendars, earliest start first.
    pub fn external_busy(&self) -> impl Iterator<Item = &ExternalBusy> {
        self.external_busy.iter()
    }

    /// Adds a hold; one with the same id is replaced.
    pub fn hold(&mut self, hold: Hold) {
        self.holds.insert(hold);
    }

    /// Removes a hold and returns it.
    pub fn release_hold(&mut self, hold_id: HoldId) -> Option<Hold> {
        self.holds.remove(&hold_id)
    }

    /// The hold of this id, live or not.
    pub fn find_hold(&self, hold_id: HoldId) -> Option<&Hold> {
        self.holds.get(&hold_id)
    }

    /// The lead's live hold on exactly this type and start.
    pub fn own_hold(
        &self,
        lead_id: &LeadId,
        appointment_type: &AppointmentTypeCode,
        start: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Option<&Hold> {
        self.holds.starting_at(start).find(|hold| {
            hold.lead_id == *lead_id && hold.appointment_type == *appointment_type && hold.is_live(now)
        })
    }

    /// The holds, live or not, earliest start first.
    pub fn holds(&self) -> impl Iterator<Item = &Hold> {
        self.holds.iter()
    }

    /// Adds an appointment; one with the same id is replaced, so booking a moved appointment moves it.
    pub fn book(&mut self, booking: Booking) {
        self.bookings.insert(booking);
    }

    /// Removes an appointment and returns it.
    pub fn free(&mut self, appointment_id: AppointmentId) -> Option<Booking> {
        self.bookings.remove(appointment_id)
    }

    /// The appointment of this id.
    pub fn find_booking(&self, appointment_id: AppointmentId) -> Option<&Booking> {
        self.bookings.by_time().get(&appointment_id)
    }

    /// The appointments, earliest start first, past ones too until they are dropped.
    pub fn bookings(&self) -> impl Iterator<Item = &Booking> {
        self.bookings.by_time().iter()
    }

    /// Drops appointments and external busy time that ended by `instant`, and holds that ended or expired by then.
    ///
    /// An appointment counts towards the daily limit of its date even when it is over, so `instant` should lie at
    /// least two days back. Hours, exceptions and blocks stay.
    pub fn drop_before(&mut self, instant: DateTime<Utc>) {
        self.bookings.drop_before(instant);
        self.external_busy.drop_before(instant, |busy| busy.end <= instant);
        self.holds.drop_before(DateTime::<Utc>::MAX_UTC, |hold| hold.end.min(hold.expires_at) <= instant);
    }

    /// Whether any of its hours, of whichever date, are for appointments of this type.
    pub fn has_hours_for(&self, office: &OfficeCalendar, code: &AppointmentTypeCode) -> bool {
        self.exceptions.values().any(|exception| !exception.intervals.is_empty())
            || self.rules().any(|rule| rule::is_for(rule, Some(code)))
            || self.inherits_office_hours && office.rules().any(|rule| rule::is_for(rule, Some(code)))
    }

    pub(crate) const fn stored_blocks(&self) -> &Blocks {
        &self.blocks
    }

    pub(crate) const fn stored_busy(&self) -> &Timeline<ExternalBusy> {
        &self.external_busy
    }

    pub(crate) const fn stored_holds(&self) -> &Timeline<Hold> {
        &self.holds
    }

    pub(crate) const fn stored_bookings(&self) -> &Timeline<Booking> {
        self.bookings.by_time()
    }

    /// The lead's appointments, in no order.
    pub(crate) fn bookings_of<'a>(&'a self, lead_id: &LeadId) -> impl Iterator<Item = &'a Booking> + use<'a> {
        self.bookings.of_lead(lead_id)
    }
}

fn same_name(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|name| name.trim().chars().flat_map(char::to_lowercase));
    one.eq(other)
}
