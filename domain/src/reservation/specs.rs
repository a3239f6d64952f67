//! The pattern alone: what a stream knows of reservations on it, and of its decisions on reservations elsewhere.

use chrono::{DateTime, TimeDelta, Utc};
use schemas::ReservationId;
use uuid::Uuid;

use super::{
    Attempt, CannotCommit, Commitments, EXPIRES_AFTER, LONGEST_ATTEMPT, Outcome, REMEMBERED, Reservation,
    Reservations,
};

const R1: ReservationId = ReservationId::new(Uuid::from_u128(1));
const R2: ReservationId = ReservationId::new(Uuid::from_u128(2));

fn noon() -> DateTime<Utc> {
    "2026-12-14T12:00:00Z".parse().expect("an instant")
}

fn reservation(what: &'static str) -> Reservation<&'static str> {
    Reservation { deciding_stream: "agent-417".to_owned(), expires_at: noon() + EXPIRES_AFTER, what }
}

fn attempt(reservation_id: ReservationId) -> Attempt {
    Attempt { reservation_id, made_at: noon() }
}

fn known(reservations: &Reservations<&'static str>) -> [bool; 2] {
    [reservations.knows(R1), reservations.knows(R2)]
}

#[test]
fn a_reservation_is_open_until_it_is_closed() {
    let mut reservations = Reservations::default();
    assert_eq!(known(&reservations), [false, false]);
    reservations.reserved(R1, reservation("ten"));
    reservations.reserved(R2, reservation("eleven"));
    let open: Vec<_> = reservations.open().map(|(id, open)| (id, open.what)).collect();
    assert_eq!(open, [(R1, "ten"), (R2, "eleven")]);
    assert_eq!(reservations.find(R1), Some(&reservation("ten")));

    reservations.closed(R1, TimeDelta::zero());
    assert_eq!(reservations.find(R1), None);
    assert_eq!(reservations.open().count(), 1);
    assert_eq!(known(&reservations), [true, true], "an id is used once");
}

#[test]
fn a_closed_id_is_remembered_for_a_day_of_the_streams_time_and_an_open_one_for_ever() {
    let mut reservations = Reservations::default();
    reservations.reserved(R1, reservation("ten"));
    reservations.reserved(R2, reservation("eleven"));
    reservations.closed(R1, TimeDelta::hours(1));
    let closed_later = |mut reservations: Reservations<&'static str>, passed| {
        reservations.closed(ReservationId::new(Uuid::from_u128(3)), passed);
        known(&reservations)
    };
    let day_later = TimeDelta::hours(1) + REMEMBERED;
    assert_eq!(closed_later(reservations.clone(), day_later), [true, true]);
    assert_eq!(closed_later(reservations.clone(), day_later + TimeDelta::microseconds(1)), [false, true]);
    assert_eq!(closed_later(reservations, day_later * 9), [false, true]);
}

/// What an attempt still does is done before its ids are forgotten, by far.
#[test]
fn an_attempt_ends_long_before_its_id_is_forgotten() {
    assert!(EXPIRES_AFTER < LONGEST_ATTEMPT);
    assert!(LONGEST_ATTEMPT * 3 < REMEMBERED);
}

#[test]
fn the_decision_is_made_with_a_fresh_reservation_and_once() {
    let mut commitments = Commitments::default();
    assert_eq!(commitments.outcome(R1), Outcome::Undecided);
    assert_eq!(commitments.check(attempt(R1), noon()), Ok(()));
    commitments.committed(R1, "handed over");
    assert_eq!(commitments.outcome(R1), Outcome::Committed(&"handed over"));
    assert_eq!(commitments.check(attempt(R1), noon()), Err(CannotCommit::Used));
    assert_eq!(commitments.check(attempt(R2), noon()), Ok(()));
}

#[test]
fn a_fence_rules_it_out() {
    let mut commitments = Commitments::<()>::default();
    commitments.fenced(R1, TimeDelta::zero());
    assert_eq!(commitments.outcome(R1), Outcome::Fenced);
    assert_eq!(commitments.check(attempt(R1), noon()), Err(CannotCommit::Fenced));
    assert_eq!(commitments.check(attempt(R2), noon()), Ok(()));
}

#[test]
fn an_attempt_is_over_after_a_while_by_a_clock_that_went_either_way() {
    let commitments = Commitments::<()>::default();
    let moment = TimeDelta::microseconds(1);
    for fresh in [TimeDelta::zero(), LONGEST_ATTEMPT, -LONGEST_ATTEMPT] {
        assert_eq!(commitments.check(attempt(R1), noon() + fresh), Ok(()), "{fresh}");
    }
    for old in [LONGEST_ATTEMPT + moment, -LONGEST_ATTEMPT - moment, TimeDelta::days(30)] {
        assert_eq!(commitments.check(attempt(R1), noon() + old), Err(CannotCommit::TooOld), "{old}");
    }
}

#[test]
fn a_fence_is_forgotten_after_a_day_and_a_commit_never() {
    let mut commitments = Commitments::default();
    commitments.committed(R1, "handed over");
    commitments.fenced(R2, TimeDelta::hours(1));
    let other = |number| ReservationId::new(Uuid::from_u128(number));
    commitments.fenced(other(3), TimeDelta::hours(1) + REMEMBERED);
    assert_eq!(commitments.outcome(R2), Outcome::Fenced);
    commitments.fenced(other(4), TimeDelta::hours(2) + REMEMBERED);
    assert_eq!(commitments.outcome(R2), Outcome::Undecided);
    assert_eq!(commitments.outcome(R1), Outcome::Committed(&"handed over"));
}

#[test]
fn both_sides_are_kept_in_snapshots() {
    let mut reservations = Reservations::default();
    reservations
        .reserved(R1, Reservation { deciding_stream: "a".to_owned(), expires_at: noon(), what: 7_u8 });
    reservations.reserved(R2, Reservation { deciding_stream: "b".to_owned(), expires_at: noon(), what: 8 });
    reservations.closed(R2, TimeDelta::hours(3));
    let json = serde_json::to_vec(&reservations).expect("it can be written");
    assert_eq!(serde_json::from_slice::<Reservations<u8>>(&json).expect("it can be read"), reservations);

    let mut commitments = Commitments::default();
    commitments.committed(R1, 9_u64);
    commitments.fenced(R2, TimeDelta::hours(3));
    let json = serde_json::to_vec(&commitments).expect("it can be written");
    assert_eq!(serde_json::from_slice::<Commitments<u64>>(&json).expect("it can be read"), commitments);
}
