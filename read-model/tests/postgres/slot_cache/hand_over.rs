//! What is kept of two agents, one of whom hands an appointment over to the other.

use chrono::TimeDelta;
use schemas::event::{AppointmentHandedOver, AppointmentReceived, ReservationReleased};
use schemas::value::AppointmentSnapshot;
use schemas::{AgentId, ReservationId};
use uuid::Uuid;

use super::{Office, memory};
use crate::alarm::booked;
use crate::support::begin;

#[tokio::test]
async fn a_reservation_outdates_what_is_kept_of_its_agent_and_the_decision_what_is_kept_of_the_other() {
    let mut office = Office::new("hand_over").await;
    let (cache, now) = (memory(), begin());
    let asked = office.with(&cache);
    let [from, to] = ["7", "10"].map(|id| id.parse::<AgentId>().unwrap());
    let booking = booked(1, "7", now + TimeDelta::hours(1), 1);
    office.tell("7", booking.clone()).await;
    office.same_with(&asked, &cache, now).await;
    assert_eq!(office.same_with(&asked, &cache, now).await.misses, 0);

    let appointment = fixtures::snapshot(booking);
    let reserved =
        |number| fixtures::reserved(ReservationId::new(Uuid::from_u128(number)), &from, &appointment, now);
    office.tell("10", reserved(1)).await;
    assert_eq!(office.same_with(&asked, &cache, now).await.misses, 2, "one agent, two types");
    let released = ReservationReleased {
        reservation_id: reserved(1).reservation_id,
        appointment_id: appointment.appointment_id,
    };
    office.tell("10", released).await;
    assert_eq!(office.same_with(&asked, &cache, now).await.misses, 2, "the time is given back");

    office.tell("10", reserved(2)).await;
    assert_eq!(office.same_with(&asked, &cache, now).await.misses, 2);
    let reservation_id = reserved(2).reservation_id;
    let appointment = AppointmentSnapshot { version: 2, ..appointment };
    let handed_over = AppointmentHandedOver {
        reservation_id,
        to_agent_id: to.clone(),
        previous_start: appointment.start,
        previous_end: appointment.end,
        forced: Vec::new(),
        appointment: appointment.clone(),
        reason: None,
        requested_by: None,
        receipts: Vec::new(),
    };
    office.tell("7", handed_over).await;
    assert_eq!(office.same_with(&asked, &cache, now).await.misses, 2, "the old agent's time is free");
    let received = AppointmentReceived {
        reservation_id,
        from_agent_id: from.clone(),
        appointment,
        hold_id: None,
        receipts: Vec::new(),
    };
    office.tell("10", received).await;
    office.same_with(&asked, &cache, now).await;
}
