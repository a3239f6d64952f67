use std::sync::Arc;

use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::LeadRow;

use super::targets::OfLead;
use crate::QueryApi;
use crate::query_result::versioned;

/// One lead.
pub(crate) struct GetLead;

impl Operation for GetLead {
    const NAME: &'static str = "GetLead";
    const SUMMARY: &'static str =
        "One lead: its contact, completed from its latest bookings, and what it agreed to be written to for.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::LeadNotFound];
    type Target = OfLead;
    type Request = Nothing;
    type Answer = LeadRow;
}

impl Query for GetLead {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        OfLead { lead_id }: OfLead,
        _: Nothing,
    ) -> Result<Found<LeadRow>, Problem> {
        let found = versioned(api.read_model(call).await?.lead(&lead_id).await, |lead| lead.version)?;
        // A lead that has said nothing of itself has no version that a command could name.
        Ok(Found { version: found.version.filter(|version| *version > 0), ..found })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use schemas::event::{AppointmentBooked, ConsentGiven, ConsentWithdrawn, LeadRegistered, LeadUpdated};
    use schemas::value::{ConsentPurpose, ContactChannel, LeadContact, LeadProfile};
    use schemas::{LeadId, Personal};
    use serde_json::json;

    use crate::sample::{Sample, appointment_id};

    fn lead_id() -> LeadId {
        "55".parse().unwrap()
    }

    #[expect(clippy::unnecessary_wraps, reason = "every member of a contact may be left out")]
    fn personal(value: &str) -> Option<Personal<String>> {
        Some(Personal::new(lead_id(), value.to_owned()))
    }

    fn book(sample: &mut Sample, number: u128, contact: LeadContact) {
        let start = format!("2026-12-{:02}T13:00:00Z", 2 + number).parse().unwrap();
        let booked = AppointmentBooked {
            lead_contact: Some(Personal::new(lead_id(), contact)),
            ..fixtures::booked(appointment_id(number), &"7".parse().unwrap(), start, 30)
        };
        sample.agent("7", booked);
    }

    #[actix_web::test]
    async fn a_lead_that_was_never_registered_is_what_its_bookings_told() {
        let mut sample = Sample::new();
        let said = |text: &str| Some(text.to_owned());
        book(
            &mut sample,
            1,
            LeadContact { name: said("Carla"), phone: said("+56911111111"), ..Default::default() },
        );
        book(&mut sample, 2, LeadContact { name: said("Carla Soto"), ..Default::default() });
        let answered = sample.get("/v1/leads/55").await;
        assert!(answered.header("etag").starts_with("W/"), "it has no version of its own");
        let lead = answered.body;
        assert_eq!((&lead["name"], &lead["phone"]), (&json!("Carla Soto"), &json!("+56911111111")));
        assert_eq!(lead["from_booking"], json!(["name", "phone"]));
        assert_eq!((&lead["registered_at"], &lead["version"]), (&json!(null), &json!(0)));
        let appointment = sample.get("/v1/appointments?limit=1").await.body["items"][0].clone();
        assert_eq!(appointment["lead_name"], "Carla Soto");
    }

    #[actix_web::test]
    async fn what_a_lead_says_itself_comes_first() {
        let mut sample = Sample::new();
        let said = |text: &str| Some(text.to_owned());
        book(
            &mut sample,
            1,
            LeadContact { name: said("Carla"), email: said("c@example.org"), ..Default::default() },
        );
        let profile = LeadProfile {
            name: personal("Carla Soto"),
            locale: personal("es-CL"),
            preferred_channel: Some(ContactChannel::Whatsapp),
            ..LeadProfile::default()
        };
        sample.lead("55", LeadRegistered { lead_id: lead_id(), profile: profile.clone() });
        let answered = sample.get("/v1/leads/55").await;
        assert_eq!(answered.tagged_version(), 1);
        let lead = answered.body;
        assert_eq!((&lead["name"], &lead["email"]), (&json!("Carla Soto"), &json!("c@example.org")));
        assert_eq!(lead["from_booking"], json!(["email"]));
        assert_eq!((&lead["locale"], &lead["preferred_channel"]), (&json!("es-CL"), &json!("whatsapp")));
        for uri in ["/v1/appointments", "/v1/leads/55/context"] {
            let body = sample.get(uri).await.body;
            let rows = [&body["items"][0], &body["upcoming"][0]];
            assert!(rows.iter().any(|row| row["lead_name"] == "Carla Soto"), "{uri}: {body}");
        }
        sample.lead("55", LeadUpdated { lead_id: lead_id(), profile: LeadProfile { name: None, ..profile } });
        let lead = sample.get("/v1/leads/55").await.body;
        assert_eq!((&lead["name"], &lead["version"]), (&json!("Carla"), &json!(2)));
    }

    #[actix_web::test]
    async fn the_last_that_was_said_about_each_purpose_and_channel_is_shown() {
        let mut sample = Sample::new();
        let (purpose, channel) = (ConsentPurpose::Reminders, ContactChannel::Sms);
        let at = "2026-11-30T10:00:00Z".parse().unwrap();
        let (source, wording) = (personal("Formulario"), personal("Sí, por SMS"));
        let given = ConsentGiven { lead_id: lead_id(), purpose, channel, at, source, wording };
        sample.lead("55", given.clone());
        sample.lead("55", ConsentGiven { channel: ContactChannel::Email, ..given });
        let (source, wording) = (personal("Chat"), None);
        sample.lead("55", ConsentWithdrawn { lead_id: lead_id(), purpose, channel, at, source, wording });
        let lead = sample.get("/v1/leads/55").await.body;
        assert_eq!((&lead["version"], &lead["registered_at"]), (&json!(3), &json!(null)));
        assert_eq!(
            lead["consents"],
            json!([
                {"purpose": "reminders", "channel": "email", "given": true, "at": "2026-11-30T10:00:00Z",
                    "source": "Formulario", "wording": "Sí, por SMS"},
                {"purpose": "reminders", "channel": "sms", "given": false, "at": "2026-11-30T10:00:00Z",
                    "source": "Chat", "wording": null},
            ])
        );
    }

    #[actix_web::test]
    async fn a_lead_that_nobody_has_heard_of_is_not_found() {
        let answered = Sample::new().get("/v1/leads/99").await;
        assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, "lead_not_found"));
    }
}
