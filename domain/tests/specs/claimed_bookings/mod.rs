//! Every interleaving of processes that carry out the same booking without an agent, and of rivals for its time, with the
//! real decisions on the real states.
//!
//! That what has to hold is checked at all is shown by leaving out one rule after the other.

mod going_on;
mod laws;
mod processes;
mod system;

use self::processes::Process;
use self::system::ClaimedBooking;

/// Which rule does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeftOut {
    Nothing,
    /// Before a claim is passed on or released, the booking is ruled out at its agent.
    RulingOut,
    /// A booking is not ruled out where it was made.
    KnownIsNotRuledOut,
    /// Where a booking is ruled out, it is not made.
    LookingAtTheFence,
    /// Before anything is claimed today, yesterday is closed.
    Closing,
    /// A claim never goes back to an agent.
    NeverBack,
    /// Whoever finds a claim ruled out goes on with it.
    GoingOnForOthers,
}

/// Believes that it is today.
const PUNCTUAL: Process = Process::Sender { asks: [0, 1], shows: &[1], may_stop: false };
/// Believes that it is yesterday, and asks the agents in the other order.
const LATE: Process = Process::Sender { asks: [1, 0], shows: &[0], may_stop: false };
/// Sleeps over midnight at any time.
const SLEEPER: Process = Process::Sender { asks: [0, 1], shows: &[0, 1], may_stop: false };

fn rival(with: usize, gives_back: bool) -> Process {
    Process::Rival { with, gives_back }
}

/// The first may stop for ever after any append, and the other has to go on.
const STOPPING: Process = Process::Sender { asks: [0, 1], shows: &[1], may_stop: true };

#[test]
fn a_rival_takes_the_time_of_one_agent() {
    ClaimedBooking::of(&[PUNCTUAL, LATE, rival(0, false)]).holds(&[
        "it is claimed yesterday",
        "it is claimed today",
        "a claim is passed on",
        "the first agent has it",
        "the second agent has it",
        "both are answered",
    ]);
}

#[test]
fn rivals_take_the_time_of_both_agents_and_give_it_back() {
    ClaimedBooking::of(&[PUNCTUAL, LATE, rival(0, true), rival(1, true)]).holds(&[
        "it is claimed anew",
        "both are answered",
        "both are refused",
    ]);
}

#[test]
fn one_sleeps_over_midnight() {
    ClaimedBooking::of(&[PUNCTUAL, SLEEPER, rival(0, true), rival(1, true)]).holds(&[
        "it is claimed anew",
        "both are answered",
        "both are refused",
    ]);
    ClaimedBooking::of(&[SLEEPER, SLEEPER, rival(0, true), rival(1, false)]).holds(&[
        "it is claimed anew",
        "both are answered",
        "both are refused",
    ]);
}

#[test]
fn who_carries_it_out_may_stop_at_any_time() {
    ClaimedBooking::of(&[STOPPING, LATE, rival(0, true), rival(1, false)]).holds(&[
        "one has stopped",
        "both are refused",
        "it is claimed anew",
    ]);
}

#[test]
fn three_processes() {
    ClaimedBooking::of(&[PUNCTUAL, LATE, SLEEPER, rival(0, true)]).holds(&["both are answered"]);
}

#[test]
fn without_ruling_it_out_before_it_is_passed_on_it_is_booked_twice() {
    let wrong =
        ClaimedBooking::of(&[PUNCTUAL, PUNCTUAL, rival(0, true)]).without(LeftOut::RulingOut).breaks();
    assert!(wrong.starts_with("one command has booked"), "{wrong}");
}

#[test]
fn without_asking_whether_it_was_booked_it_is_booked_with_the_next_as_well() {
    let wrong = ClaimedBooking::of(&[PUNCTUAL, PUNCTUAL, rival(0, true)])
        .without(LeftOut::KnownIsNotRuledOut)
        .breaks();
    assert!(wrong.starts_with("one command has booked"), "{wrong}");
}

#[test]
fn without_looking_at_the_fence_it_is_booked_twice() {
    let wrong = ClaimedBooking::of(&[PUNCTUAL, PUNCTUAL, rival(0, true)])
        .without(LeftOut::LookingAtTheFence)
        .breaks();
    assert!(wrong.starts_with("one command has booked"), "{wrong}");
}

#[test]
fn without_closing_yesterday_it_is_claimed_twice() {
    let wrong = ClaimedBooking::of(&[PUNCTUAL, LATE]).without(LeftOut::Closing).breaks();
    assert!(wrong.starts_with("one command has booked"), "{wrong}");
    ClaimedBooking::of(&[PUNCTUAL, LATE]).holds(&["it is claimed yesterday", "it is claimed today"]);
}

#[test]
fn without_claiming_it_anew_it_goes_back_where_it_is_ruled_out() {
    let wrong = ClaimedBooking::of(&[PUNCTUAL, PUNCTUAL, rival(0, true), rival(1, false)])
        .without(LeftOut::NeverBack)
        .breaks();
    assert!(wrong.starts_with("a claim goes back to an agent"), "{wrong}");
}

#[test]
fn without_going_on_for_those_who_stopped_it_is_never_decided() {
    let wrong =
        ClaimedBooking::of(&[STOPPING, PUNCTUAL, rival(0, true)]).without(LeftOut::GoingOnForOthers).breaks();
    assert!(wrong.starts_with("nobody goes on with a claim"), "{wrong}");
}
