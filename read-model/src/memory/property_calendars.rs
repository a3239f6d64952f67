//! The properties' own time.

use std::sync::Arc;

use availability::PropertyCalendar;
use calendar_fold::fold_property;
use imbl::OrdMap;
use schemas::{PropertyEvent, PropertyId};

/// Each registered property's time, without its visits: these are the agents'.
pub(super) type PropertyCalendars = OrdMap<PropertyId, Arc<PropertyCalendar>>;

/// Folds the next event of a property. One that comes before its registration changes nothing.
pub(super) fn evolve(calendars: &mut PropertyCalendars, property_id: &PropertyId, event: &PropertyEvent) {
    if let PropertyEvent::PropertyRegistered(event) = event {
        let new = || Arc::new(PropertyCalendar::new(event.profile.time_zone));
        calendars.entry(property_id.clone()).or_insert_with(new);
    }
    if let Some(calendar) = calendars.get_mut(property_id) {
        fold_property(Arc::make_mut(calendar), event);
    }
}
