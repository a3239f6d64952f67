//! Slots of many agents at once, from days kept as sets of bits.
//!
//! A [`SlotIndex`] owns the calendars of a read model. For every agent, type and UTC day queried so far it keeps which
//! of the 288 five-minute instants can be a start: those that hours and blocks allow (shared between equal days), less
//! those that appointments and external busy time take. Adding or removing an appointment changes only the days it
//! touches, of one agent.
//!
//! # Why it agrees with the exact rules
//!
//! A bit stands for an instant, not for five minutes, and whether an appointment takes it is computed for that instant:
//! so appointments, buffers, lengths and zones off the five-minute grid are handled exactly. What a bit cannot express
//! is checked start by start with the rules of [`check`](crate::check()):
//!
//! - a start off the grid, such as the first of hours from 09:07, which has no bit;
//! - a start near a live hold, which depends on `now` and on the lead;
//! - a start that may be shared with an existing appointment;
//! - a visit that only travel time would keep away from one at the same property;
//! - a start on a date whose daily limit is reached only with holds.
//!
//! Cost: each day takes 48 bytes per agent and type, 17 kB a year, and each distinct combination of hours and blocks
//! some 150 bytes, once. A day is computed when first queried; a change of the office drops all of them.
//!
//! Notice, horizon and the daily limit are applied to each query, so the passing of time changes nothing that is kept.
//!
//! Computed days can leave the process: [`FreeDays`] are some days of one agent and type as bytes, and another index
//! accepts them in place of the agent's calendar.

mod agent_days;
mod bits;
mod cached_days;
mod day_map;
mod day_template;
mod first;
mod footprint;
mod free_days;
mod query;
mod search;
mod selection;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use schemas::value::{AppointmentType, Block};
use schemas::{AppointmentId, AppointmentTypeCode, BlockId, BusyId, HoldId, PropertyId};

use self::agent_days::{AgentDays, Plan};
use self::bits::UtcDay;
use self::day_template::Pool;
use self::footprint::Footprint;
use crate::{AgentCalendar, Booking, ExternalBusy, Hold, OfficeCalendar, block_time};

pub use self::free_days::{FreeDays, InvalidFreeDays};
pub use self::search::{FoundSlots, Searched};
pub use self::selection::{AgentSlot, OnePer, Selection};

/// The calendars of an office and its agents, and an index over them. `K` identifies an agent.
///
/// Every change goes through it, so that the computed days always match the calendars.
///
/// A clone shares its agents, with the days computed for them, until one of the two changes.
#[derive(Debug, Clone)]
pub struct SlotIndex<K> {
    office: OfficeCalendar,
    kinds: Vec<Kind>,
    agents: BTreeMap<K, Arc<IndexedAgent>>,
    pool: Arc<Pool>,
}

/// A type in use. The index keeps them sorted by code.
#[derive(Debug, Clone)]
struct Kind {
    kind: AppointmentType,
    footprint: Footprint,
}

#[derive(Debug, Clone)]
struct IndexedAgent {
    calendar: AgentCalendar,
    /// The appointments at each property.
    at_property: BTreeMap<PropertyId, BTreeSet<AppointmentId>>,
    days: AgentDays,
}

impl<K: Ord> SlotIndex<K> {
    /// An index over no agents.
    pub fn new(office: OfficeCalendar) -> Self {
        let kinds = kinds_of(&office);
        Self { office, kinds, agents: BTreeMap::new(), pool: Arc::default() }
    }

    /// The office's calendar.
    pub const fn office(&self) -> &OfficeCalendar {
        &self.office
    }

    /// Changes the office. Drops everything computed so far, for every agent.
    pub fn change_office<R>(&mut self, change: impl FnOnce(&mut OfficeCalendar) -> R) -> R {
        let answer = change(&mut self.office);
        self.kinds = kinds_of(&self.office);
        self.agents.values_mut().for_each(|agent| Arc::make_mut(agent).days.clear());
        answer
    }

    /// Adds an agent, or replaces the one with that key.
    pub fn insert_agent(&mut self, key: K, calendar: AgentCalendar) {
        self.agents.insert(key, Arc::new(IndexedAgent::new(calendar)));
    }

    /// Removes an agent and returns its calendar.
    pub fn remove_agent(&mut self, key: &K) -> Option<AgentCalendar> {
        self.agents.remove(key).map(|agent| Arc::unwrap_or_clone(agent).calendar)
    }

    /// An agent's calendar.
    pub fn agent(&self, key: &K) -> Option<&AgentCalendar> {
        self.agents.get(key).map(|agent| &agent.calendar)
    }

    /// The agents and their calendars, in the order of their keys.
    pub fn agents(&self) -> impl Iterator<Item = (&K, &AgentCalendar)> {
        self.agents.iter().map(|(key, agent)| (key, &agent.calendar))
    }

    /// Changes an agent's calendar in any way: zone, rules, exceptions. Drops everything computed for the agent; the
    /// methods below drop less. None if there is no such agent.
    pub fn change_agent<R>(&mut self, key: &K, change: impl FnOnce(&mut AgentCalendar) -> R) -> Option<R> {
        let agent = Arc::make_mut(self.agents.get_mut(key)?);
        let answer = change(&mut agent.calendar);
        agent.note_properties();
        agent.days.clear();
        Some(answer)
    }

    /// [`AgentCalendar::book`]. Does nothing if there is no such agent.
    pub fn book(&mut self, key: &K, booking: Booking) {
        self.free(key, booking.appointment_id);
        let Some(agent) = self.agents.get_mut(key).map(Arc::make_mut) else { return };
        let visit = self.office.is_at_property(&booking.appointment_type);
        agent.days.claimed(&self.kinds, &booking.claim(), visit);
        note(&mut agent.at_property, &booking);
        agent.calendar.book(booking);
    }

    /// [`AgentCalendar::free`].
    pub fn free(&mut self, key: &K, appointment_id: AppointmentId) -> Option<Booking> {
        let agent = Arc::make_mut(self.agents.get_mut(key)?);
        let booking = agent.calendar.free(appointment_id)?;
        agent.forget_property(&booking);
        let visit = self.office.is_at_property(&booking.appointment_type);
        let plan = Plan { agent: &agent.calendar, office: &self.office, kinds: &self.kinds };
        agent.days.freed(plan, |kind| kind.footprint.excluded_by(&booking.claim(), visit).days());
        Some(booking)
    }

    /// [`AgentCalendar::hold`]. Does nothing if there is no such agent.
    pub fn hold(&mut self, key: &K, hold: Hold) {
        if let Some(agent) = self.agents.get_mut(key) {
            Arc::make_mut(agent).calendar.hold(hold);
        }
    }

    /// [`AgentCalendar::release_hold`].
    pub fn release_hold(&mut self, key: &K, hold_id: HoldId) -> Option<Hold> {
        Arc::make_mut(self.agents.get_mut(key)?).calendar.release_hold(hold_id)
    }

    /// [`AgentCalendar::record_busy`]. Does nothing if there is no such agent.
    pub fn record_busy(&mut self, key: &K, busy: ExternalBusy) {
        self.remove_busy(key, &busy.busy_id);
        let Some(agent) = self.agents.get_mut(key).map(Arc::make_mut) else { return };
        agent.days.busied(&self.kinds, busy.interval());
        agent.calendar.record_busy(busy);
    }

    /// [`AgentCalendar::remove_busy`].
    pub fn remove_busy(&mut self, key: &K, busy_id: &BusyId) -> Option<ExternalBusy> {
        let agent = Arc::make_mut(self.agents.get_mut(key)?);
        let busy = agent.calendar.remove_busy(busy_id)?;
        let plan = Plan { agent: &agent.calendar, office: &self.office, kinds: &self.kinds };
        agent.days.freed(plan, |kind| kind.footprint.excluded_by_busy(busy.interval()).days());
        Some(busy)
    }

    /// [`AgentCalendar::block`]. Does nothing if there is no such agent.
    pub fn block(&mut self, key: &K, block: Block) {
        self.unblock(key, block.block_id);
        let Some(agent) = self.agents.get_mut(key).map(Arc::make_mut) else { return };
        agent.replanned(&self.kinds, &block);
        agent.calendar.block(block);
    }

    /// [`AgentCalendar::unblock`].
    pub fn unblock(&mut self, key: &K, block_id: BlockId) -> Option<Block> {
        let agent = Arc::make_mut(self.agents.get_mut(key)?);
        let block = agent.calendar.unblock(block_id)?;
        agent.replanned(&self.kinds, &block);
        Some(block)
    }

    /// [`AgentCalendar::drop_before`], for every agent.
    pub fn drop_before(&mut self, instant: DateTime<Utc>) {
        for agent in self.agents.values_mut().map(Arc::make_mut) {
            let reach = agent.calendar.stored_bookings().reach();
            agent.calendar.drop_before(instant);
            agent.note_properties();
            agent.days.drop_before(UtcDay::of(instant));
            // An appointment that ended by then may have taken later starts.
            let plan = Plan { agent: &agent.calendar, office: &self.office, kinds: &self.kinds };
            agent.days.freed(plan, |kind| {
                let last = instant.checked_add_signed(reach + kind.footprint.clearance()).unwrap_or(instant);
                UtcDay::of(instant).0..=UtcDay::of(last).0
            });
        }
    }

    fn kind(&self, code: &AppointmentTypeCode) -> Option<usize> {
        self.kinds.binary_search_by(|kind| kind.kind.code.cmp(code)).ok()
    }
}

impl IndexedAgent {
    fn new(calendar: AgentCalendar) -> Self {
        let mut agent = Self { calendar, at_property: BTreeMap::new(), days: AgentDays::default() };
        agent.note_properties();
        agent
    }

    /// The appointments about a property.
    fn bookings_at(&self, property: &PropertyId) -> impl Iterator<Item = &Booking> {
        let ids = self.at_property.get(property).into_iter().flatten();
        ids.filter_map(|appointment_id| self.calendar.find_booking(*appointment_id))
    }

    fn note_properties(&mut self) {
        self.at_property.clear();
        for booking in self.calendar.bookings() {
            note(&mut self.at_property, booking);
        }
    }

    fn forget_property(&mut self, booking: &Booking) {
        let Some(property) = &booking.property_id else { return };
        if let Some(ids) = self.at_property.get_mut(property) {
            ids.remove(&booking.appointment_id);
            if ids.is_empty() {
                self.at_property.remove(property);
            }
        }
    }

    fn replanned(&mut self, kinds: &[Kind], block: &Block) {
        if block.recurrence.is_some() {
            self.days.clear();
        } else {
            self.days.replanned(kinds, block_time::interval_of(block));
        }
    }
}

fn note(at_property: &mut BTreeMap<PropertyId, BTreeSet<AppointmentId>>, booking: &Booking) {
    if let Some(property) = &booking.property_id {
        at_property.entry(property.clone()).or_default().insert(booking.appointment_id);
    }
}

fn kinds_of(office: &OfficeCalendar) -> Vec<Kind> {
    office.types().map(|kind| Kind { kind: kind.clone(), footprint: Footprint::of(kind, office) }).collect()
}
