//! Where a video call takes place, if nobody has said so: in the agent's own room, or else where the office's template
//! says.

use schemas::value::{LocationKind, LocationSource};
use schemas::{AppointmentId, AppointmentTypeCode, LeadId, Personal};

use crate::Office;
use crate::meeting_link::filled_in;

/// An appointment's location, and what it was made from, if nobody gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MeetingPlace {
    pub(super) location: Option<Personal<String>>,
    pub(super) location_source: Option<LocationSource>,
}

impl MeetingPlace {
    /// The location with an agent who has this room. What was given stays as it is; a link that was made is made anew.
    pub(super) fn with(
        self,
        office: &Office,
        of: (AppointmentId, &AppointmentTypeCode, &LeadId),
        room: Option<&str>,
    ) -> Self {
        let (appointment_id, code, lead_id) = of;
        let is_given = self.location.is_some() && self.location_source.is_none();
        // A link that was made is one of a video call, whatever its type is now.
        if is_given || (self.location.is_none() && !is_video_call(office, code)) {
            return self;
        }
        let template = office.policy().meeting_link_template.as_deref();
        let link = match (room, template) {
            (Some(room), _) => Some((room.to_owned(), LocationSource::AgentRoom)),
            (None, Some(template)) => {
                Some((filled_in(template, appointment_id), LocationSource::OfficeTemplate))
            }
            (None, None) => None,
        };
        let (link, location_source) = link.unzip();
        Self { location: link.map(|link| Personal::new(lead_id.clone(), link)), location_source }
    }
}

/// Whether appointments of this type are video calls; of a retired one, as it was last.
fn is_video_call(office: &Office, code: &AppointmentTypeCode) -> bool {
    let calendar = office.calendar();
    let retired = || calendar.retired_types().find(|retired| retired.code == *code);
    let known = calendar.appointment_type(code).or_else(retired);
    known.is_some_and(|known| known.location_kind == LocationKind::Video)
}
