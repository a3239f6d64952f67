//! Properties: withdrawal, keys, and how to get in.

use chrono::TimeDelta;
use domain::{Property, PropertyChange, PropertyCommand, VisitToEnter};
use schemas::event::{
    AccessInstructionsRead, KeyReturned, KeyTaken, PropertyEvent, PropertyRegistered, PropertyUpdated,
    PropertyWithdrawn,
};
use schemas::value::{AppointmentStatus, PropertyProfile, VisitCaps, VisitOverlap};
use schemas::{AppointmentId, PropertyId, Secret};
use uuid::Uuid;

use crate::given::Given;
use crate::samples::monday;

fn property_id() -> PropertyId {
    "881".parse().expect("a property id")
}

pub(crate) fn profile() -> PropertyProfile {
    PropertyProfile {
        title: "Departamento".to_owned(),
        address: "Irarrázaval 3450".to_owned(),
        comuna: "Ñuñoa".to_owned(),
        comuna_code: "13120".to_owned(),
        region: "Metropolitana de Santiago".to_owned(),
        time_zone: chrono_tz::Tz::America__Santiago,
        coordinates: None,
        agent_ids: Vec::new(),
        notice_minutes: 0,
        overlap: VisitOverlap::Exclusive,
        caps: VisitCaps::default(),
        approval: None,
        access_instructions: Some(Secret::new("4711#".to_owned())),
    }
}

fn registered() -> Given<Property> {
    Given::nothing((), monday("08:00"))
        .and(PropertyRegistered { property_id: property_id(), profile: profile() })
}

#[test]
fn a_property_that_is_withdrawn_and_renamed_at_once_tells_both() {
    let change = PropertyChange { title: Some("Casa".to_owned()), active: Some(false), ..Default::default() };
    let renamed = PropertyProfile { title: "Casa".to_owned(), ..profile() };
    registered().when(PropertyCommand::UpdateProperty { change: Box::new(change) }).then([
        PropertyEvent::from(PropertyWithdrawn { property_id: property_id() }),
        PropertyUpdated { property_id: property_id(), profile: renamed }.into(),
    ]);
}

#[test]
fn keys_that_were_taken_come_back_from_whoever_had_them() {
    let agent_id: schemas::AgentId = "417".parse().expect("an agent id");
    let taken = registered().and(KeyTaken { property_id: property_id(), agent_id: agent_id.clone() });
    let back = PropertyCommand::ReturnKey { agent_id: None, at: "oficina".to_owned() };
    taken.when(back).then([KeyReturned { property_id: property_id(), agent_id, at: "oficina".to_owned() }]);
}

#[test]
fn access_instructions_are_told_from_two_hours_before_a_confirmed_visit_until_its_end() {
    let agent_id: schemas::AgentId = "417".parse().expect("an agent id");
    let visit = |status, start| VisitToEnter {
        appointment_id: AppointmentId::new(Uuid::from_u128(1)),
        agent_id: agent_id.clone(),
        property_id: Some(property_id()),
        status,
        start,
        end: start + TimeDelta::minutes(30),
    };
    let ask = |visit| PropertyCommand::ReadAccessInstructions { visit };
    let appointment_id = AppointmentId::new(Uuid::from_u128(1));
    let told =
        AccessInstructionsRead { property_id: property_id(), appointment_id, agent_id: agent_id.clone() };
    let confirmed = AppointmentStatus::Confirmed;
    registered().when(ask(visit(confirmed, monday("10:00")))).then([told]);
    let refused = |visit: VisitToEnter| registered().when(ask(visit)).outcome.is_err();
    assert!(refused(visit(confirmed, monday("10:01"))));
    assert!(refused(visit(confirmed, monday("07:30"))));
    assert!(refused(visit(AppointmentStatus::Scheduled, monday("09:00"))));
    assert!(refused(VisitToEnter { property_id: None, ..visit(confirmed, monday("09:00")) }));
}
