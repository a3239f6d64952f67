//! Folds the events of a property into its calendar.

use availability::{Overlap, PropertyCalendar, VisitCaps};
use schemas::PropertyEvent;
use schemas::value::{PropertyProfile, VisitOverlap};

/// Folds one event of a property into its calendar.
pub fn fold_property(calendar: &mut PropertyCalendar, event: &PropertyEvent) {
    match event {
        PropertyEvent::PropertyRegistered(event) => set_profile(calendar, &event.profile),
        PropertyEvent::PropertyUpdated(event) => set_profile(calendar, &event.profile),
        PropertyEvent::PropertyWithdrawn(_) => calendar.set_active(false),
        PropertyEvent::PropertyRelisted(_) => calendar.set_active(true),
        PropertyEvent::PropertyVisitHoursReplaced(event) => {
            calendar.replace_rules(event.rules.iter().cloned());
        }
        PropertyEvent::PropertyDateExceptionSet(event) => calendar.set_exception(event.exception.clone()),
        PropertyEvent::PropertyDateExceptionRemoved(event) => drop(calendar.remove_exception(event.date)),
        PropertyEvent::PropertyBlocked(event) => calendar.block(event.block.clone()),
        PropertyEvent::PropertyBlockChanged(event) => calendar.block(event.block.clone()),
        PropertyEvent::PropertyUnblocked(event) => match event.date {
            Some(date) => calendar.skip_occurrence(event.block_id, date),
            None => drop(calendar.unblock(event.block_id)),
        },
        PropertyEvent::KeyPlaced(_)
        | PropertyEvent::KeyTaken(_)
        | PropertyEvent::KeyReturned(_)
        | PropertyEvent::AccessInstructionsRead(_)
        | PropertyEvent::TimeReserved(_)
        | PropertyEvent::ReservationRepointed(_)
        | PropertyEvent::ReservationReleased(_)
        | PropertyEvent::CommandHadNoEffect(_) => {}
    }
}

fn set_profile(calendar: &mut PropertyCalendar, profile: &PropertyProfile) {
    calendar.set_time_zone(profile.time_zone);
    calendar.set_area(Some(profile.comuna.clone()), Some(profile.region.clone()));
    calendar.set_coordinates(profile.coordinates);
    calendar.set_agent_ids(profile.agent_ids.iter().cloned());
    calendar.set_notice_minutes(profile.notice_minutes);
    calendar.set_overlap(match profile.overlap {
        VisitOverlap::Exclusive => Overlap::Exclusive,
        VisitOverlap::Shared { simultaneous_visits } => Overlap::Shared { simultaneous_visits },
        VisitOverlap::Announced => Overlap::Announced,
    });
    let caps = profile.caps;
    calendar.set_caps(VisitCaps { per_day: caps.per_day, per_week: caps.per_week });
}
