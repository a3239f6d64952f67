//! Every interleaving of processes that book, hold, cancel and reinstate visits with agents, leads and properties, with the
//! real decisions on the real states. Any process may stop for ever anywhere, and any reservation may have expired for
//! anybody at any time.
//!
//! That what has to hold is checked at all is shown by leaving out one rule after the other.

mod laws;
mod processes;
mod system;

use self::processes::{Process, book, book_by_hold, cancel, hold, reinstate};
use self::system::{GuardedVisits, LeftOut};

const A: usize = 0;
const B: usize = 1;

/// With agent, lead, property and what is done, one after the other.
fn process(agent: usize, lead: u32, property: u32, steps: Vec<domain::AgentCommand>) -> Process {
    Process { agent, lead, property, steps }
}

fn booker(agent: usize, lead: u32, property: u32, appointment: u128) -> Process {
    process(agent, lead, property, vec![book(appointment, lead, property)])
}

#[test]
fn one_lead_and_two_agents() {
    GuardedVisits::of(vec![booker(A, 1, 1, 1), booker(B, 1, 2, 2)]).hold(&["1 booked", "a fence"]);
}

#[test]
fn one_property_and_two_leads() {
    GuardedVisits::of(vec![booker(A, 1, 1, 1), booker(B, 2, 1, 2)]).hold(&["1 booked", "a fence"]);
}

#[test]
fn each_wants_what_the_others_have() {
    let crossed = vec![booker(A, 1, 1, 1), booker(B, 1, 2, 2), booker(A, 2, 2, 3)];
    GuardedVisits::of(crossed).hold(&["1 booked", "a fence"]);
}

#[test]
fn what_was_cancelled_is_free_for_others() {
    let again = process(A, 1, 1, vec![book(1, 1, 1), cancel(1)]);
    GuardedVisits::of(vec![again, booker(B, 1, 1, 2)]).hold(&["2 is booked after 1", "a release"]);
}

#[test]
fn a_hold_takes_the_time_until_it_is_booked_or_over() {
    let holder = process(A, 1, 1, vec![hold(1, 1, 1), book_by_hold(1, 1, 1)]);
    GuardedVisits::of(vec![holder, booker(B, 1, 1, 2)]).hold(&["1 booked", "a hold is over", "a release"]);
}

#[test]
fn what_is_reinstated_takes_its_time_anew() {
    let back = process(A, 1, 1, vec![book(1, 1, 1), cancel(1), reinstate(1)]);
    GuardedVisits::of(vec![back, booker(B, 1, 1, 2)]).hold(&["2 is booked after 1", "1 is back"]);
}

#[test]
fn without_a_fence_a_reservation_is_committed_after_its_release() {
    let rivals = || vec![booker(A, 1, 1, 1), booker(B, 1, 1, 2)];
    for left_out in [LeftOut::FenceBeforeRelease, LeftOut::FencedIsOver] {
        let wrong = GuardedVisits::of(rivals()).without(left_out).breaks();
        assert!(
            wrong.starts_with("two visits at one time") || wrong.starts_with("a visit without"),
            "{wrong}"
        );
    }
}

#[test]
fn without_verifying_what_stands_a_claim_is_released_that_does() {
    let rivals = vec![booker(A, 1, 1, 1), booker(B, 1, 1, 2)];
    let wrong = GuardedVisits::of(rivals).without(LeftOut::Verifying).breaks();
    assert!(wrong.starts_with("two visits at one time") || wrong.starts_with("a visit without"), "{wrong}");
}

#[test]
fn without_reserving_anew_what_is_reinstated_is_at_a_taken_time() {
    let back = process(A, 1, 1, vec![book(1, 1, 1), cancel(1), reinstate(1)]);
    let wrong = GuardedVisits::of(vec![back, booker(B, 1, 1, 2)]).without(LeftOut::ReservingAnew).breaks();
    assert!(wrong.starts_with("two visits at one time") || wrong.starts_with("a visit without"), "{wrong}");
}
