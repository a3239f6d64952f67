//! Bookings that name no agent and are being made by this process. The log does not have them yet, so that all who ask at
//! once would find the same agent to be the least loaded, and all but one of them would ask in vain.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use availability::Interval;
use chrono::NaiveDate;
use schemas::{AgentId, LeadId};

use crate::directory::{Candidate, Load};

/// What is about to be booked with each agent.
///
/// It says only who is asked first: the agent's stream decides.
#[derive(Debug, Default)]
pub(crate) struct UnderWay(Mutex<HashMap<AgentId, Vec<Planned>>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Planned {
    lead_id: LeadId,
    at: Interval,
    /// The date in the agent's zone.
    date: NaiveDate,
}

/// A booking with an agent who was chosen; it counts there until this is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    under_way: &'a UnderWay,
    counted: Option<(AgentId, Planned)>,
}

impl UnderWay {
    /// Takes the candidate to ask next out of those who were not tried: the first, but for those who are asked by their
    /// load. Of these the one to whom the lead goes at that time already, who refuses it; or else the least loaded, with what
    /// is under way, those last to whom another goes at that time.
    pub(crate) fn choose<'c>(
        &self,
        untried: &mut Vec<&'c Candidate>,
        lead_id: &LeadId,
        requested: Interval,
    ) -> Option<(&'c Candidate, Turn<'_>)> {
        let mut under_way = self.lock();
        let by_load = untried.first()?.load.is_some();
        let ranked = untried.iter().enumerate().filter_map(|(place, candidate)| {
            let rank = rank(under_way.get(&candidate.agent_id), candidate.load?, lead_id, requested);
            Some((rank, place))
        });
        let place = if by_load { ranked.min().map_or(0, |(_, place)| place) } else { 0 };
        let candidate = untried.remove(place);
        let counted = candidate.load.map(|load| {
            let planned = Planned { lead_id: lead_id.clone(), at: requested, date: load.date };
            under_way.entry(candidate.agent_id.clone()).or_default().push(planned.clone());
            (candidate.agent_id.clone(), planned)
        });
        Some((candidate, Turn { under_way: self, counted }))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AgentId, Vec<Planned>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Least first: whether the lead is not about to be booked at that time, whether another is, the load of the date, and
/// what is about to be booked at all, which is then the agent's last booking.
type Rank = (bool, bool, usize, usize);

fn rank(planned: Option<&Vec<Planned>>, load: Load, lead_id: &LeadId, requested: Interval) -> Rank {
    let planned = planned.map_or(&[][..], Vec::as_slice);
    let mut at_that_time = planned.iter().filter(|other| other.at.overlaps(&requested)).peekable();
    let is_taken = at_that_time.peek().is_some();
    let has_lead = at_that_time.any(|other| other.lead_id == *lead_id);
    let that_day = planned.iter().filter(|other| other.date == load.date).count();
    let known = usize::try_from(load.appointments).unwrap_or(usize::MAX);
    (!has_lead, is_taken, known.saturating_add(that_day), planned.len())
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let Some((agent_id, planned)) = self.counted.take() else { return };
        let mut under_way = self.under_way.lock();
        if let Some(of_agent) = under_way.get_mut(&agent_id) {
            if let Some(place) = of_agent.iter().position(|other| *other == planned) {
                of_agent.swap_remove(place);
            }
            if of_agent.is_empty() {
                under_way.remove(&agent_id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::*;

    fn hour(time: &str) -> Interval {
        let start: DateTime<Utc> = format!("2026-12-15T{time}:00Z").parse().unwrap();
        Interval::new(start, start + TimeDelta::hours(1))
    }

    fn candidates(loads: &[(&str, Option<u32>)]) -> Vec<Candidate> {
        let date = "2026-12-15".parse().unwrap();
        let candidate = |(agent_id, load): &(&str, Option<u32>)| Candidate {
            load: load.map(|appointments| Load { date, appointments }),
            ..Candidate::unknown(agent_id.parse().unwrap())
        };
        loads.iter().map(candidate).collect()
    }

    /// Whom a request for this time asks first.
    fn first<'a>(under_way: &'a UnderWay, known: &[Candidate], at: Interval) -> (String, Turn<'a>) {
        first_of("55", under_way, known, at)
    }

    fn first_of<'a>(
        lead_id: &str,
        under_way: &'a UnderWay,
        known: &[Candidate],
        at: Interval,
    ) -> (String, Turn<'a>) {
        let mut untried = known.iter().collect();
        let (candidate, turn) = under_way.choose(&mut untried, &lead_id.parse().unwrap(), at).unwrap();
        assert_eq!(untried.len(), known.len() - 1);
        (candidate.agent_id.to_string(), turn)
    }

    #[test]
    fn requests_for_one_time_go_to_different_agents_whatever_their_loads() {
        let (under_way, known) =
            (UnderWay::default(), candidates(&[("a", Some(0)), ("b", Some(0)), ("c", Some(7))]));
        let turns: Vec<_> =
            ["55", "56", "57"].map(|lead_id| first_of(lead_id, &under_way, &known, hour("14:00"))).into();
        assert_eq!(turns.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        // Where all have one, the least loaded again: its stream decides.
        assert_eq!(first_of("58", &under_way, &known, hour("14:00")).0, "a");
    }

    #[test]
    fn a_lead_who_asks_twice_for_one_time_is_sent_to_one_agent() {
        let (under_way, known) = (UnderWay::default(), candidates(&[("a", Some(0)), ("b", Some(0))]));
        let (one, _one) = first(&under_way, &known, hour("14:00"));
        let (again, _again) = first(&under_way, &known, hour("14:30"));
        assert_eq!((one.as_str(), again.as_str()), ("a", "a"));
        assert_eq!(first(&under_way, &known, hour("16:00")).0, "b");
    }

    #[test]
    fn requests_for_other_times_of_the_day_count_as_load() {
        let (under_way, known) = (UnderWay::default(), candidates(&[("a", Some(0)), ("b", Some(1))]));
        let _one = first(&under_way, &known, hour("09:00"));
        let (second, _two) = first(&under_way, &known, hour("11:00"));
        assert_eq!(second, "b", "one each, and a's is the later booking");
        let (third, _three) = first(&under_way, &known, hour("13:00"));
        assert_eq!(third, "a");
    }

    #[test]
    fn what_is_over_counts_no_more() {
        let (under_way, known) = (UnderWay::default(), candidates(&[("a", Some(0)), ("b", Some(0))]));
        let (one, turn) = first(&under_way, &known, hour("14:00"));
        drop(turn);
        assert_eq!((one.as_str(), first(&under_way, &known, hour("14:00")).0.as_str()), ("a", "a"));
        assert!(under_way.lock().is_empty());
    }

    #[test]
    fn who_is_asked_for_another_reason_than_load_keeps_the_place() {
        let (under_way, known) =
            (UnderWay::default(), candidates(&[("has-lead", None), ("a", Some(0)), ("no", None)]));
        let mut untried = known.iter().collect();
        let asked: Vec<_> =
            std::iter::from_fn(|| under_way.choose(&mut untried, &"55".parse().unwrap(), hour("14:00")))
                .map(|(one, _)| one.agent_id.to_string())
                .collect();
        assert_eq!(asked, ["has-lead", "a", "no"]);
    }
}
