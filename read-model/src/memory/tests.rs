use std::time::Duration;

use chrono::TimeDelta;
use schemas::event::{
    AgentDeactivated, AppointmentBooked, AppointmentCancelled, AppointmentConfirmed, AppointmentNoShow,
    AppointmentReleased, TimeBlocked,
};
use schemas::value::{AppointmentStatus, CancellationCause, NoShowBy};
use schemas::{Actor, ActorKind, AgentId, AppointmentTypeCode, BlockId, Personal};
use uuid::Uuid;

use super::*;
use crate::sample::{Log, begin, booked, id};
use crate::{ApplyErrorReason, Event, Explain, Limit, QueryBudget, Shown, SlotSearch, StartFilter};

mod conflicts;
mod hand_over;
mod summary;

fn two_agents() -> Log {
    let mut log = Log::with_office();
    log.register("7");
    log.register("8");
    log
}

fn cancelled(number: u128) -> AppointmentCancelled {
    let cancelled_by = Actor { kind: ActorKind::Lead, id: "55".to_owned() };
    let reason = Some(Personal::new("55".parse().unwrap(), "Viaje".to_owned()));
    AppointmentCancelled { appointment_id: id(number), cancelled_by, reason, requested_by: None }
}

fn row(read_model: &MemoryReadModel, number: u128) -> AppointmentRow {
    read_model.appointment(id(number)).unwrap().value.entry
}

fn is_on(read_model: &MemoryReadModel, agent_id: &str, number: u128) -> bool {
    read_model.calendars(&agent_id.parse().unwrap()).0.find_booking(id(number)).is_some()
}

#[test]
fn a_row_follows_its_appointment() {
    let mut log = two_agents();
    let start = begin() + TimeDelta::days(1);
    log.book(1, "7", start);
    log.agent("7", AppointmentConfirmed { appointment_id: id(1) });
    let confirmed = row(&log.read_model(), 1);
    assert_eq!((confirmed.status, confirmed.version), (AppointmentStatus::Confirmed, 2));
    assert_eq!(confirmed.updated_at - confirmed.created_at, TimeDelta::seconds(1));

    log.reschedule(1, "7", start + TimeDelta::hours(1), 1);
    let moved = row(&log.read_model(), 1);
    assert_eq!((moved.status, moved.sequence), (AppointmentStatus::Scheduled, 1));
    assert_eq!((moved.start, moved.created_at), (start + TimeDelta::hours(1), confirmed.created_at));
    assert_eq!(moved.local_start, confirmed.local_start + TimeDelta::hours(1));

    log.agent("7", AppointmentNoShow { appointment_id: id(1), by: NoShowBy::Lead });
    let read_model = log.read_model();
    assert_eq!(row(&read_model, 1).status, AppointmentStatus::NoShow);
    assert!(is_on(&read_model, "7", 1), "it did take the agent's time");

    log.book(2, "7", start);
    log.agent("7", cancelled(2));
    let read_model = log.read_model();
    assert_eq!(row(&read_model, 2).status, AppointmentStatus::Cancelled);
    assert!(!is_on(&read_model, "7", 2));
}

#[test]
fn a_row_shows_by_when_it_has_to_be_confirmed_until_it_need_not_be() {
    let start = begin() + TimeDelta::days(2);
    let deadline = start - TimeDelta::days(1);
    let confirm_by = Some(deadline);
    let to_confirm = || {
        let mut log = two_agents();
        log.agent("7", AppointmentBooked { confirm_by, ..booked(1, "7", start) });
        log
    };
    let after = |event: schemas::AgentEvent| {
        let mut log = to_confirm();
        log.agent("7", event);
        let row = row(&log.read_model(), 1);
        (row.status, row.confirm_by, row.cancellation_cause)
    };
    let scheduled = row(&to_confirm().read_model(), 1);
    assert_eq!((scheduled.confirm_by, scheduled.cancellation_cause), (confirm_by, None));
    let confirmed = AppointmentConfirmed { appointment_id: id(1) };
    assert_eq!(after(confirmed.into()), (AppointmentStatus::Confirmed, None, None));
    assert_eq!(after(cancelled(1).into()), (AppointmentStatus::Cancelled, None, None));
    let released = AppointmentReleased { appointment_id: id(1), confirm_by: deadline };
    let cause = Some(CancellationCause::Released);
    assert_eq!(after(released.clone().into()), (AppointmentStatus::Cancelled, None, cause));
    let moved = fixtures::rescheduled(id(1), start, 30);
    assert_eq!(after(moved.into()), (AppointmentStatus::Scheduled, None, None));

    let mut log = to_confirm();
    let now = fixtures::snapshot(AppointmentBooked { confirm_by, ..booked(1, "7", start) });
    log.reassign(&schemas::value::AppointmentSnapshot { version: 2, ..now }, "7", "8");
    assert_eq!(row(&log.read_model(), 1).confirm_by, confirm_by);
    log.agent("8", released);
    let read_model = log.read_model();
    assert_eq!(row(&read_model, 1).cancellation_cause, cause);
    assert!(!is_on(&read_model, "8", 1), "its time is free");
}

#[test]
fn a_history_shows_what_is_stored_and_not_what_was_understood_of_it() {
    let mut log = two_agents();
    log.book(1, "7", begin());
    let payload = log.stored_by_a_newer_release();
    let history = log.read_model().history(id(1)).unwrap().value;
    assert_eq!(history[0].data.as_str(), &*payload.payload);
    assert_eq!(history[0].metadata.as_str(), &*payload.metadata);
    assert_eq!(history[0].actor.id, "chat-1");
    let shown = serde_json::to_string(&history).unwrap();
    assert!(shown.contains(&*payload.payload) && shown.contains(&*payload.metadata), "{shown}");
    assert!(!format!("{history:?}").contains("added_later"), "not even what is not known is logged");
}

#[test]
fn an_appointment_moved_long_after_it_was_over_takes_its_new_time() {
    let mut log = two_agents();
    log.book(1, "7", begin());
    let much_later = begin() + TimeDelta::days(100);
    let agent_id: AgentId = "7".parse().unwrap();
    let left = AgentDeactivated { agent_id: agent_id.clone() };
    log.append_at(Some(agent_id.clone()), Event::Agent(agent_id, left.into()), much_later);
    assert!(!is_on(&log.read_model(), "7", 1), "what is long over is forgotten");
    log.reschedule(1, "7", much_later, 1);
    let read_model = log.read_model();
    let (calendar, _) = read_model.calendars(&"7".parse().unwrap());
    let moved = calendar.find_booking(id(1)).unwrap();
    assert_eq!((moved.start, moved.lead_id.as_str()), (much_later, "55"));
}

#[test]
fn events_that_come_again_change_nothing() {
    let mut log = two_agents();
    log.book(1, "7", begin());
    log.agent("7", AppointmentConfirmed { appointment_id: id(1) });
    let once = log.read_model();
    let again = log.read_model();
    for from in 0..log.events.len() {
        again.apply(log.events[from..].to_vec()).unwrap();
    }
    assert_eq!(again.position(), once.position());
    assert_eq!(again.appointment(id(1)), once.appointment(id(1)));
    assert_eq!(again.history(id(1)), once.history(id(1)));
    assert_eq!(again.office(), once.office());
    assert_eq!(again.agent(&"7".parse().unwrap()), once.agent(&"7".parse().unwrap()));
}

#[test]
fn any_cut_of_the_log_into_batches_gives_the_same_answers() {
    let mut log = two_agents();
    for number in 0..300 {
        log.book(number, if number % 2 == 0 { "7" } else { "8" }, begin());
    }
    let whole = log.read_model();
    for size in [1, 7, 128, 129] {
        let cut = MemoryReadModel::new();
        for batch in log.events.chunks(size) {
            cut.apply(batch.to_vec()).unwrap();
        }
        let page = PageRequest::default();
        let all = |read_model: &MemoryReadModel| {
            read_model.appointments(&AppointmentFilter::default(), AppointmentSort::Start, &page)
        };
        assert_eq!(all(&cut), all(&whole), "batches of {size}");
    }
}

#[test]
fn the_position_never_goes_back() {
    let log = two_agents();
    let read_model = log.read_model();
    let position = read_model.position();
    assert_eq!(position, log.events.last().unwrap().position);
    read_model.apply([log.events[0].clone()]).unwrap();
    read_model.advance(position - 1);
    assert_eq!(read_model.position(), position);
    read_model.advance(position + 1);
    assert_eq!(read_model.position(), position + 1);
    assert_eq!(read_model.office().unwrap().position, position + 1);
}

#[test]
fn an_event_that_does_not_follow_stops_before_itself() {
    let mut log = two_agents();
    let good = log.events.last().unwrap().position;
    log.agent("7", AppointmentConfirmed { appointment_id: id(1) });
    log.book(2, "7", begin());
    let read_model = MemoryReadModel::new();
    let error = read_model.apply(log.events).unwrap_err();
    assert_eq!(error.reason, ApplyErrorReason::AppointmentNotBooked(id(1)));
    assert_eq!(error.event_type, "AppointmentConfirmed");
    assert_eq!(read_model.position(), good);
    assert_eq!(read_model.appointment(id(2)), Err(QueryError::AppointmentNotFound(id(2))));
}

#[test]
fn an_event_of_an_agent_that_was_never_registered_stops_before_itself() {
    let mut log = two_agents();
    log.book(1, "9", begin());
    let read_model = MemoryReadModel::new();
    let error = read_model.apply(log.events).unwrap_err();
    assert_eq!(error.reason, ApplyErrorReason::AgentNotRegistered("9".parse().unwrap()));
    assert_eq!(read_model.appointment(id(1)), Err(QueryError::AppointmentNotFound(id(1))));
}

#[test]
fn a_question_keeps_the_state_it_began_with() {
    let mut log = two_agents();
    log.book(1, "7", begin());
    let read_model = log.read_model();
    let snapshot = read_model.snapshot();
    log.agent("7", cancelled(1));
    read_model.apply(log.events).unwrap();
    assert_eq!(snapshot.appointments.get(id(1)).unwrap().view.row.status, AppointmentStatus::Scheduled);
    assert_eq!(row(&read_model, 1).status, AppointmentStatus::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn waiting_ends_when_the_position_is_reached_or_the_time_is_up() {
    let read_model = MemoryReadModel::new();
    let second = Duration::from_secs(1);
    assert_eq!(read_model.wait_for(0, second).await, Ok(()));
    assert_eq!(read_model.wait_for(5, second).await, Err(Behind { position: 0, min_position: 5 }));
    let (reached, ()) = tokio::join!(read_model.wait_for(5, second), async { read_model.advance(9) });
    assert_eq!(reached, Ok(()));
}

fn question(code: &str) -> SlotSearch {
    SlotSearch {
        appointment_type: code.parse::<AppointmentTypeCode>().unwrap(),
        from: begin() - TimeDelta::days(3),
        to: begin() + TimeDelta::days(30),
        agent_ids: Vec::new(),
        starts: StartFilter::default(),
        property_id: None,
        lead_id: None,
        zone: None,
        explain: None,
        page: PageRequest { limit: Limit::try_new(200).unwrap(), cursor: None },
    }
}

#[tokio::test]
async fn slots_of_many_agents_are_one_list_in_time_order_whatever_the_page() {
    let mut log = two_agents();
    log.book(1, "8", begin() + TimeDelta::days(1));
    let read_model = log.read_model();
    let now = begin() + TimeDelta::minutes(1);
    let (mut walked, mut cursor) = (Vec::new(), None);
    loop {
        let page = PageRequest { limit: Limit::try_new(7).unwrap(), cursor };
        let answer = read_model.slots(&SlotSearch { page, ..question("visita_propiedad") }, now).await;
        let slots = answer.unwrap().value.slots;
        walked.extend(slots.items);
        match slots.next_cursor {
            None => break,
            more => cursor = more,
        }
    }
    let mut expected = Vec::new();
    for agent_id in ["7", "8"] {
        let agent_id: AgentId = agent_id.parse().unwrap();
        let (agent, office) = read_model.calendars(&agent_id);
        let asked = question("visita_propiedad");
        let query = availability::SlotQuery {
            appointment_type: &asked.appointment_type,
            from: asked.from,
            to: asked.to,
            property_id: None,
            lead_id: None,
            limit: usize::MAX,
        };
        let slots = availability::slots(&agent, &office, &query, now);
        expected.extend(slots.into_iter().map(|slot| (slot.start, agent_id.clone())));
    }
    expected.sort();
    assert!(expected.len() > 300, "a month of mornings");
    let walked: Vec<_> = walked.into_iter().map(|slot| (slot.start, slot.agent_id)).collect();
    assert_eq!(walked, expected);
}

#[tokio::test]
async fn a_spread_that_its_budget_ends_gives_what_it_found_and_is_refused_if_that_is_nothing() {
    let log = two_agents();
    let starts = StartFilter { shown: Shown::Spread, ..StartFilter::default() };
    let page = PageRequest { limit: Limit::try_new(5).unwrap(), cursor: None };
    let asked = SlotSearch { starts, page, ..question("visita_propiedad") };
    let full = log.read_model().slots(&asked, begin()).await.unwrap().value.slots;
    assert_eq!((full.items.len(), &full.next_cursor), (5, &None));

    let poor = log.read_model().with_query_budget(QueryBudget::new(0));
    let one_day = poor.slots(&asked, begin()).await.unwrap().value.slots;
    assert!((1..5).contains(&one_day.items.len()) && one_day.next_cursor.is_none(), "{one_day:?}");

    let mut closed = two_agents();
    let week = TimeDelta::days(7);
    for (number, agent_id) in (1..).zip(["7", "8"]) {
        let block_id = BlockId::new(Uuid::from_u128(number));
        let block = fixtures::block(block_id, fixtures::ZONE, begin() - week, begin() + week);
        closed.agent(agent_id, TimeBlocked { block });
    }
    let poor = closed.read_model().with_query_budget(QueryBudget::new(0));
    assert_eq!(poor.slots(&asked, begin()).await.unwrap_err(), QueryError::TooCostly);
    let later = closed.read_model().slots(&asked, begin()).await.unwrap().value.slots;
    assert_eq!(later.items.len(), 5, "other days are free");
}

#[tokio::test]
async fn an_inactive_agent_offers_nothing_and_the_explanation_says_so() {
    let mut log = two_agents();
    log.agent("8", AgentDeactivated { agent_id: "8".parse().unwrap() });
    let read_model = log.read_model();
    let mut asked = question("visita_propiedad");
    let slots = read_model.slots(&asked, begin()).await.unwrap().value.slots;
    assert!(slots.items.iter().all(|slot| slot.agent_id.as_str() == "7"));
    asked.agent_ids = vec!["8".parse().unwrap()];
    asked.explain = Some(Explain::Start(begin()));
    let answer = read_model.slots(&asked, begin()).await.unwrap().value;
    assert_eq!(answer.slots.items, []);
    let [explanation] = &answer.explanations.unwrap()[..] else { panic!("one agent is explained") };
    assert!(!explanation.active && !explanation.available);
    assert_eq!(explanation.findings, []);
}

#[tokio::test]
async fn questions_about_what_does_not_exist_are_refused() {
    let read_model = two_agents().read_model();
    let unknown = read_model.slots(&question("paseo"), begin()).await;
    assert_eq!(unknown, Err(QueryError::UnknownAppointmentType("paseo".parse().unwrap())));
    let agent_id: AgentId = "9".parse().unwrap();
    let asked = SlotSearch { agent_ids: vec![agent_id.clone()], ..question("llamada") };
    assert_eq!(read_model.slots(&asked, begin()).await, Err(QueryError::UnknownAgent(agent_id.clone())));
    assert_eq!(read_model.agent(&agent_id), Err(QueryError::UnknownAgent(agent_id)));
    assert_eq!(MemoryReadModel::new().office(), Err(QueryError::OfficeNotSet));
}
