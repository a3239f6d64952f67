//! What is said when something is not as it should be.

use read_model::postgres::{NotReady, PostgresSettings};
use read_model::{Event, Misfit, PostgresReadModel, ProjectError, QueryError, ReadModel};
use schemas::event::AppointmentConfirmed;

use crate::given::{self, appointment_id};
use crate::history::History;

#[tokio::test]
async fn processes_that_start_together_make_the_tables_once() {
    let settings = given::settings("together");
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

    let postgres = given::postgres("misfit").await;
    let error = postgres.apply(&log.events).await.unwrap_err();
    let ProjectError::Misfit(error) = error else { panic!("{error}") };
    assert_eq!((error.position, error.reason), (last + 70, Misfit::AppointmentNotBooked(appointment_id(77))));
    assert_eq!(postgres.position().await, Ok(last), "what comes before it is in");
    assert!(ReadModel::from(postgres.clone()).agent(&"7".parse().unwrap()).await.is_ok());

    misfit.event = Event::Agent(
        "99".parse().unwrap(),
        AppointmentConfirmed { appointment_id: appointment_id(1) }.into(),
    );
    let error = postgres.apply(&[misfit]).await.unwrap_err();
    assert!(error.to_string().contains("agent 99 was not registered"), "{error}");
    assert_eq!(postgres.position().await, Ok(last));
}

#[tokio::test]
async fn a_database_that_is_not_there_is_said_to_be_so() {
    // Nobody listens on a port that is reserved for nobody.
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
    let settings = given::settings("later");
    let early = ReadModel::from(PostgresReadModel::new(settings.clone()));
    assert!(matches!(early.office().await, Err(QueryError::Unavailable(_))));
    let log = History::new().log;
    let writer = PostgresReadModel::new(settings);
    writer.migrate().await.unwrap();
    writer.apply(&log.events).await.unwrap();
    early.wait_for(log.events.last().unwrap().position, given::PATIENCE).await.unwrap();
    assert_eq!(early.office().await, ReadModel::from(log.memory.clone()).office().await);
}
