use std::sync::Arc;

use chrono::TimeDelta;
use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::{CalendarLayer, CalendarRow, CalendarSearch, Limit, Page, PageRequest};
use schemars::JsonSchema;
use schemas::{AgentId, AppointmentTypeCode};
use serde::{Deserialize, Deserializer, Serialize};

use crate::QueryApi;
use crate::parameters::{Instant, check_repeats, interval, limit_up_to, names};
use crate::query_result::found;

/// The longest range, in days: a month with the weeks that it begins and ends in, twice over.
const MAX_DAYS: i64 = 62;
/// How many agents a page has at most.
const MAX_AGENTS: u16 = 50;
/// How many it has if the limit is left out.
const AGENTS: u16 = 20;

/// The calendars of many agents between two instants, by agent.
pub(crate) struct GetCalendar;

/// Whose calendars, when, and what of them.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CalendarRequest {
    /// The agents, active or not; may repeat; by default every active agent.
    #[serde(default)]
    agent_id: Vec<AgentId>,
    /// The start of the range that everything shown overlaps. Required.
    from: Option<Instant>,
    /// Its end, at most 62 days later. Required.
    to: Option<Instant>,
    /// What is shown, separated by commas or repeated; by default everything.
    #[serde(default, deserialize_with = "names")]
    layers: Vec<CalendarLayer>,
    /// The type that the hours and the free time are for; by default any.
    appointment_type: Option<AppointmentTypeCode>,
    /// How many agents; by default 20.
    #[serde(default = "default_agents", deserialize_with = "agents")]
    #[schemars(range(min = 1, max = 50))]
    limit: Limit,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

fn default_agents() -> Limit {
    Limit::try_new(AGENTS).unwrap_or_default()
}

fn agents<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Limit, D::Error> {
    limit_up_to(MAX_AGENTS, deserializer)
}

impl CalendarRequest {
    fn question(self) -> Result<CalendarSearch, Problem> {
        check_repeats("agent_id", &self.agent_id)?;
        let range = interval(self.from, self.to)?;
        if range.end - range.start > TimeDelta::days(MAX_DAYS) {
            return Err(Problem::malformed("to", format!("must be at most {MAX_DAYS} days after from")));
        }
        let layers = if self.layers.is_empty() { CalendarLayer::ALL.to_vec() } else { self.layers };
        let of_type = [CalendarLayer::Hours, CalendarLayer::Free];
        if self.appointment_type.is_some() && !of_type.iter().any(|layer| layers.contains(layer)) {
            let detail = "is for the layers hours and free, neither of which is shown";
            return Err(Problem::malformed("appointment_type", detail));
        }
        Ok(CalendarSearch {
            agent_ids: self.agent_id,
            range,
            layers,
            appointment_type: self.appointment_type,
            page: PageRequest { limit: self.limit, cursor: self.cursor },
        })
    }
}

impl Operation for GetCalendar {
    const NAME: &'static str = "GetCalendar";
    const SUMMARY: &'static str = "Many agents' appointments, blocks, hours, free time, holds and external busy time, in the layers asked for.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent, Code::UnknownAppointmentType];
    type Target = Nothing;
    type Request = CalendarRequest;
    type Answer = Page<CalendarRow>;
}

impl Query for GetCalendar {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        _: Nothing,
        request: CalendarRequest,
    ) -> Result<Found<Page<CalendarRow>>, Problem> {
        let question = request.question()?;
        found(api.read_model(call).await?.calendars(&question, api.now()).await)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use schemas::event::{
        AgentDeactivated, AppointmentCancelled, ExternalBusyRecorded, OfficeBlocked, TimeBlocked,
    };
    use schemas::value::Block;
    use schemas::{Actor, ActorKind, BlockId, HoldId};
    use serde_json::{Value, json};
    use uuid::Uuid;

    use crate::sample::{Answered, Sample, appointment_id, now};

    const WEEK: &str = "/v1/calendar?from=2026-12-07T03:00:00Z&to=2026-12-14T03:00:00Z";

    fn block(number: u128, start: &str, end: &str) -> Block {
        let (start, end) = (start.parse().unwrap(), end.parse().unwrap());
        fixtures::block(BlockId::new(Uuid::from_u128(number)), fixtures::ZONE, start, end)
    }

    /// Agents 7 and 8 with something of every kind in a week, some of it beside the range or of no account.
    fn week() -> Sample {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-07T14:00:00Z");
        sample.book(2, "7", "55", "2026-12-14T14:00:00Z");
        sample.book(3, "8", "55", "2026-12-08T14:00:00Z");
        sample.book(4, "7", "56", "2026-12-08T13:00:00Z");
        let cancelled_by = Actor { kind: ActorKind::Chat, id: "chat-1".to_owned() };
        let (appointment_id, reason, requested_by) = (appointment_id(4), None, None);
        let cancelled = AppointmentCancelled { appointment_id, cancelled_by, reason, requested_by };
        sample.agent("7", cancelled);
        let recurrence = Some("FREQ=WEEKLY;BYDAY=MO".to_owned());
        let mondays = Block { recurrence, ..block(5, "2026-11-30T12:00:00Z", "2026-11-30T13:00:00Z") };
        sample.office(OfficeBlocked { block: mondays });
        let own = block(6, "2026-12-09T12:00:00Z", "2026-12-09T16:00:00Z");
        sample.agent("7", TimeBlocked { block: own });
        let expires_at = now() + chrono::TimeDelta::minutes(5);
        let start = "2026-12-10T12:00:00Z".parse().unwrap();
        sample.agent("7", fixtures::held(HoldId::new(Uuid::from_u128(1)), start, 30, expires_at));
        sample.agent("7", fixtures::held(HoldId::new(Uuid::from_u128(2)), start, 30, now()));
        sample.agent(
            "7",
            ExternalBusyRecorded {
                busy_id: "google-1".parse().unwrap(),
                source: "google".to_owned(),
                start: "2026-12-11T12:00:00Z".parse().unwrap(),
                end: "2026-12-11T13:00:00Z".parse().unwrap(),
            },
        );
        sample
    }

    fn agents(answered: &Answered) -> Vec<&str> {
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
        let items = answered.body["items"].as_array().unwrap();
        items.iter().map(|item| item["agent_id"].as_str().unwrap()).collect()
    }

    fn interval(start: &str, end: &str) -> Value {
        json!({"start": start, "end": end})
    }

    #[actix_web::test]
    async fn every_active_agent_is_shown_with_every_layer() {
        let answered = week().get(WEEK).await;
        assert_eq!(agents(&answered), ["7", "8"]);
        let seven = &answered.body["items"][0];
        assert_eq!((&seven["name"], &seven["active"]), (&json!("Ana Pérez"), &json!(true)));
        assert_eq!((&seven["time_zone"], &seven["version"]), (&json!("America/Santiago"), &json!(2)));
        assert_eq!(seven["appointments"].as_array().unwrap().len(), 1, "one is cancelled, one is later");
        assert_eq!(seven["appointments"][0]["id"], appointment_id(1).to_string());
        let own = BlockId::new(Uuid::from_u128(6)).to_string();
        let blocks = json!([
            {
                "owner": "office",
                "block_id": BlockId::new(Uuid::from_u128(5)).to_string(),
                "reason": block(5, "2026-11-30T12:00:00Z", "2026-11-30T13:00:00Z").reason,
                "start": "2026-12-07T12:00:00Z",
                "end": "2026-12-07T13:00:00Z",
            },
            {
                "owner": "agent",
                "block_id": own,
                "reason": block(6, "2026-12-09T12:00:00Z", "2026-12-09T16:00:00Z").reason,
                "start": "2026-12-09T12:00:00Z",
                "end": "2026-12-09T16:00:00Z",
            },
        ]);
        assert_eq!(seven["blocks"], blocks);
        assert_eq!(seven["hours"].as_array().unwrap().len(), 5);
        assert_eq!(seven["free"][0], interval("2026-12-07T13:00:00Z", "2026-12-07T14:00:00Z"));
        assert_eq!(seven["free"][1], interval("2026-12-07T14:30:00Z", "2026-12-07T16:00:00Z"));
        assert_eq!(seven["holds"].as_array().unwrap().len(), 1, "an expired hold is none");
        assert_eq!(seven["external"][0]["busy_id"], "google-1");
        let eight = &answered.body["items"][1];
        assert_eq!(eight["appointments"][0]["id"], appointment_id(3).to_string());
        assert_eq!(eight["blocks"].as_array().unwrap().len(), 1);
        assert_eq!((&eight["holds"], &eight["external"]), (&json!([]), &json!([])));
    }

    #[actix_web::test]
    async fn what_is_free_is_what_the_agents_availability_says() {
        let sample = week();
        let range = WEEK.split_once('?').unwrap().1;
        let shown = sample.get(&format!("{WEEK}&layers=free&agent_id=7")).await.body;
        let availability = sample.get(&format!("/v1/agents/7/availability?{range}")).await.body;
        assert_eq!(shown["items"][0]["free"], availability["free"]);
    }

    #[actix_web::test]
    async fn a_calendar_has_the_layers_asked_for_and_no_others() {
        let sample = week();
        let layers = ["appointments", "blocks", "external", "free", "holds", "hours"];
        for (query, expected) in [
            ("", &layers[..]),
            ("&layers=appointments", &layers[..1]),
            ("&layers=appointments,blocks", &layers[..2]),
            ("&layers=blocks&layers=appointments,external", &layers[..3]),
            ("&layers=hours&appointment_type=visita_propiedad", &layers[5..]),
        ] {
            let answered = sample.get(&format!("{WEEK}{query}")).await;
            for item in answered.body["items"].as_array().unwrap() {
                let shown: Vec<_> = layers.iter().filter(|layer| item.get(**layer).is_some()).collect();
                assert_eq!(shown, expected.iter().collect::<Vec<_>>(), "{query}");
            }
        }
    }

    #[actix_web::test]
    async fn agents_come_by_id_a_page_at_a_time_and_inactive_ones_only_if_they_are_named() {
        let mut sample = week();
        sample.register("70", "Dora Soto");
        sample.register("1", "Elías Rojas");
        sample.agent("70", AgentDeactivated { agent_id: "70".parse().unwrap() });
        for (query, expected) in
            [("", &["1", "7", "8"][..]), ("&agent_id=8&agent_id=70&agent_id=8&agent_id=1", &["1", "70", "8"])]
        {
            let uri = format!("{WEEK}&layers=hours{query}");
            assert_eq!(agents(&sample.get(&uri).await), expected, "{query}");
            let (mut walked, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = sample.get(&format!("{uri}&limit=1{cursor}")).await;
                walked.extend(agents(&page).into_iter().map(str::to_owned));
                let Some(next) = page.body["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(walked, expected, "{query}");
        }
        let inactive = sample.get(&format!("{WEEK}&layers=hours&agent_id=70")).await;
        assert_eq!(inactive.body["items"][0]["active"], false);
    }

    #[actix_web::test]
    async fn what_touches_the_range_is_not_in_it_and_what_reaches_into_it_is() {
        let sample = week();
        let layers = "layers=appointments,blocks,holds,external&agent_id=7";
        let counted = async |from: &str, to: &str| {
            let body = sample.get(&format!("/v1/calendar?from={from}&to={to}&{layers}")).await.body;
            ["appointments", "blocks", "holds", "external"]
                .map(|layer| body["items"][0][layer].as_array().unwrap().len())
        };
        for (start, end, expected) in [
            ("2026-12-07T14:00:00Z", "2026-12-07T14:30:00Z", [1, 0, 0, 0]),
            ("2026-12-09T12:00:00Z", "2026-12-09T16:00:00Z", [0, 1, 0, 0]),
            ("2026-12-10T12:00:00Z", "2026-12-10T12:30:00Z", [0, 0, 1, 0]),
            ("2026-12-11T12:00:00Z", "2026-12-11T13:00:00Z", [0, 0, 0, 1]),
        ] {
            let [start, end]: [chrono::DateTime<chrono::Utc>; 2] =
                [start, end].map(|text| text.parse().unwrap());
            let text = |instant: chrono::DateTime<chrono::Utc>, seconds| {
                let instant = instant + chrono::TimeDelta::seconds(seconds);
                instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
            };
            assert_eq!(counted(&text(start, -60), &text(start, 0)).await, [0; 4], "{start}");
            assert_eq!(counted(&text(start, -60), &text(start, 1)).await, expected, "{start}");
            assert_eq!(counted(&text(end, -1), &text(end, 60)).await, expected, "{end}");
            assert_eq!(counted(&text(end, 0), &text(end, 60)).await, [0; 4], "{end}");
            assert_eq!(counted(&text(start, 60), &text(start, 60)).await, [0; 4], "a time that is none");
        }
    }

    #[actix_web::test]
    async fn a_bad_parameter_is_named() {
        let sample = Sample::new();
        for (query, field) in [
            ("/v1/calendar".to_owned(), "from"),
            ("/v1/calendar?from=2026-12-07T03:00:00Z".to_owned(), "to"),
            ("/v1/calendar?from=2026-12-07T03:00:00Z&to=2026-12-06T03:00:00Z".to_owned(), "to"),
            ("/v1/calendar?from=2026-12-01T00:00:00Z&to=2027-02-01T00:00:01Z".to_owned(), "to"),
            (format!("{WEEK}&layers=weather"), "layers"),
            (format!("{WEEK}&layers="), "layers"),
            (format!("{WEEK}&layers=hours,hours"), "layers"),
            (format!("{WEEK}&layers=hours&layers=hours"), "layers"),
            (format!("{WEEK}&layers=blocks&appointment_type=visita_propiedad"), "appointment_type"),
            (format!("{WEEK}&limit=0"), "limit"),
            (format!("{WEEK}&limit=51"), "limit"),
            (format!("{WEEK}&cursor=AAAA"), "cursor"),
            (format!("{WEEK}{}", "&agent_id=7".repeat(101)), "agent_id"),
        ] {
            assert_eq!(sample.get(&query).await.refused_field(), field, "{query}");
        }
        let two_months = "/v1/calendar?from=2026-12-01T00:00:00Z&to=2027-02-01T00:00:00Z&limit=50";
        assert_eq!(sample.get(two_months).await.status, StatusCode::OK);
        let unknown = sample.get(&format!("{WEEK}&appointment_type=unheard_of")).await;
        assert_eq!((unknown.status, unknown.code()), (StatusCode::NOT_FOUND, "unknown_appointment_type"));
    }
}
