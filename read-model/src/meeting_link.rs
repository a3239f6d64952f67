//! Video calls that nobody can join yet.

use availability::{Cause, Finding, OfficeCalendar, Reason};
use schemas::value::LocationKind;

use crate::AppointmentRow;

/// What speaks against a video call that is to come and has no link; none of any other appointment.
pub(crate) fn lacks_meeting_link(office: &OfficeCalendar, appointment: &AppointmentRow) -> Option<Finding> {
    let (defined, _) = office.defined_type(&appointment.appointment_type)?;
    let is_video = defined.location_kind == LocationKind::Video;
    let lacks = is_video && !appointment.status.is_final() && appointment.location.is_none();
    lacks.then_some(Finding { reason: Reason::NoMeetingLink, cause: Cause::NoMeetingLink })
}

#[cfg(test)]
mod tests {
    use fixtures::VISIT;
    use schemas::event::{AppointmentBooked, AppointmentConfirmed};
    use schemas::value::{AppointmentStatus, AppointmentType};
    use schemas::{AgentEvent, Personal};

    use super::*;
    use crate::sample::{Log, begin, booked, id};

    fn row(events: impl IntoIterator<Item = AgentEvent>) -> AppointmentRow {
        let mut log = Log::with_office();
        log.register("7");
        events.into_iter().for_each(|event| log.agent("7", event));
        log.read_model().appointment(id(1)).unwrap().value.entry
    }

    fn office_with(location_kind: LocationKind) -> OfficeCalendar {
        let mut office = OfficeCalendar::new(&fixtures::policy());
        office.define_type(AppointmentType { location_kind, ..fixtures::appointment_type(VISIT, 30) });
        office
    }

    #[test]
    fn a_video_call_to_come_without_a_location_lacks_its_link() {
        let lacks = |row: &AppointmentRow, kind| lacks_meeting_link(&office_with(kind), row).is_some();
        let without = || AgentEvent::from(booked(1, "7", begin()));
        let confirmed = AppointmentConfirmed { appointment_id: id(1) };
        for events in [vec![without()], vec![without(), confirmed.into()]] {
            let row = row(events);
            assert!(lacks(&row, LocationKind::Video));
            assert!(!lacks(&row, LocationKind::Phone));
            assert!(!lacks(&row, LocationKind::Property));
            for status in
                [AppointmentStatus::Cancelled, AppointmentStatus::Completed, AppointmentStatus::NoShow]
            {
                let over = AppointmentRow { status, ..row.clone() };
                assert!(!lacks(&over, LocationKind::Video), "{status}");
            }
        }
        let link = Personal::new("55".parse().unwrap(), "https://meet.example.cl/catalina".to_owned());
        let with = AppointmentBooked { location: Some(link), ..booked(1, "7", begin()) };
        assert!(!lacks(&row([with.into()]), LocationKind::Video));
    }
}
