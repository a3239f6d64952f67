//! A property with the visits that it has, which are in the agents' calendars.

use std::sync::Arc;

use availability::{Interval, PropertyCalendar};
use chrono::{DateTime, Utc};
use schemas::{AppointmentId, PropertyId};

use super::state::State;
use crate::AppointmentFilter;
use crate::property_visits::{VisitedProperty, visits_around};

impl State {
    /// The property with the visits that matter for starts in the range; none if it is not registered.
    pub(super) fn property_in(
        &self,
        property_id: &PropertyId,
        range: Interval,
        moving: Option<AppointmentId>,
        now: DateTime<Utc>,
    ) -> Option<Arc<PropertyCalendar>> {
        let calendar = PropertyCalendar::clone(self.property_calendars.get(property_id)?);
        let mut visited = VisitedProperty { calendar, office: &self.office, moving };
        let around = visits_around(range);
        let filter = AppointmentFilter {
            property_ids: vec![property_id.clone()],
            from: Some(around.start),
            to: Some(around.end),
            ..AppointmentFilter::default()
        };
        for row in self.appointments.all(&filter) {
            let owner = self.agents.get(&row.agent_id);
            if let Some(booking) = owner.and_then(|view| view.calendar.find_booking(row.id)) {
                visited.add_booking(&row.agent_id, booking);
            }
        }
        for (hold_id, agent_id) in self.holds.live(now) {
            let owner = self.agents.get(agent_id);
            let hold = owner.and_then(|view| view.calendar.find_hold(hold_id));
            if let Some(hold) = hold.filter(|hold| hold.property_id.as_ref() == Some(property_id)) {
                visited.add_hold(agent_id, hold);
            }
        }
        Some(Arc::new(visited.calendar))
    }
}
