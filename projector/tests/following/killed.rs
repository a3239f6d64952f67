//! A projector that is killed at random points, again and again.

use std::process::Command;

use read_model::{AppointmentFilter, AppointmentSort, Limit, MemoryReadModel, PageRequest, ReadModel};
use schemas::AgentId;

use crate::load::{Load, SeededRng, everything};
use crate::psql;
use crate::rebuilding::rebuild;
use crate::service::{Service, read_model};
use crate::support::{Given, TIMEOUT, in_time, now};

/// Events that other tests store in between would be in one reading and not in the other.
pub(crate) const COMPARES: &str = "compares two readings of all that is stored";

const KILLS: usize = 25;

/// Any number; another kills at other moments.
const SEED: u64 = 0x00C1_7A5D;

#[tokio::test]
async fn killed_at_any_moment_it_leaves_the_tables_that_a_rebuild_makes() {
    let mut given = Given::with_own_node(COMPARES).await;
    let schema = format!("killed_{}", std::process::id());
    let postgres = read_model(&schema);
    postgres.migrate().await.unwrap();
    let load = Load::start(&mut given, SEED);
    let mut dice = SeededRng(SEED);
    let mut killed_at = Vec::new();
    for _ in 0..KILLS {
        let service = Service::start(&given.connection_string(), &schema);
        // Some before it has done anything, most in the middle of events that keep coming.
        let appends = dice.below(40);
        if 6 <= appends {
            let position = load.go_on(appends - 6).await;
            postgres.wait_for(position, TIMEOUT).await.unwrap();
        }
        drop(service);
        // The lease of a killed projector would expire by itself, seconds later.
        psql::ask(&format!("UPDATE {schema}.leases SET expires_at = clock_timestamp()"));
        killed_at.push(postgres.position().await.unwrap());
    }
    let agents = load.agents.clone();
    let last = load.stop().await;
    killed_at.dedup();
    assert!(10 < killed_at.len(), "it was killed at different places: {killed_at:?}");
    let service = Service::start(&given.connection_string(), &schema);
    postgres.wait_for(last, TIMEOUT).await.unwrap();
    assert_eq!(service.terminate(), Some(0));

    let memory = MemoryReadModel::new();
    memory.apply(everything(&given.store).await).unwrap();
    let memory = ReadModel::from(memory);
    assert_same_answers(&memory, &ReadModel::from(postgres.clone()), &agents).await;
    let before = psql::contents(&schema);
    let number = oid_of(&schema);
    let (code, told) = in_time(rebuild(&given.connection_string(), &schema, &[])).await;
    assert_eq!(code, Some(0), "{told}");
    assert_ne!(oid_of(&schema), number, "these are other tables");
    assert!(before.contains("== appointments") && 1_000 < before.lines().count(), "{before}");
    let after = psql::contents(&schema);
    for (one, other) in before.lines().zip(after.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(before, after);
    assert_same_answers(&memory, &ReadModel::from(postgres), &agents).await;
}

pub(crate) fn oid_of(schema: &str) -> String {
    psql::ask(&format!("SELECT '{schema}'::regnamespace::oid"))
}

/// Asserts that both read models give the same answers about these events, positions apart.
async fn assert_same_answers(one: &ReadModel, other: &ReadModel, agents: &[AgentId]) {
    let page = |cursor: Option<String>| PageRequest { limit: Limit::try_new(200).unwrap(), cursor };
    for &sort in AppointmentSort::ALL {
        let mut cursor = None;
        loop {
            let filter = AppointmentFilter::default();
            let (a, b) = (
                one.appointments(&filter, sort, &page(cursor.clone())).await.unwrap().value,
                other.appointments(&filter, sort, &page(cursor)).await.unwrap().value,
            );
            assert_eq!(a, b, "appointments by {sort:?}");
            for row in a.items.iter().step_by(20) {
                let (a, b) = (one.history(row.id).await.unwrap(), other.history(row.id).await.unwrap());
                assert_eq!(a.value, b.value);
            }
            cursor = a.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
    }
    let (a, b) = (one.agents(&page(None)).await.unwrap(), other.agents(&page(None)).await.unwrap());
    assert_eq!(a.value, b.value);
    let lead_id = "55".parse().unwrap();
    let (a, b) = (one.lead_context(&lead_id, now()).await, other.lead_context(&lead_id, now()).await);
    assert_eq!(a.unwrap().value, b.unwrap().value);
    for agent_id in agents {
        assert_eq!(one.agent(agent_id).await.unwrap().value, other.agent(agent_id).await.unwrap().value);
        for days in [0, 5, 10, 20, 40] {
            let start = now() + chrono::TimeDelta::days(days);
            let range = availability::Interval::new(start, start + chrono::TimeDelta::days(30));
            let (a, b) = (
                one.agent_calendar(agent_id, range, start).await.unwrap().value,
                other.agent_calendar(agent_id, range, start).await.unwrap().value,
            );
            assert_eq!(a, b, "calendar of {agent_id}");
            let (a, b) = (
                one.agent_availability(agent_id, range, start).await.unwrap().value,
                other.agent_availability(agent_id, range, start).await.unwrap().value,
            );
            assert_eq!(a, b, "availability of {agent_id}");
        }
    }
}

/// Sends a signal to a process.
pub(crate) fn signal(name: &str, pid: u32) {
    assert!(Command::new("kill").args([name, &pid.to_string()]).status().unwrap().success());
}
