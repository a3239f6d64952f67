//! A live hold guarantees its slot, in every calendar.

use availability::{Hold, Reason, SlotQuery, SlotRequest, check, check_held, explain_held, slots};
use chrono::TimeDelta;
use proptest::prelude::*;
use schemas::value::{AppointmentType, OfficePolicy};
use schemas::{AppointmentId, HoldId};

use crate::random::{CODES, Scenario, kinds, scenario};
use crate::support::{block, booking, code, lead, office, property, request, uuid, visit};

/// The hold that is made of a free slot of a type.
fn hold_of(kind: &AppointmentType, slot: availability::Slot, number: u128) -> Hold {
    Hold {
        hold_id: HoldId::new(uuid(900 + number)),
        lead_id: lead(9),
        appointment_type: kind.code.clone(),
        property_id: Some(property(number)),
        start: slot.start,
        end: slot.end,
        buffer_before_minutes: kind.buffer_before_minutes,
        buffer_after_minutes: kind.buffer_after_minutes,
        max_appointments_per_slot: slot.max_appointments_per_slot,
        expires_at: slot.start + TimeDelta::minutes(1),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_free_when_it_was_held_can_be_taken_until_it_begins(
        scenario in scenario(),
        which in 0..3_usize,
        place in 1..3_u128,
        later in kinds(),
        travel_minutes in 0..90_u16,
    ) {
        let Scenario { mut agent, mut office, window, now } = scenario;
        let code = code(CODES[which]);
        let kind = office.appointment_type(&code).expect("defined").clone();
        let at = property(place);
        let query = SlotQuery {
            appointment_type: &code,
            from: window.start,
            to: window.end,
            property_id: Some(&at),
            lead_id: None,
            limit: 40,
        };
        let Some(slot) = slots(&agent, &office, &query, now).pop() else { return Ok(()) };
        let hold = hold_of(&kind, slot, place);
        agent.hold(hold.clone());
        // Others book whatever is still free.
        for number in 1..20 {
            let others = SlotQuery { from: slot.start - TimeDelta::hours(3), limit: 1, ..query };
            let Some(free) = slots(&agent, &office, &others, now).pop() else { break };
            let booked = booking(800 + number, &kind, free.start);
            agent.book(availability::Booking { property_id: Some(at.clone()), ..booked });
        }
        for kind in later {
            office.define_type(kind);
        }
        office.retire_type(&code);
        office.set_policy(&OfficePolicy { time_zone: office.time_zone(), travel_minutes, ..fixtures::policy() });
        let asked = SlotRequest { property_id: Some(&at), lead_id: Some(&hold.lead_id), ..request(&code, slot.start) };
        let taken = check_held(&agent, &office, &hold, &asked, slot.start);
        prop_assert_eq!(
            taken.map(|taken| (taken.start, taken.end, taken.max_appointments_per_slot)),
            Ok((slot.start, slot.end, slot.max_appointments_per_slot))
        );
        prop_assert_eq!(explain_held(&agent, &office, &hold, &asked, slot.start), Vec::new());
        let begun = slot.start + TimeDelta::microseconds(1);
        prop_assert_eq!(check_held(&agent, &office, &hold, &asked, begun), Err(Reason::Past));
    }
}

#[test]
fn every_reason_against_a_held_slot_is_told_in_their_order() {
    let (mut agent, office) =
        (crate::support::agent(chrono_tz::UTC, "09:00", "12:00"), office(chrono_tz::UTC));
    let now = crate::support::at("2026-06-17T08:00:00Z");
    let visits = code(crate::support::VISIT);
    let slot = check(&agent, &office, &request(&visits, now + TimeDelta::hours(2)), now).unwrap();
    let hold = Hold { property_id: None, ..hold_of(&visit(), slot, 1) };
    agent.hold(hold.clone());
    for rule in agent.rules().map(|rule| rule.rule_id).collect::<Vec<_>>() {
        agent.remove_rule(rule);
    }
    agent.block(block(1, chrono_tz::UTC, "2026-06-17T10:30:00", "2026-06-17T10:45:00"));
    agent.book(booking(2, &visit(), slot.end - TimeDelta::minutes(1)));
    let asked = SlotRequest { lead_id: Some(&hold.lead_id), ..request(&visits, slot.start) };
    let reasons = |moving| {
        let asked = SlotRequest { moving, ..asked };
        let found = explain_held(&agent, &office, &hold, &asked, slot.end);
        found.into_iter().map(|finding| finding.reason).collect::<Vec<_>>()
    };
    let all = [Reason::Past, Reason::OutsideHours, Reason::Blocked, Reason::AlreadyBooked];
    assert_eq!(reasons(None), all);
    let moved = Some(AppointmentId::new(uuid(2)));
    assert_eq!(reasons(moved), [Reason::Past, Reason::OutsideHours, Reason::Blocked]);
    assert_eq!(check_held(&agent, &office, &hold, &asked, now), Err(Reason::OutsideHours));
}
