//! When a property can be visited, and by whom it is shown.
//!
//! Its hours, date exceptions and blocks are read in its own zone, as an agent's are in the agent's. The visits that it has
//! are those of all agents, and live holds of them. They are told apart by agent, type and interval: appointments that
//! share one slot of an open house are one visit.

mod judging;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use schemas::value::{AvailabilityRule, Block, Coordinates, DateException};
use schemas::{AgentId, AppointmentId, AppointmentTypeCode, BlockId, HoldId, RuleId};
use serde::{Deserialize, Serialize};

use crate::Interval;
use crate::block::Blocks;
use crate::showing::ShowingAgent;
use crate::timeline::{Entry, Timeline};

/// How many visits a property may have at once, over all agents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "overlap", rename_all = "snake_case")]
pub enum Overlap {
    /// One.
    #[default]
    Exclusive,
    /// Up to a number.
    Shared {
        /// The number, at least 1.
        simultaneous_visits: u16,
    },
    /// Any number; who comes later is told who is there.
    Announced,
}

/// How many visits a property may have in a while, as its own zone's calendar counts it; none = any number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitCaps {
    /// On one date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u16>,
    /// From a Monday to the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_week: Option<u16>,
}

/// What takes a property's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum VisitId {
    /// An appointment.
    Appointment(AppointmentId),
    /// A hold.
    Hold(HoldId),
}

/// A visit that a property has, with any agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertyVisit {
    /// The appointment, or the hold of a future one.
    pub visit_id: VisitId,
    /// Who shows the property.
    pub agent_id: AgentId,
    /// The type.
    pub appointment_type: AppointmentTypeCode,
    /// When it starts.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// Of a hold: the first instant at which it no longer counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A visit that somebody would like to have.
#[derive(Debug, Clone, Copy)]
pub struct WantedVisit<'a> {
    /// When.
    pub interval: Interval,
    /// The type.
    pub appointment_type: &'a AppointmentTypeCode,
    /// Whether appointments of the type take place at a property. Others need only the agent who may show it: neither
    /// hours, overlap nor caps concern a call about it.
    pub is_visit: bool,
    /// Who would show the property; none = whoever may.
    pub agent: Option<ShowingAgent<'a>>,
    /// The appointment to be moved there, whose present time does not count.
    pub moving: Option<AppointmentId>,
}

/// Everything about the time of one property: zone, visit hours, blocks, limits, the agents who may show it, and the
/// visits that it has.
///
/// It validates nothing. Without weekly hours it can be visited at any time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PropertyCalendar {
    time_zone: Tz,
    active: bool,
    places: Vec<String>,
    #[serde(default)]
    coordinates: Option<Coordinates>,
    agent_ids: BTreeSet<AgentId>,
    notice_minutes: u32,
    overlap: Overlap,
    caps: VisitCaps,
    rules: BTreeMap<RuleId, AvailabilityRule>,
    exceptions: BTreeMap<NaiveDate, DateException>,
    blocks: Blocks,
    visits: Timeline<PropertyVisit>,
}

impl PropertyVisit {
    /// When it starts and ends.
    pub const fn interval(&self) -> Interval {
        Interval::new(self.start, self.end)
    }

    /// Whether it still counts.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_none_or(|expires_at| now < expires_at)
    }

    /// What appointments that share one slot have in common.
    fn slot(&self) -> (Interval, &AgentId, &AppointmentTypeCode) {
        (self.interval(), &self.agent_id, &self.appointment_type)
    }
}

impl Entry for PropertyVisit {
    type Id = VisitId;

    fn id(&self) -> &VisitId {
        &self.visit_id
    }

    fn interval(&self) -> Interval {
        Self::interval(self)
    }
}

impl<'a> WantedVisit<'a> {
    /// Whether the visit that is there takes the very slot that is wanted, so that both are one.
    fn is_one_with(&self, visit: &PropertyVisit) -> bool {
        visit.interval() == self.interval
            && visit.appointment_type == *self.appointment_type
            && self.agent.is_some_and(|agent| visit.agent_id == *agent.agent_id)
    }

    fn is_moving(&self, visit: &PropertyVisit) -> bool {
        self.moving.is_some_and(|moving| visit.visit_id == VisitId::Appointment(moving))
    }
}

impl Default for PropertyCalendar {
    fn default() -> Self {
        Self::new(Tz::UTC)
    }
}

impl PropertyCalendar {
    /// A property on the market that anybody may show at any time, to one lead at a time.
    pub fn new(time_zone: Tz) -> Self {
        Self {
            time_zone,
            active: true,
            places: Vec::new(),
            coordinates: None,
            agent_ids: BTreeSet::new(),
            notice_minutes: 0,
            overlap: Overlap::default(),
            caps: VisitCaps::default(),
            rules: BTreeMap::new(),
            exceptions: BTreeMap::new(),
            blocks: Blocks::default(),
            visits: Timeline::default(),
        }
    }

    /// The zone in which its hours are read, and its dates and weeks begin.
    pub const fn time_zone(&self) -> Tz {
        self.time_zone
    }

    /// Moves it to another zone: hours, exceptions, recurring blocks and whole days are read there from now on.
    pub fn set_time_zone(&mut self, time_zone: Tz) {
        self.time_zone = time_zone;
        self.blocks.move_to_zone(time_zone);
    }

    /// Whether it is on the market. One that is not cannot be visited.
    pub const fn is_active(&self) -> bool {
        self.active
    }

    /// Puts it on the market, or takes it off.
    pub const fn set_active(&mut self, active: bool) {
        self.active = active;
    }

    /// Where it is on the map, if that is known.
    pub const fn coordinates(&self) -> Option<Coordinates> {
        self.coordinates
    }

    /// Says where it is on the map.
    pub const fn set_coordinates(&mut self, coordinates: Option<Coordinates>) {
        self.coordinates = coordinates;
    }

    /// Says where it is: its comuna and region.
    pub fn set_area(&mut self, comuna: Option<String>, region: Option<String>) {
        self.places = comuna.into_iter().chain(region).collect();
    }

    /// The agents who may show it; empty = by area.
    pub const fn agent_ids(&self) -> &BTreeSet<AgentId> {
        &self.agent_ids
    }

    /// Says who may show it; nobody named = by area.
    pub fn set_agent_ids(&mut self, agent_ids: impl IntoIterator<Item = AgentId>) {
        self.agent_ids = agent_ids.into_iter().collect();
    }

    /// Sets how long before its start a visit has to be booked, in minutes.
    pub const fn set_notice_minutes(&mut self, notice_minutes: u32) {
        self.notice_minutes = notice_minutes;
    }

    /// How many visits it may have at once.
    pub const fn overlap(&self) -> Overlap {
        self.overlap
    }

    /// Sets how many visits it may have at once.
    pub const fn set_overlap(&mut self, overlap: Overlap) {
        self.overlap = overlap;
    }

    /// How many visits it may have in a day and a week.
    pub const fn caps(&self) -> VisitCaps {
        self.caps
    }

    /// Sets how many visits it may have in a day and a week.
    pub const fn set_caps(&mut self, caps: VisitCaps) {
        self.caps = caps;
    }

    /// Replaces its weekly visit hours; none = at any time. They are for every type, whichever they name.
    pub fn replace_rules(&mut self, rules: impl IntoIterator<Item = AvailabilityRule>) {
        self.rules = rules.into_iter().map(|rule| (rule.rule_id, rule)).collect();
    }

    /// Its weekly visit hours, by id.
    pub fn rules(&self) -> impl Iterator<Item = &AvailabilityRule> {
        self.rules.values()
    }

    /// Replaces the hours that begin on one date.
    pub fn set_exception(&mut self, exception: DateException) {
        self.exceptions.insert(exception.date, exception);
    }

    /// Removes the exception of a date and returns it.
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

    /// Adds a visit; one with the same id is replaced.
    pub fn add_visit(&mut self, visit: PropertyVisit) {
        self.visits.insert(visit);
    }

    /// Removes a visit and returns it.
    pub fn remove_visit(&mut self, visit_id: VisitId) -> Option<PropertyVisit> {
        self.visits.remove(&visit_id)
    }

    /// The visit of this id.
    pub fn find_visit(&self, visit_id: VisitId) -> Option<&PropertyVisit> {
        self.visits.get(&visit_id)
    }

    /// The visits, earliest start first.
    pub fn visits(&self) -> impl Iterator<Item = &PropertyVisit> {
        self.visits.iter()
    }

    /// Drops visits that ended by this instant. They count for the limits of their week, so it should lie more than a
    /// week back.
    pub fn drop_before(&mut self, instant: DateTime<Utc>) {
        self.visits.drop_before(instant, |visit| visit.end <= instant);
    }
}
