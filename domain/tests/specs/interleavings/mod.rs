//! Every interleaving of a few processes that change, hand over and book appointments of two or three agents, with the real
//! decisions on the real states. Expiries are not looked at: a reservation may have expired for anybody at any time.
//!
//! That what has to hold is checked at all is shown by leaving out one rule after the other.

mod going_on;
mod hand_overs;
mod owners;
mod processes;
mod rules;

use self::hand_overs::HandOvers;
use self::processes::Process;
use self::rules::LeftOut;
use crate::samples::monday;
use crate::two_agents::reservation_id;

/// From one agent to another, by the reservation and the command of this number.
fn mover(from: usize, to: usize, number: u128) -> Process {
    Process::Mover { from, to, start: None, reservation_id: reservation_id(number), command: number }
}

/// The same, at another time.
fn mover_at(from: usize, to: usize, start: &str, number: u128) -> Process {
    let (start, reservation_id) = (Some(monday(start)), reservation_id(number));
    Process::Mover { from, to, start, reservation_id, command: number }
}

fn settler(with: usize, decided_by: usize, number: u128) -> Process {
    Process::Settler { with, decided_by, reservation_id: reservation_id(number) }
}

fn rival(with: usize, start: &str) -> Process {
    Process::Rival { with, start: monday(start) }
}

/// To twelve.
fn rescheduler() -> Process {
    Process::Rescheduler { start: monday("12:00") }
}

#[test]
fn a_hand_over_and_a_booking_at_its_time() {
    HandOvers::of(&[mover(0, 1, 1), rival(1, "10:00")]).with_lost_answers().hold(&[
        "it is in transit",
        "a reservation is fenced",
        "the second has it",
        "B is booked",
    ]);
}

#[test]
fn a_cancellation_follows_the_hand_overs() {
    HandOvers::of(&[mover(0, 1, 1), mover(1, 2, 2), Process::Canceller, rival(1, "10:00")])
        .with_lost_answers()
        .hold(&["the second has cancelled it", "the third has it", "B is booked"]);
}

#[test]
fn two_hand_overs_to_different_agents() {
    HandOvers::of(&[
        mover(0, 1, 1),
        mover(0, 2, 2),
        Process::Canceller,
        rival(1, "10:00"),
        rival(2, "10:00"),
    ])
    .hold(&["a reservation is fenced", "the second has it", "the third has it"]);
}

#[test]
fn two_attempts_at_one_hand_over() {
    let again = Process::Mover { from: 0, to: 1, start: None, reservation_id: reservation_id(2), command: 1 };
    HandOvers::of(&[mover(0, 1, 1), again, mover(1, 2, 3), rival(1, "10:00")]).with_lost_answers().hold(&[
        "a reservation is fenced",
        "the second has it",
        "the third has it",
    ]);
}

#[test]
fn a_hand_over_there_and_back_while_the_first_is_still_at_work() {
    HandOvers::of(&[mover(0, 1, 1), mover(1, 0, 2), mover(0, 1, 1), Process::Canceller, settler(1, 0, 1)])
        .hold(&["the first has it again", "the second has cancelled it"]);
}

#[test]
fn a_reservation_that_two_commands_name() {
    let two = [
        mover(0, 1, 1),
        Process::Mover { from: 0, to: 1, start: None, reservation_id: reservation_id(1), command: 9 },
        mover(1, 0, 2),
    ];
    HandOvers::of(&two).hold(&["the first has it again"]);
    let wrong = HandOvers::of(&two).without(LeftOut::DecidesOnce).breaks();
    assert!(wrong.starts_with("nobody has it"), "{wrong}");
}

#[test]
fn the_owner_reschedules_meanwhile() {
    HandOvers::of(&[mover(0, 1, 1), rescheduler(), Process::Canceller, rival(1, "12:00"), rival(1, "10:00")])
        .hold(&["it is in transit", "the second has it", "B is booked"]);
    HandOvers::of(&[mover(0, 1, 1), mover(1, 2, 2), rescheduler(), rival(2, "12:00")])
        .with_lost_answers()
        .hold(&["the third has it", "B is booked"]);
}

#[test]
fn a_hand_over_to_another_time() {
    HandOvers::of(&[mover_at(0, 1, "15:00", 1), rival(1, "15:00"), Process::Canceller])
        .with_lost_answers()
        .hold(&["it is in transit", "it is at three", "a reservation is fenced", "B is booked"]);
    HandOvers::of(&[mover_at(0, 1, "15:00", 1), rescheduler(), rival(1, "15:00"), settler(1, 0, 1)])
        .with_lost_answers()
        .hold(&["it is at three", "a reservation is fenced", "the second has it", "B is booked"]);
}

#[test]
fn a_hand_over_to_another_time_there_and_further() {
    HandOvers::of(&[mover_at(0, 1, "15:00", 1), mover(1, 2, 2), mover_at(1, 0, "16:00", 3), rescheduler()])
        .hold(&["it is at three", "the third has it", "the first has it again"]);
}

#[test]
fn two_hand_overs_to_different_times() {
    let again = Process::Mover {
        from: 0,
        to: 1,
        start: Some(monday("16:00")),
        reservation_id: reservation_id(2),
        command: 2,
    };
    HandOvers::of(&[mover_at(0, 1, "15:00", 1), again, Process::Canceller, rival(1, "15:30")]).hold(&[
        "it is at three",
        "the second has it",
        "the second has cancelled it",
        "B is booked",
    ]);
}

#[test]
fn without_a_fence_a_move_to_another_time_is_committed_after_its_release() {
    let movers = [mover_at(0, 1, "15:00", 1), rival(1, "15:00")];
    for left_out in [LeftOut::FenceBeforeRelease, LeftOut::FencedIsOver] {
        let wrong = HandOvers::of(&movers).without(left_out).breaks();
        assert!(wrong.starts_with("it was handed over, but its time was released"), "{wrong}");
    }
    let wrong = HandOvers::of(&movers).without(LeftOut::ReservedIsTaken).breaks();
    assert!(wrong.contains(" overlap at 512"), "{wrong}");
}

#[test]
fn anybody_settles_a_reservation_at_any_time() {
    HandOvers::of(&[mover(0, 1, 1), mover(1, 2, 2), settler(1, 0, 1), settler(2, 1, 2), rescheduler()])
        .hold(&["a reservation is fenced", "the second has it", "the third has it"]);
}

#[test]
fn without_a_fence_a_released_reservation_is_committed() {
    let wrong =
        HandOvers::of(&[mover(0, 1, 1), rival(1, "10:00")]).without(LeftOut::FenceBeforeRelease).breaks();
    assert!(wrong.starts_with("it was handed over, but its time was released"), "{wrong}");
}

#[test]
fn without_remembering_fences_one_is_committed() {
    let wrong = HandOvers::of(&[mover(0, 1, 1), rival(1, "10:00")]).without(LeftOut::FencedIsOver).breaks();
    assert!(wrong.starts_with("it was handed over, but its time was released"), "{wrong}");
}

#[test]
fn without_comparing_times_another_is_handed_over_than_was_reserved() {
    let wrong = HandOvers::of(&[mover(0, 1, 1), rescheduler()]).without(LeftOut::SameTime).breaks();
    assert!(wrong.starts_with("another time was reserved than was handed over"), "{wrong}");
}

#[test]
fn without_settling_only_what_is_open_it_has_two_owners() {
    let wrong = HandOvers::of(&[mover(0, 1, 1), mover(1, 2, 2), settler(1, 0, 1)])
        .without(LeftOut::OnlyOpen)
        .breaks();
    assert!(wrong.starts_with("it has two owners") || wrong.starts_with("it is with one"), "{wrong}");
}

#[test]
fn without_using_ids_once_it_is_received_twice() {
    let twice = [mover(0, 1, 1), mover(0, 1, 1), mover(1, 2, 2)];
    let wrong = HandOvers::of(&twice).without(LeftOut::IdsOnce).breaks();
    assert!(wrong.starts_with("it is with one, and on its way to another"), "{wrong}");
    HandOvers::of(&twice).hold(&["the third has it"]);
}

#[test]
fn without_taking_what_is_reserved_two_appointments_overlap() {
    let wrong =
        HandOvers::of(&[mover(0, 1, 1), rival(1, "10:00")]).without(LeftOut::ReservedIsTaken).breaks();
    assert!(wrong.contains(" overlap at 512"), "{wrong}");
}
