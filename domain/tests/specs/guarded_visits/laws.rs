//! What has to hold in every state, read from the states alone.

use domain::{Lead, Property};
use schemas::ReservationId;

use super::system::Folded;

/// Why two visits are at one time, or one is not guarded.
pub(crate) fn wrong(streams: &[&Folded]) -> Option<String> {
    let agents = streams.iter().filter_map(|stream| match stream {
        Folded::Agent(agent) => Some(agent),
        _ => None,
    });
    let live: Vec<_> = agents.flat_map(|agent| agent.appointments()).collect();
    for (number, one) in live.iter().enumerate() {
        for other in &live[..number] {
            // All are at ten.
            if one.lead_id == other.lead_id || one.property_id == other.property_id {
                let (one, other) = (one.appointment_id, other.appointment_id);
                return Some(format!("two visits at one time: {one} and {other}"));
            }
        }
        let open: Vec<ReservationId> = streams.iter().flat_map(|stream| open_on(stream)).collect();
        if one.reservations.len() != 2
            || !one.reservations.iter().all(|claim| open.contains(&claim.reservation_id))
        {
            return Some(format!("a visit without its time on both streams: {}", one.appointment_id));
        }
    }
    None
}

fn open_on(stream: &Folded) -> Vec<ReservationId> {
    let of_lead = |lead: &Lead| lead.visits().open().map(|open| open.reservation_id).collect();
    let of_property =
        |property: &Property| property.visits().open().map(|open| open.reservation_id).collect();
    match stream {
        Folded::Agent(_) => Vec::new(),
        Folded::Lead(lead) => of_lead(lead),
        Folded::Property(property) => of_property(property),
    }
}
