//! The registered properties, as far as the log has been read: where each is, and when and by whom it can be shown.
//!
//! It proposes only: that a property can be visited is decided on its own stream.

use std::collections::HashMap;
use std::sync::Arc;

use availability::PropertyCalendar;
use calendar_fold::fold_property;
use chrono_tz::Tz;
use event_store::RecordedEvent;
use schemas::event::PropertyEvent;
use schemas::{Metadata, PropertyId};

/// Every registered property, without its visits.
#[derive(Debug, Default)]
pub(super) struct Properties(HashMap<PropertyId, Arc<PropertyCalendar>>);

impl Properties {
    pub(super) fn get(&self, property_id: &PropertyId) -> Option<Arc<PropertyCalendar>> {
        self.0.get(property_id).map(Arc::clone)
    }

    pub(super) fn note(&mut self, property_id: &PropertyId, event: &PropertyEvent) {
        // Its registration says which zone it is in.
        let calendar =
            self.0.entry(property_id.clone()).or_insert_with(|| Arc::new(PropertyCalendar::new(Tz::UTC)));
        fold_property(Arc::make_mut(calendar), event);
    }
}

/// The event of a property; none of a type that a later release has.
pub(super) fn decode(event: &RecordedEvent, metadata: &Metadata) -> Result<Option<PropertyEvent>, String> {
    let is_known = PropertyEvent::TYPES.iter().any(|(known, _)| **known == *event.event_type);
    is_known
        .then(|| PropertyEvent::decode(&event.event_type, metadata.schema_version, &event.payload))
        .transpose()
        .map_err(|error| error.to_string())
}
