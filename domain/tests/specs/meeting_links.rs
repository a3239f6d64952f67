//! Links of video calls: the agent's own room, or the office's template, where nobody has given one.

use domain::{
    Agent, AgentCommand, BookAppointment, NeededTime, RescheduleAppointment, ReserveTime, Reserved,
    ReservedTime,
};
use schemas::Personal;
use schemas::event::{AgentProfileUpdated, AppointmentTypeDefined, AppointmentTypeRetired, OfficePolicySet};
use schemas::value::LocationSource::{AgentRoom, OfficeTemplate};
use schemas::value::{AgentProfile, AppointmentType, LocationKind, LocationSource, OfficePolicy};

use crate::given::Given;
use crate::samples::{
    A, VISIT, agent, agent_id, book, code, lead, monday, other_agent, policy, profile, reschedule, visit,
};
use crate::two_agents::{R, hand_over, needed, reassign, reserve, taker};

const ROOM: &str = "https://meet.example.cl/catalina";
const OTHER_ROOM: &str = "https://meet.example.cl/bruno";
const TEMPLATE: &str = "https://meet.example.cl/citas/{appointment_id}";

/// Visits are video calls, for which the office may have a template.
fn by_video(given: Given<Agent>, template: Option<&str>) -> Given<Agent> {
    let meeting_link_template = template.map(str::to_owned);
    given.office(OfficePolicySet { policy: OfficePolicy { meeting_link_template, ..policy() } }).office(
        AppointmentTypeDefined {
            appointment_type: AppointmentType { location_kind: LocationKind::Video, ..visit() },
        },
    )
}

fn in_room(given: Given<Agent>, agent_id: schemas::AgentId, room: Option<&str>) -> Given<Agent> {
    let profile = AgentProfile { meeting_room_url: room.map(str::to_owned), ..profile() };
    given.and(AgentProfileUpdated { agent_id, profile })
}

/// An agent with this room, in an office with this template.
fn with(room: Option<&str>, template: Option<&str>) -> Given<Agent> {
    by_video(in_room(agent(), agent_id(), room), template)
}

fn booked(given: Given<Agent>) -> Given<Agent> {
    given.done(AgentCommand::BookAppointment(book(A, monday("10:00"))))
}

fn location(given: &Given<Agent>) -> (Option<String>, Option<LocationSource>) {
    let appointment = given.state.appointment(A).expect("it is live").clone();
    (appointment.location.map(Personal::disclose), appointment.location_source)
}

fn link(text: &str, source: LocationSource) -> (Option<String>, Option<LocationSource>) {
    (Some(text.to_owned()), Some(source))
}

fn of_template() -> (Option<String>, Option<LocationSource>) {
    link(&format!("https://meet.example.cl/citas/{A}"), OfficeTemplate)
}

/// Hands it over to an agent with this room.
fn handed_over_to(given: Given<Agent>, room: Option<&str>) -> Given<Agent> {
    let booking = needed(&given, A);
    let taker = in_room(taker(), other_agent(), room);
    let taker = taker.done(AgentCommand::ReserveTime(reserve(R, booking)));
    let time = taker.state.reserved_time(R).expect("it is reserved").clone();
    let attempt = domain::reservation::Attempt { reservation_id: R, made_at: monday("08:00") };
    let when = given.when(reassign(A, Some(Reserved { attempt, time })));
    let (_, received) = hand_over(when, agent_id());
    taker.done(AgentCommand::ReceiveAppointment(Box::new(received)))
}

#[test]
fn the_agents_room_goes_before_the_offices_template() {
    assert_eq!(location(&booked(with(Some(ROOM), Some(TEMPLATE)))), link(ROOM, AgentRoom));
    assert_eq!(location(&booked(with(Some(ROOM), None))), link(ROOM, AgentRoom));
    assert_eq!(location(&booked(with(None, Some(TEMPLATE)))), of_template());
    assert_eq!(location(&booked(with(None, None))), (None, None));
}

#[test]
fn a_link_is_its_leads_like_any_location() {
    let appointment = booked(with(Some(ROOM), None)).state.appointment(A).unwrap().clone();
    assert_eq!(appointment.location, Some(Personal::new(lead(1), ROOM.to_owned())));
}

#[test]
fn a_location_that_was_given_stays() {
    let given_location = Personal::new(lead(1), "https://otra.example/sala".to_owned());
    let booking = BookAppointment { location: Some(given_location), ..book(A, monday("10:00")) };
    let given = with(Some(ROOM), Some(TEMPLATE)).done(AgentCommand::BookAppointment(booking));
    let stays = (Some("https://otra.example/sala".to_owned()), None);
    assert_eq!(location(&given), stays);
    assert_eq!(location(&handed_over_to(given, Some(OTHER_ROOM))), stays);
}

#[test]
fn only_video_calls_have_links() {
    for location_kind in [LocationKind::Property, LocationKind::Phone] {
        let appointment_type = AppointmentType { location_kind, ..visit() };
        let given = with(Some(ROOM), Some(TEMPLATE)).office(AppointmentTypeDefined { appointment_type });
        assert_eq!(location(&booked(given)), (None, None));
    }
    let given =
        by_video(agent(), Some(TEMPLATE)).office(AppointmentTypeDefined { appointment_type: visit() });
    assert_eq!(location(&handed_over_to(booked(given), Some(OTHER_ROOM))), (None, None));
}

#[test]
fn another_agent_brings_another_link() {
    let after =
        |room, template, to: Option<&str>| location(&handed_over_to(booked(with(room, template)), to));
    assert_eq!(after(Some(ROOM), None, Some(OTHER_ROOM)), link(OTHER_ROOM, AgentRoom));
    assert_eq!(after(Some(ROOM), Some(TEMPLATE), None), of_template());
    assert_eq!(after(None, Some(TEMPLATE), Some(OTHER_ROOM)), link(OTHER_ROOM, AgentRoom));
    assert_eq!(after(None, Some(TEMPLATE), None), of_template());
    assert_eq!(after(None, None, Some(OTHER_ROOM)), link(OTHER_ROOM, AgentRoom), "it had none");
    assert_eq!(after(Some(ROOM), None, None), (None, None), "nobody is in that room any more");
}

#[test]
fn a_link_that_was_made_is_made_anew_whatever_has_become_of_the_type() {
    let given = booked(with(Some(ROOM), None));
    let retired = given.clone().office(AppointmentTypeRetired { code: code(VISIT) });
    assert_eq!(location(&handed_over_to(retired, Some(OTHER_ROOM))), link(OTHER_ROOM, AgentRoom));
    let by_telephone = AppointmentType { location_kind: LocationKind::Phone, ..visit() };
    let given = given.office(AppointmentTypeDefined { appointment_type: by_telephone });
    assert_eq!(location(&handed_over_to(given, Some(OTHER_ROOM))), link(OTHER_ROOM, AgentRoom));
}

#[test]
fn what_changes_later_changes_no_link() {
    let given = booked(with(Some(ROOM), Some(TEMPLATE)));
    let given = in_room(by_video(given, None), agent_id(), Some(OTHER_ROOM));
    assert_eq!(location(&given), link(ROOM, AgentRoom));
    assert_eq!(location(&given.done(reschedule(A, monday("15:00")))), link(ROOM, AgentRoom));
}

#[test]
fn another_agent_at_another_time_brings_another_link() {
    let given = booked(with(Some(ROOM), None));
    let asked = RescheduleAppointment {
        start: Some(monday("15:00")),
        to_agent_id: Some(other_agent()),
        ..RescheduleAppointment::of(A)
    };
    let present = needed(&given, A);
    let moved = availability::Booking { start: monday("15:00"), end: monday("16:00"), ..present.clone() };
    let needed = NeededTime { booking: moved, present: present.interval() };
    let taker = in_room(taker(), other_agent(), Some(OTHER_ROOM));
    let reserving = ReserveTime { needed, ..reserve(R, present) };
    let taker = taker.done(AgentCommand::ReserveTime(reserving));
    let time: ReservedTime = taker.state.reserved_time(R).expect("it is reserved").clone();
    assert_eq!(time.meeting_room_url.as_deref(), Some(OTHER_ROOM));
    let attempt = domain::reservation::Attempt { reservation_id: R, made_at: monday("08:00") };
    let asked = RescheduleAppointment { reserved: Some(Reserved { attempt, time }), ..asked };
    let decided = given.when(AgentCommand::RescheduleAppointment(asked)).handed_over().appointment;
    assert_eq!(decided.location.map(Personal::disclose).as_deref(), Some(OTHER_ROOM));
    assert_eq!(decided.location_source, Some(AgentRoom));
}
