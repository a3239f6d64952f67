//! Errors of events and databases that are not as they should be.

use availability::Interval;
use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use read_model::postgres::{NotReady, PostgresSettings, Rebuild};
use read_model::{
    ApplyErrorReason, AppointmentFilter, AppointmentSort, CalendarLayer, CalendarSearch, Event, Explain,
    PageRequest, PostgresReadModel, ProjectError, ProjectedEvent, QueryError, ReadModel, SlotSearch,
    StartFilter, SummaryKey, SummarySearch,
};
use schemas::event::{AppointmentConfirmed, DateExceptionSet, TimeBlocked};
use schemas::value::DateException;
use schemas::{AgentEvent, AgentId};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::alarm::{booked, tell, with_agents};
use crate::history::{History, VISIT};
use crate::support::{self, appointment_id};
use crate::wire::Wire;

#[tokio::test]
async fn processes_that_start_together_make_the_tables_once() {
    let settings = support::settings("together");
    let some: Vec<_> = (0..4).map(|_| PostgresReadModel::new(settings.clone())).collect();
    let made = futures::future::join_all(some.iter().map(PostgresReadModel::migrate)).await;
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    assert_eq!(some[3].position().await, Ok(0));
}

#[tokio::test]
async fn an_event_that_does_not_follow_stops_before_itself() {
    let mut log = History::new().log;
    let last = log.events.last().unwrap().position;
    let unknown = AppointmentConfirmed { appointment_id: appointment_id(77) };
    let mut misfit = log.events.last().unwrap().clone();
    misfit.position += 70;
    misfit.event = Event::Agent("7".parse().unwrap(), unknown.into());
    log.events.push(misfit.clone());

    let postgres = support::postgres("misfit").await;
    let error = postgres.apply(&log.events, &[]).await.unwrap_err();
    let ProjectError::ApplyErrorReason(error) = error else { panic!("{error}") };
    assert_eq!(
        (error.position, error.reason),
        (last + 70, ApplyErrorReason::AppointmentNotBooked(appointment_id(77)))
    );
    assert_eq!(postgres.position().await, Ok(last), "what comes before it is in");
    assert!(ReadModel::from(postgres.clone()).agent(&"7".parse().unwrap()).await.is_ok());

    misfit.event = Event::Agent(
        "99".parse().unwrap(),
        AppointmentConfirmed { appointment_id: appointment_id(1) }.into(),
    );
    let error = postgres.apply(&[misfit], &[]).await.unwrap_err();
    assert!(error.to_string().contains("agent 99 was not registered"), "{error}");
    assert_eq!(postgres.position().await, Ok(last));
}

fn exception(date: &str) -> DateExceptionSet {
    DateExceptionSet { exception: DateException { date: date.parse().unwrap(), intervals: Vec::new() } }
}

fn block(start: &str, end: DateTime<Utc>) -> TimeBlocked {
    let start: DateTime<Utc> = start.parse().unwrap();
    let block = fixtures::block(schemas::BlockId::new(uuid::Uuid::from_u128(1)), fixtures::ZONE, start, end);
    TimeBlocked { block }
}

/// Asserts that the error names this event, and none of its content.
fn assert_names(error: &ProjectError, event: &ProjectedEvent) {
    let ProjectError::ApplyErrorReason(misfit) = error else { panic!("{error}") };
    assert_eq!((misfit.position, misfit.revision), (event.position, event.revision));
    assert_eq!(misfit.event_type, event.event.event_type());
    assert!(
        matches!(&misfit.reason, ApplyErrorReason::NotKept(what) if what.contains("SQLSTATE 22008")),
        "{misfit}"
    );
    for private in ["9999", "Almuerzo"] {
        assert!(!misfit.reason.to_string().contains(private), "{misfit}");
    }
}

#[tokio::test]
async fn a_value_that_the_database_cannot_keep_stops_before_its_event() {
    for (name, far) in [
        ("date", AgentEvent::from(exception("-9999-01-01"))),
        ("block", block("-9999-01-01T00:00:00Z", support::begin()).into()),
    ] {
        let mut log = with_agents(&["7", "8"]);
        tell(&mut log, "7", exception("2026-12-24"));
        tell(&mut log, "8", booked(1, "8", support::begin(), 1));
        let before = log.events.last().unwrap().position;
        tell(&mut log, "7", far);
        let stopping = log.events.last().unwrap().clone();
        tell(&mut log, "7", booked(3, "7", support::begin(), 1));

        let settings = support::settings(name);
        let postgres = PostgresReadModel::new(settings.clone());
        postgres.migrate().await.unwrap();
        for _ in 0..2 {
            assert_names(&postgres.apply(&log.events, &[]).await.unwrap_err(), &stopping);
            assert_eq!(postgres.position().await, Ok(before));
        }
        let asked = ReadModel::from(postgres.clone());
        let agent = asked.agent(&"7".parse().unwrap()).await.unwrap().value;
        assert_eq!(agent.exceptions.len(), 1, "what comes before it is in");
        assert!(asked.appointment(appointment_id(1)).await.is_ok());
        assert!(asked.appointment(appointment_id(3)).await.is_err(), "what comes after it is not");

        let (mut rebuild, _) = Rebuild::begin(&settings, false).await.unwrap();
        assert_names(&rebuild.tables().apply(&log.events, &[]).await.unwrap_err(), &stopping);
        assert_eq!(rebuild.position(), before);
    }
}

/// The first and last years of RFC 3339, which has four digits for them.
#[tokio::test]
async fn questions_about_the_ends_of_time_are_answered() {
    let log = History::new().log;
    let postgres = support::postgres("ends").await;
    postgres.apply(&log.events, &[]).await.unwrap();
    let (postgres, memory) = (ReadModel::from(postgres), ReadModel::from(log.memory.clone()));
    let (agent_id, now): (AgentId, _) = ("7".parse().unwrap(), support::begin());
    for instant in ["0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"] {
        let from: DateTime<Utc> = instant.parse().unwrap();
        let to = from + TimeDelta::days(1);
        let range = Interval::new(from, to);
        let filter = AppointmentFilter { from: Some(from), to: Some(to), ..AppointmentFilter::default() };
        let page = PageRequest::default();
        let question = SlotSearch {
            appointment_type: VISIT.parse().unwrap(),
            from,
            to,
            agent_ids: vec![agent_id.clone()],
            starts: StartFilter::default(),
            property_id: None,
            lead_id: None,
            zone: None,
            explain: Some(Explain::Start(from)),
            page: page.clone(),
        };
        let calendar = CalendarSearch {
            agent_ids: vec![agent_id.clone()],
            range,
            layers: CalendarLayer::ALL.to_vec(),
            appointment_type: None,
            page: page.clone(),
        };
        let summary = SummarySearch {
            range,
            agent_ids: Vec::new(),
            statuses: Vec::new(),
            appointment_types: Vec::new(),
            by: vec![SummaryKey::Day],
            zone: None,
        };
        let mut answers = Vec::new();
        for model in [&postgres, &memory] {
            answers.push((
                model.calendars(&calendar, now).await.unwrap(),
                model.summary(&summary).await.unwrap(),
                model.agent_calendar(&agent_id, range, now).await.unwrap(),
                model.agent_availability(&agent_id, range, now).await.unwrap(),
                model.appointments(&filter, AppointmentSort::Start, &page).await.unwrap(),
                model.slots(&question, now).await.unwrap(),
            ));
        }
        assert_eq!(answers[0], answers[1], "{instant}");
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_said_to_be_so() {
    // Nothing listens on port 1.
    let settings = PostgresSettings::try_new("postgres://citas:s3cret@127.0.0.1:1/citas", "citas").unwrap();
    let postgres = PostgresReadModel::new(settings);
    let unavailable = postgres.migrate().await.unwrap_err();
    assert!(!unavailable.to_string().contains("s3cret"), "{unavailable}");
    let asked = ReadModel::from(postgres.clone()).office().await;
    assert!(matches!(asked, Err(QueryError::Unavailable(_))), "{asked:?}");
    assert!(matches!(postgres.ready(), Err(NotReady::NotReached | NotReady::Lost)));
    assert!(postgres.wait_for(1, std::time::Duration::from_millis(1)).await.is_err());
}

#[tokio::test]
async fn tables_that_are_not_there_yet_are_used_once_they_are() {
    let settings = support::settings("later");
    let early = ReadModel::from(PostgresReadModel::new(settings.clone()));
    assert!(matches!(early.office().await, Err(QueryError::Unavailable(_))));
    let log = History::new().log;
    let writer = PostgresReadModel::new(settings);
    writer.migrate().await.unwrap();
    writer.apply(&log.events, &[]).await.unwrap();
    early.wait_for(log.events.last().unwrap().position, support::TIMEOUT).await.unwrap();
    assert_eq!(early.office().await, ReadModel::from(log.memory.clone()).office().await);
}

#[tokio::test]
async fn a_write_over_a_connection_that_falls_silent_is_given_up() {
    let schema = format!("silent_write_{}", std::process::id());
    let wire = Wire::to_the_database().await;
    let settings = PostgresSettings::try_new(&wire.url(), &schema).unwrap();
    let settings = settings.with_application_name("a-silent-write").with_write_limits();
    let postgres = PostgresReadModel::new(settings);
    postgres.migrate().await.unwrap();
    let connect = async || PgConnection::connect(&support::url()).await.unwrap();
    let (mut locks, mut server) = (connect().await, connect().await);
    let lock = format!("BEGIN; SELECT FROM {schema}.projection FOR UPDATE");
    sqlx::raw_sql(AssertSqlSafe(lock)).execute(&mut locks).await.unwrap();
    let mut writes = Box::pin(postgres.advance(70, &[]));
    let waits = "SELECT count(*) FROM pg_stat_activity
        WHERE application_name = 'a-silent-write' AND wait_event_type = 'Lock'";
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(5));
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut server).await.unwrap() == 0 {
        assert!((&mut writes).now_or_never().is_none(), "the row is locked");
        ticks.tick().await;
    }
    wire.silence();
    sqlx::raw_sql("COMMIT").execute(&mut locks).await.unwrap();
    let given_up = tokio::time::timeout(support::TIMEOUT, writes).await.unwrap().unwrap_err();
    assert!(given_up.to_string().contains("did not respond"), "{given_up}");
    // The server has ended the transaction by itself.
    postgres.advance(70, &[]).await.unwrap();
}
