//! A history shows events exactly as they are stored.

use chrono::TimeDelta;
use read_model::{ReadModel, StoredText};
use schemas::event::AppointmentConfirmed;

use crate::alarm::{booked, tell, with_agents};
use crate::support::{appointment_id, begin, postgres};

/// As a newer release might store it: with unknown members, another order, other number formats, and an escape that a
/// `jsonb` would not keep.
fn newer(text: &str) -> String {
    text.replacen('{', r#"{"z_added_later": {"ratio": 1.50, "a": 1e2, "nul": "\u0000"}, "#, 1)
}

#[tokio::test]
async fn a_history_shows_what_is_stored_and_not_what_was_understood_of_it() {
    let mut log = with_agents(&["7"]);
    tell(&mut log, "7", booked(1, "7", begin() + TimeDelta::days(1), 1));
    tell(&mut log, "7", AppointmentConfirmed { appointment_id: appointment_id(1) });
    for event in &mut log.events {
        let StoredText { payload, metadata } = &event.stored;
        let payload = newer(payload).replacen('{', r#"{"reason": {"code": 7}, "#, 1);
        event.stored = StoredText { payload: payload.into(), metadata: newer(metadata).into() };
    }
    let postgres = postgres("stored").await;
    postgres.apply(&log.events, &[]).await.unwrap();
    let history = ReadModel::from(postgres).history(appointment_id(1)).await.unwrap().value;
    assert_eq!(history.len(), 2);
    for (entry, event) in history.iter().zip(&log.events[1..]) {
        assert_eq!(entry.data.as_str(), &*event.stored.payload);
        assert_eq!(entry.metadata.as_str(), &*event.stored.metadata);
        assert_eq!((&entry.actor, &entry.reason), (&event.metadata.actor, &None));
    }
}
