//! Video calls that nobody can join yet.

use schemas::value::LocationKind;

use crate::AppointmentRow;

/// The cause of a conflict: a video call has no link.
pub const NO_MEETING_LINK: &str = "no_meeting_link";

/// Whether the appointment, of a type that takes place so, is a video call that is to come and has no link.
pub const fn lacks_meeting_link(appointment: &AppointmentRow, location_kind: LocationKind) -> bool {
    matches!(location_kind, LocationKind::Video)
        && !appointment.status.is_final()
        && appointment.location.is_none()
}

#[cfg(test)]
mod tests {
    use schemas::event::{AppointmentBooked, AppointmentConfirmed};
    use schemas::value::AppointmentStatus;
    use schemas::{AgentEvent, Personal};

    use super::*;
    use crate::sample::{Log, begin, booked, id};

    fn row(events: impl IntoIterator<Item = AgentEvent>) -> AppointmentRow {
        let mut log = Log::with_office();
        log.register("7");
        events.into_iter().for_each(|event| log.agent("7", event));
        log.read_model().appointment(id(1)).unwrap().value
    }

    #[test]
    fn a_video_call_to_come_without_a_location_lacks_its_link() {
        let without = || AgentEvent::from(booked(1, "7", begin()));
        let confirmed = AppointmentConfirmed { appointment_id: id(1) };
        for events in [vec![without()], vec![without(), confirmed.into()]] {
            let row = row(events);
            assert!(lacks_meeting_link(&row, LocationKind::Video));
            assert!(!lacks_meeting_link(&row, LocationKind::Phone));
            assert!(!lacks_meeting_link(&row, LocationKind::Property));
            for status in
                [AppointmentStatus::Cancelled, AppointmentStatus::Completed, AppointmentStatus::NoShow]
            {
                let over = AppointmentRow { status, ..row.clone() };
                assert!(!lacks_meeting_link(&over, LocationKind::Video), "{status}");
            }
        }
        let link = Personal::new("55".parse().unwrap(), "https://meet.example.cl/catalina".to_owned());
        let with = AppointmentBooked { location: Some(link), ..booked(1, "7", begin()) };
        assert!(!lacks_meeting_link(&row([with.into()]), LocationKind::Video));
    }
}
