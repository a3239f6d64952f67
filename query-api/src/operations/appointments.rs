use std::sync::Arc;

use availability::Localized;
use chrono::{DateTime, Utc};
use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::{AppointmentFilter, AppointmentRow, AppointmentSort, Limit, Outcomes, Page, PageRequest};
use schemars::JsonSchema;
use schemas::value::{AppointmentStatus, Outcome};
use schemas::{AgentId, AppointmentTypeCode, LeadId, PropertyId};
use serde::{Deserialize, Serialize};

use crate::QueryApi;
use crate::parameters::{Instant, check_range, check_repeats, limit};
use crate::query_result::found;

/// The appointments that all filters admit, a page at a time.
pub(crate) struct ListAppointments;

/// Which appointments: each filter may repeat, and admits any of its values.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filters {
    /// The agents.
    #[serde(default)]
    agent_id: Vec<AgentId>,
    /// The leads.
    #[serde(default)]
    lead_id: Vec<LeadId>,
    /// The statuses.
    #[serde(default)]
    status: Vec<AppointmentStatus>,
    /// What became of them: recorded, or not recorded although they are over.
    #[serde(default)]
    outcome: Vec<WantedOutcome>,
    /// The appointment types.
    #[serde(default)]
    appointment_type: Vec<AppointmentTypeCode>,
    /// The properties.
    #[serde(default)]
    property_id: Vec<PropertyId>,
    /// The start of the range that they overlap; open if left out.
    from: Option<Instant>,
    /// Its end, at most 366 days later; open if left out.
    to: Option<Instant>,
    /// Whether the local start is no longer the one agreed on.
    wall_time_changed: Option<bool>,
    /// The order; by default by start.
    #[serde(default)]
    sort: AppointmentSort,
    /// How many entries; by default 50.
    #[serde(default, deserialize_with = "limit")]
    limit: Limit,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What became of an appointment, as a filter names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum WantedOutcome {
    /// It is over, and nobody has recorded what became of it.
    Unresolved,
    /// It took place.
    Completed,
    /// Somebody did not come.
    NoShow,
}

impl Filters {
    fn outcomes(&self, now: DateTime<Utc>) -> Option<Outcomes> {
        let mut outcomes = Outcomes::default();
        for wanted in &self.outcome {
            match wanted {
                WantedOutcome::Unresolved => outcomes.unresolved_at = Some(now),
                WantedOutcome::Completed => outcomes.recorded.push(Outcome::Completed),
                WantedOutcome::NoShow => outcomes.recorded.push(Outcome::NoShow),
            }
        }
        (!self.outcome.is_empty()).then_some(outcomes)
    }

    fn check(&self) -> Result<(), Problem> {
        check_range(self.from, self.to)?;
        check_repeats("agent_id", &self.agent_id)?;
        check_repeats("lead_id", &self.lead_id)?;
        check_repeats("status", &self.status)?;
        check_repeats("outcome", &self.outcome)?;
        check_repeats("appointment_type", &self.appointment_type)?;
        check_repeats("property_id", &self.property_id)
    }
}

impl Operation for ListAppointments {
    const NAME: &'static str = "ListAppointments";
    const SUMMARY: &'static str = "The appointments that all filters admit, a page at a time.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent];
    type Target = Nothing;
    type Request = Filters;
    type Answer = Page<Localized<AppointmentRow>>;
}

impl Query for ListAppointments {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        _: Nothing,
        request: Filters,
    ) -> Result<Found<Self::Answer>, Problem> {
        request.check()?;
        let outcomes = request.outcomes(api.now());
        let filter = AppointmentFilter {
            agent_ids: request.agent_id,
            lead_ids: request.lead_id,
            outcomes,
            statuses: request.status,
            appointment_types: request.appointment_type,
            property_ids: request.property_id,
            from: request.from.map(|Instant(from)| from),
            to: request.to.map(|Instant(to)| to),
            wall_time_changed: request.wall_time_changed,
        };
        let page = PageRequest { limit: request.limit, cursor: request.cursor };
        found(api.read_model(call).await?.appointments(&filter, request.sort, &page).await)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use schemas::event::{AppointmentCancelled, AppointmentConfirmed};
    use schemas::{Actor, ActorKind};
    use serde_json::Value;

    use crate::sample::{Answered, Sample, appointment_id};

    fn three() -> Sample {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        sample.book(2, "8", "56", "2026-12-02T14:00:00Z");
        sample.book(3, "8", "55", "2026-12-03T13:00:00Z");
        sample.agent("7", AppointmentConfirmed { appointment_id: appointment_id(1) });
        let cancelled_by = Actor { kind: ActorKind::Chat, id: "chat-1".to_owned() };
        sample.agent(
            "8",
            AppointmentCancelled {
                appointment_id: appointment_id(2),
                cancelled_by,
                reason: None,
                requested_by: None,
            },
        );
        sample
    }

    fn numbers(answered: &Answered) -> Vec<u128> {
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
        let items = answered.body["items"].as_array().unwrap();
        let ids = items.iter().map(|item| item["id"].as_str().unwrap());
        ids.map(|id| id.parse::<uuid::Uuid>().unwrap().as_u128()).collect()
    }

    #[actix_web::test]
    async fn an_appointment_is_found_whose_wall_time_a_new_zone_rule_has_changed() {
        let mut sample = three();
        let start = "2026-12-04T13:00:00Z".parse().unwrap();
        // Agreed on for 09:00, when the zone's rules still said that this would be 13:00 UTC.
        sample.reschedule(3, "8", start, "2026-12-04T09:00:00".parse().unwrap());
        assert_eq!(numbers(&sample.get("/v1/appointments?wall_time_changed=true").await), [3]);
        assert_eq!(numbers(&sample.get("/v1/appointments?wall_time_changed=false").await), [1, 2]);
    }

    #[actix_web::test]
    async fn every_filter_filters_and_each_may_repeat() {
        let sample = three();
        for (query, expected) in [
            ("", &[1, 2, 3][..]),
            ("agent_id=8", &[2, 3]),
            ("agent_id=8&agent_id=7", &[1, 2, 3]),
            ("lead_id=55", &[1, 3]),
            ("lead_id=55&agent_id=8", &[3]),
            ("status=confirmed&status=cancelled", &[1, 2]),
            ("status=no_show", &[]),
            ("appointment_type=visita_propiedad", &[1, 2, 3]),
            ("appointment_type=llamada", &[]),
            ("property_id=P-1&status=scheduled", &[3]),
            ("property_id=P-2", &[]),
            ("from=2026-12-02T14:00:00Z", &[2, 3]),
            ("from=2026-12-02T13:29:59Z", &[1, 2, 3]),
            ("from=2026-12-02T13:30:00Z", &[2, 3]),
            ("from=2026-12-02T14:15:00Z&to=2026-12-02T14:20:00Z", &[2]),
            ("from=2026-12-02T14:15:00Z&to=2026-12-02T14:15:00Z", &[]),
            ("to=2026-12-02T14:00:00Z", &[1]),
            ("to=2026-12-02T14:00:00.001Z", &[1, 2]),
            ("from=2026-12-02T10:00:00-03:00&to=2026-12-02T11:00:00-03:00", &[1]),
            ("from=2026-12-02T14:00:00%2B01:00&to=2026-12-02T14:30:00Z", &[1, 2]),
            ("sort=-start", &[3, 2, 1]),
            ("sort=created_at", &[1, 2, 3]),
            ("sort=-created_at&agent_id=8", &[3, 2]),
            ("sort=updated_at", &[3, 1, 2]),
            ("sort=-updated_at&limit=1", &[2]),
        ] {
            let answered = sample.get(&format!("/v1/appointments?{query}")).await;
            assert_eq!(numbers(&answered), expected, "{query}");
        }
    }

    #[actix_web::test]
    async fn pages_follow_each_other_in_every_order() {
        let sample = three();
        for sort in ["start", "-start", "created_at", "-created_at", "updated_at", "-updated_at"] {
            let uri = format!("/v1/appointments?sort={sort}");
            let whole = numbers(&sample.get(&uri).await);
            let (mut walked, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = sample.get(&format!("{uri}&limit=1{cursor}")).await;
                walked.extend(numbers(&page));
                let Some(next) = page.body["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(walked, whole, "{sort}");
        }
    }

    #[actix_web::test]
    async fn a_cursor_belongs_to_the_order_it_came_from() {
        let sample = three();
        let page = sample.get("/v1/appointments?limit=1").await;
        let cursor = page.body["next_cursor"].as_str().unwrap();
        let other = sample.get(&format!("/v1/appointments?sort=-start&cursor={cursor}")).await;
        assert_eq!(other.refused_field(), "cursor");
        let other = sample.get(&format!("/v1/agents?cursor={cursor}")).await;
        assert_eq!(other.refused_field(), "cursor");
    }

    #[actix_web::test]
    async fn a_bad_parameter_is_named() {
        let sample = Sample::new();
        for (query, field) in [
            ("status=maybe", "status"),
            ("status=confirmed&status=maybe", "status"),
            ("agent_id=a%20b", "agent_id"),
            ("lead_id=", "lead_id"),
            ("sort=name", "sort"),
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=many", "limit"),
            ("limit=1&limit=2", "limit"),
            ("cursor=x", "cursor"),
            ("min_position=-1", "min_position"),
            ("from=yesterday", "from"),
            ("to=2026-12-02T14:00:00", "to"),
            ("from=2026-12-03T00:00:00Z&to=2026-12-02T00:00:00Z", "to"),
            ("from=2026-01-01T00:00:00Z&to=2027-01-03T00:00:00Z", "to"),
            ("as_of=1", "as_of"),
        ] {
            let answered = sample.get(&format!("/v1/appointments?{query}")).await;
            assert_eq!(answered.refused_field(), field, "{query}");
        }
        let many = "agent_id=7&".repeat(101);
        assert_eq!(sample.get(&format!("/v1/appointments?{many}")).await.refused_field(), "agent_id");
    }

    #[actix_web::test]
    async fn a_plus_that_came_as_a_space_is_explained() {
        let answered = Sample::new().get("/v1/appointments?from=2026-12-02T14:00:00+01:00").await;
        assert_eq!(answered.refused_field(), "from");
        assert!(answered.body["detail"].as_str().unwrap().contains("%2B"), "{}", answered.body);
    }

    #[actix_web::test]
    async fn a_list_that_ends_has_no_cursor() {
        let answered = three().get("/v1/appointments?limit=3").await;
        assert_eq!(answered.body["next_cursor"], Value::Null);
    }
}
