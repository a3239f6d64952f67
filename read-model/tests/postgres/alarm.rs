//! Overlapping appointments: no decision allows them, and the database notices them.

use chrono::{DateTime, TimeDelta, Utc};
use read_model::{Event, PostgresReadModel, ProjectError, ReadModel};
use schemas::AgentEvent;
use schemas::event::{AgentRegistered, AppointmentBooked, AppointmentConfirmed, AppointmentRescheduled};

use crate::support::{self, Log, appointment_id, begin};

pub(crate) fn with_agents(agent_ids: &[&str]) -> Log {
    let mut log = Log::default();
    for agent_id in agent_ids {
        let profile = fixtures::profile("Ana");
        tell(&mut log, agent_id, AgentRegistered { agent_id: agent_id.parse().unwrap(), profile });
    }
    log
}

pub(crate) fn tell(log: &mut Log, agent_id: &str, event: impl Into<AgentEvent>) {
    log.append(Event::Agent(agent_id.parse().unwrap(), event.into()), begin());
}

pub(crate) fn booked(number: u128, agent_id: &str, start: DateTime<Utc>, capacity: u16) -> AppointmentBooked {
    AppointmentBooked {
        max_appointments_per_slot: capacity,
        ..fixtures::booked(appointment_id(number), &agent_id.parse().unwrap(), start, 30)
    }
}

pub(crate) fn moved(number: u128, start: DateTime<Utc>) -> AppointmentRescheduled {
    fixtures::rescheduled(appointment_id(number), start, 30)
}

async fn has(postgres: &PostgresReadModel, number: u128) -> bool {
    ReadModel::from(postgres.clone()).appointment(appointment_id(number)).await.is_ok()
}

#[tokio::test]
async fn an_overlap_parks_its_agent_and_nobody_else() {
    let mut log = with_agents(&["7", "8"]);
    tell(&mut log, "7", booked(1, "7", begin(), 1));
    tell(&mut log, "8", booked(2, "8", begin(), 1));
    tell(&mut log, "7", booked(3, "7", begin() + TimeDelta::minutes(15), 1));
    let broken = log.events.last().unwrap().clone();
    tell(&mut log, "8", booked(4, "8", begin() + TimeDelta::hours(1), 1));
    tell(&mut log, "7", booked(5, "7", begin() + TimeDelta::hours(2), 1));
    tell(&mut log, "8", AppointmentConfirmed { appointment_id: appointment_id(4) });
    let last = log.events.last().unwrap().position;

    let settings = support::settings("alarm");
    let postgres = PostgresReadModel::new(settings.clone());
    postgres.migrate().await.unwrap();
    let projected = ReadModel::from(postgres.clone());
    support::project(&projected, &log.events).await;
    assert_eq!(postgres.position().await.unwrap(), last);
    for (number, is_there) in [(1, true), (2, true), (3, false), (4, true), (5, false)] {
        assert_eq!(has(&postgres, number).await, is_there, "appointment {number}");
    }
    let [parked] = &postgres.parked().await.unwrap()[..] else { panic!("one stream is parked") };
    assert_eq!(parked.stream, "agent-7");
    assert_eq!((parked.position, parked.revision), (broken.position, broken.revision));
    assert_eq!(parked.event_type, "AppointmentBooked");
    assert!(parked.reason.contains("overlap"), "{parked}");

    // A process that does not know of the parked stream is refused, and applies nothing.
    tell(&mut log, "7", booked(6, "7", begin() + TimeDelta::hours(4), 1));
    tell(&mut log, "8", booked(7, "8", begin() + TimeDelta::hours(4), 1));
    let refused = postgres.apply(&log.events, &[]).await.unwrap_err();
    assert!(matches!(refused, ProjectError::Unavailable(_)), "{refused}");
    let end = log.events.last().unwrap().position;
    assert!(postgres.advance(end, &[]).await.is_err() && !has(&postgres, 7).await);
    assert_eq!(postgres.position().await.unwrap(), last);
    support::project(&projected, &log.events).await;
    assert!(!has(&postgres, 6).await && has(&postgres, 7).await);

    postgres.reset().await.unwrap();
    support::project(&projected, &log.events[..4]).await;
    assert!(has(&postgres, 1).await);
    assert_eq!(postgres.parked().await, Ok(Vec::new()), "a rebuild begins without parked streams");
}

#[tokio::test]
async fn slots_that_are_shared_raise_no_alarm() {
    let mut log = with_agents(&["7"]);
    for number in 0..3 {
        tell(&mut log, "7", booked(number, "7", begin(), 3));
    }
    // A booking from when there was room for one shares its slot with those from when there was room for more.
    tell(&mut log, "7", booked(4, "7", begin(), 1));
    let postgres = support::postgres("shared").await;
    postgres.apply(&log.events, &[]).await.unwrap();
    assert!(has(&postgres, 4).await);
}

#[tokio::test]
async fn times_that_change_hands_within_a_batch_raise_no_alarm() {
    let mut log = with_agents(&["7"]);
    let later = begin() + TimeDelta::hours(1);
    tell(&mut log, "7", booked(1, "7", begin(), 1));
    tell(&mut log, "7", booked(2, "7", later, 1));
    let postgres = support::postgres("hands").await;
    postgres.apply(&log.events, &[]).await.unwrap();
    tell(&mut log, "7", moved(1, later + TimeDelta::hours(1)));
    tell(&mut log, "7", moved(2, begin()));
    tell(&mut log, "7", booked(3, "7", later, 1));
    postgres.apply(&log.events, &[]).await.unwrap();
    assert!(has(&postgres, 3).await);
}
