//! Measures the availability engine alone, in this process: searches over many agents, one change, and memory.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use availability::{Slot, SlotIndex, slots};

use crate::measure::calendars::{Calendars, Fill};
use crate::statistics::Series;
use crate::{Plan, table, tell};

const AGENTS: [usize; 2] = [1_000, 10_000];
const DAYS: u64 = 14;
const LIMIT: usize = 20;

/// Numbers of past appointments, which must not cost anything; the last is some five years of them.
const PAST: [usize; 3] = [0, 1_000, 10_000];
const AGENTS_WITH_A_PAST: usize = 100;

/// Agents in the measurement of memory, each with a year of appointments.
const AGENTS_FOR_A_YEAR: usize = 1_000;
const YEAR_DAYS: u64 = 365;

/// Memory is only measured in whole pages, so it is measured over many agents.
const PAGE_BYTES: f64 = 4096.0;

pub(crate) fn run(plan: &Plan) -> Result<()> {
    // First, while the heap has no holes that would hide allocations.
    let memory = Memory::measure()?;
    let mut rows = Vec::new();
    for fill in [Fill::Busy, Fill::BookedOut] {
        for agents in AGENTS {
            rows.push(searches(
                plan,
                Calendars::new(agents, DAYS, fill)?,
                &format!("{agents}, {}", fill.words()),
            )?);
        }
    }
    for past in PAST {
        let calendars = Calendars::new(AGENTS_WITH_A_PAST, DAYS, Fill::Busy)?.with_past(past)?;
        rows.push(searches(
            plan,
            calendars,
            &format!("{AGENTS_WITH_A_PAST}, each with {past} past appointments"),
        )?);
    }
    let heads = [
        "agents and their time",
        "index, ms",
        "cold index, ms",
        "rule by rule, ms",
        "rules ÷ index",
        "one change, µs",
    ];
    table::print(&heads, &rows)?;
    table::line(&format!(
        "\nThe first {LIMIT} slots of all agents within {DAYS} days; a change is an appointment booked, then freed. \
         Median (least–greatest).\n"
    ))?;
    memory.print()?;
    Ok(())
}

/// A row of the table, headed by `name`.
fn searches(plan: &Plan, mut calendars: Calendars, name: &str) -> Result<Vec<String>> {
    let agents = calendars.agents.len();
    let mut index = calendars.index();
    let [mut warm, mut cold, mut exact, mut change] = [(); 4].map(|()| Series::default());
    for repeat in 0..plan.repeats {
        // Even an empty change empties the cache.
        index.change_office(|_| ());
        cold.push(milliseconds(Duration::ZERO, || search(&index, &calendars).len()));
        let found = search(&index, &calendars);
        ensure!(found == rule_by_rule(&calendars), "index and rules disagree");
        ensure!(found.len() == LIMIT, "only {} slots are free", found.len());
        warm.push(milliseconds(plan.duration() / 6, || search(&index, &calendars).len()));
        exact.push(milliseconds(plan.duration() / 6, || rule_by_rule(&calendars).len()));
        let free = found.first().context("there are slots")?.0.start;
        let booking = calendars.booking(free)?;
        let mut number = 0;
        let both = milliseconds(plan.duration() / 6, || {
            number = (number + 1) % agents;
            index.book(&number, booking.clone());
            index.free(&number, booking.appointment_id).is_some()
        });
        change.push(both * 1_000.0 / 2.0);
        tell(&format!("{name}, round {} of {}: index {warm:.3} ms", repeat + 1, plan.repeats));
    }
    Ok(vec![
        name.to_owned(),
        format!("{warm:.3}"),
        format!("{cold:.1}"),
        format!("{exact:.1}"),
        format!("{:.0}", exact.over(&warm)),
        format!("{change:.2}"),
    ])
}

impl Fill {
    const fn words(self) -> &'static str {
        match self {
            Self::Busy => "two hours in three taken",
            Self::BookedOut => "fully booked except the last day",
        }
    }
}

/// The first slots over all agents, each with its agent.
fn search(index: &SlotIndex<usize>, calendars: &Calendars) -> Vec<(Slot, usize)> {
    let found = index.slots_across(|_| true, &calendars.query(LIMIT), calendars.now);
    found.into_iter().map(|found| (found.slot, *found.agent)).collect()
}

/// The same, computed from every agent's calendar.
fn rule_by_rule(calendars: &Calendars) -> Vec<(Slot, usize)> {
    let mut found = Vec::new();
    for (number, agent) in calendars.agents.iter().enumerate() {
        let slots = slots(agent, &calendars.office, &calendars.query(LIMIT), calendars.now);
        found.extend(slots.into_iter().map(|slot| (slot, number)));
    }
    found.sort_unstable_by_key(|(slot, number)| (slot.start, *number));
    found.truncate(LIMIT);
    found
}

/// The average duration of a call, over as many calls as fit into the time, but at least one.
fn milliseconds<T>(time: Duration, mut call: impl FnMut() -> T) -> f64 {
    let started = Instant::now();
    let mut calls = 0_u32;
    loop {
        black_box(call());
        calls += 1;
        let elapsed = started.elapsed();
        if elapsed >= time {
            return elapsed.as_secs_f64() * 1_000.0 / f64::from(calls);
        }
    }
}

/// Bytes of one agent's year.
struct Memory {
    calendar: f64,
    index: f64,
    appointments: usize,
}

impl Memory {
    fn measure() -> Result<Self> {
        tell("measuring memory");
        let before = resident_bytes()?;
        let calendars = Calendars::new(AGENTS_FOR_A_YEAR, YEAR_DAYS, Fill::Busy)?;
        let with_calendars = resident_bytes()?;
        let mut index = SlotIndex::new(calendars.office.clone());
        let appointments = calendars.agents.first().map_or(0, |agent| agent.bookings().count());
        let query = calendars.query(usize::MAX);
        for (number, agent) in calendars.agents.iter().enumerate() {
            index.insert_agent(number, agent.clone());
        }
        let with_agents = resident_bytes()?;
        for number in 0..AGENTS_FOR_A_YEAR {
            black_box(index.slots(&number, &query, calendars.now));
        }
        let with_days = resident_bytes()?;
        let agents = f64::from(u32::try_from(AGENTS_FOR_A_YEAR)?);
        Ok(Self {
            calendar: (with_calendars - before) / agents,
            index: (with_days - with_agents) / agents,
            appointments,
        })
    }

    fn print(&self) -> Result<()> {
        let cells = [self.calendar, self.index].map(|bytes| format!("{:.1}", bytes / 1_024.0));
        let [calendar, index] = cells;
        table::print(
            &["memory of one agent's year", "KiB"],
            &[
                vec![format!("calendar with {} appointments", self.appointments), calendar],
                vec!["days kept as bits, for one type".to_owned(), index],
            ],
        )?;
        table::line(&format!("\nResident memory of {AGENTS_FOR_A_YEAR} such agents, divided."))?;
        Ok(())
    }
}

/// The resident memory of this process.
fn resident_bytes() -> Result<f64> {
    let statm =
        std::fs::read_to_string("/proc/self/statm").context("resident memory can be read on Linux only")?;
    let pages: u32 = statm.split(' ').nth(1).context("statm has two numbers and more")?.parse()?;
    Ok(f64::from(pages) * PAGE_BYTES)
}
