//! What the agency's appointments are: who, what, where and when, and what becomes of each. The same for the same day.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use chrono::{Datelike as _, NaiveDate, TimeDelta, Weekday};
use schemas::PropertyId;
use schemas::value::{NoShowBy, RequestedBy};

use super::agency::{AGENTS, DemoAgent};
use super::kind::Kind;
use super::people::Lead;
use super::properties::{Property, within};
use super::seeded_rng::SeededRng;

/// What becomes of an appointment after it was booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Story {
    Scheduled,
    Confirmed,
    Cancelled(RequestedBy, &'static str),
    /// To the same time of another day.
    Moved(RequestedBy, &'static str),
    /// To another agent who works in the comuna.
    Reassigned(&'static str),
    Completed,
    NoShow(NoShowBy),
}

/// An appointment to be made.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) agent: &'static DemoAgent,
    pub(super) lead: Lead,
    pub(super) kind: Kind,
    /// Of visits.
    pub(super) property: Option<&'static Property>,
    pub(super) date: NaiveDate,
    /// On the agent's clock.
    pub(super) time: &'static str,
    pub(super) notes: Option<&'static str>,
    pub(super) by_chat: bool,
    pub(super) story: Story,
}

/// How many of an agent's latest leads come back.
const RECENT: usize = 8;

const NOTES: &[&str] = &[
    "Viene con su pareja; les interesa el estacionamiento.",
    "Pregunta por los gastos comunes.",
    "Tiene crédito preaprobado.",
    "Prefiere que le avisen antes de salir.",
    "Busca para arrendar desde marzo.",
    "Quiere ver también la bodega.",
];

const CANCELLED: &[(RequestedBy, &str)] = &[
    (RequestedBy::Lead, "Ya arrendó otro departamento."),
    (RequestedBy::Lead, "Tiene un imprevisto en el trabajo."),
    (RequestedBy::Agent, "La propiedad fue reservada."),
    (RequestedBy::Office, "El propietario suspendió las visitas."),
];

const MOVED: &[(RequestedBy, &str)] = &[
    (RequestedBy::Lead, "Pidió otro día por un viaje."),
    (RequestedBy::Lead, "No alcanza a llegar ese día."),
    (RequestedBy::Agent, "Se alargó otra visita."),
];

/// Who did not come; the last of visits only.
const NO_SHOWS: [NoShowBy; 6] =
    [NoShowBy::Lead, NoShowBy::Lead, NoShowBy::Lead, NoShowBy::Lead, NoShowBy::Agent, NoShowBy::Occupant];

const REASSIGNED: &[&str] = &[
    "El agente está con licencia médica.",
    "Lo atiende quien tiene las llaves.",
    "Reparto de carga del día.",
];

/// The appointments of these days, counted from today, in the order in which they take place with each agent.
pub(super) fn appointments(today: NaiveDate, days: RangeInclusive<i64>) -> Vec<Planned> {
    let (mut planned, mut leads) = (Vec::new(), 0);
    for (agent, seed) in AGENTS.iter().zip(0..) {
        let mut area = Area::of(agent, SeededRng::of(seed), leads);
        for day in days.clone() {
            let date = today + TimeDelta::days(day);
            for (time, kind) in agent.times_on(date.weekday()) {
                if area.rng.percent(fullness(day)) {
                    planned.push(area.appointment(date, time, *kind, day < 0));
                }
            }
        }
        leads = area.next_lead;
    }
    planned
}

/// How many of a hundred times are taken on a day: the further away, the fewer.
const fn fullness(day: i64) -> usize {
    match day {
        ..0 => 35,
        0..=7 => 60,
        8..=14 => 40,
        _ => 20,
    }
}

/// An agent with the leads who look for something in that area.
struct Area {
    agent: &'static DemoAgent,
    rng: SeededRng,
    properties: Vec<&'static Property>,
    recent: Vec<Lead>,
    next_lead: usize,
    /// Nobody visits a property twice.
    visited: HashSet<(usize, PropertyId)>,
}

impl Area {
    fn of(agent: &'static DemoAgent, rng: SeededRng, next_lead: usize) -> Self {
        let properties = within(agent.comunas);
        Self { agent, rng, properties, recent: Vec::new(), next_lead, visited: HashSet::new() }
    }

    fn appointment(&mut self, date: NaiveDate, time: &'static str, kind: Kind, is_over: bool) -> Planned {
        let property = (kind == Kind::Visit).then(|| *self.rng.pick(&self.properties));
        let lead = self.lead(property);
        let notes = (kind == Kind::Visit && self.rng.percent(35)).then(|| *self.rng.pick(NOTES));
        let story = if is_over { self.past_story(kind) } else { self.story(property) };
        let by_chat = self.rng.percent(70);
        Planned { agent: self.agent, lead, kind, property, date, time, notes, by_chat, story }
    }

    /// One who comes back, or a new one.
    fn lead(&mut self, property: Option<&Property>) -> Lead {
        let known = (!self.recent.is_empty() && self.rng.percent(35)).then(|| *self.rng.pick(&self.recent));
        let is_first = |lead: &Lead, visited: &HashSet<_>| {
            property.is_none_or(|property| !visited.contains(&(lead.0, property.id())))
        };
        let lead = known.filter(|lead| is_first(lead, &self.visited)).unwrap_or_else(|| {
            self.next_lead += 1;
            Lead(self.next_lead - 1)
        });
        if let Some(property) = property {
            self.visited.insert((lead.0, property.id()));
        }
        if !self.recent.contains(&lead) {
            self.recent.push(lead);
            self.recent.drain(..self.recent.len().saturating_sub(RECENT));
        }
        lead
    }

    /// Some are left that nobody has said anything of yet.
    fn past_story(&mut self, kind: Kind) -> Story {
        match self.rng.below(20) {
            0..2 => {
                let (by, why) = *self.rng.pick(CANCELLED);
                Story::Cancelled(by, why)
            }
            2..4 => {
                let whoever = if kind == Kind::Visit { &NO_SHOWS[..] } else { &NO_SHOWS[..5] };
                Story::NoShow(*self.rng.pick(whoever))
            }
            4 => Story::Confirmed,
            _ => Story::Completed,
        }
    }

    fn story(&mut self, property: Option<&Property>) -> Story {
        match self.rng.below(20) {
            0..2 => {
                let (by, why) = *self.rng.pick(CANCELLED);
                Story::Cancelled(by, why)
            }
            2..4 => {
                let (by, why) = *self.rng.pick(MOVED);
                Story::Moved(by, why)
            }
            4..6 if property.is_some_and(|property| colleague(self.agent, property).is_some()) => {
                Story::Reassigned(self.rng.pick::<&str>(REASSIGNED))
            }
            6..13 => Story::Confirmed,
            _ => Story::Scheduled,
        }
    }
}

/// Another agent who works in the comuna of the property.
pub(super) fn colleague(agent: &DemoAgent, property: &Property) -> Option<&'static DemoAgent> {
    AGENTS.iter().find(|other| *other != agent && other.comunas.contains(&property.comuna))
}

impl DemoAgent {
    /// When the agent sees leads on such a day, and for what.
    fn times_on(&self, weekday: Weekday) -> &'static [(&'static str, Kind)] {
        match weekday {
            Weekday::Sun => &[],
            Weekday::Sat => self.on_saturdays,
            Weekday::Mon if !self.works_on_mondays => &[],
            _ => self.on_weekdays,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn monday() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 30).unwrap()
    }

    #[test]
    fn it_is_the_same_for_the_same_day() {
        assert_eq!(appointments(monday(), 1..=28), appointments(monday(), 1..=28));
    }

    #[test]
    fn every_day_of_the_week_there_is_something_of_everything() {
        for day in 0..7 {
            let planned = appointments(monday() + TimeDelta::days(day), 1..=28);
            assert!((250..600).contains(&planned.len()), "{} on day {day}", planned.len());
            let has = |wanted: fn(&Story) -> bool| planned.iter().any(|one| wanted(&one.story));
            assert!(has(|story| *story == Story::Scheduled) && has(|story| *story == Story::Confirmed));
            assert!(has(|story| matches!(story, Story::Cancelled(..))));
            assert!(has(|story| matches!(story, Story::Moved(..))));
            assert!(has(|story| matches!(story, Story::Reassigned(_))));
        }
    }

    #[test]
    fn a_visit_is_where_its_agent_works_and_nobody_visits_a_property_twice() {
        let mut visited = HashSet::new();
        for one in appointments(monday(), 1..=28) {
            assert_eq!(one.property.is_some(), one.kind == Kind::Visit);
            let Some(property) = one.property else { continue };
            assert!(one.agent.comunas.contains(&property.comuna), "{one:?}");
            assert!(visited.insert((one.lead.id(), property.id())), "{one:?}");
        }
    }
}
