use std::sync::Arc;

use availability::Interval;
use chrono::TimeDelta;
use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::{ConflictRow, ConflictSearch, Limit, Page, PageRequest};
use schemars::JsonSchema;
use schemas::AgentId;
use serde::{Deserialize, Serialize};

use crate::QueryApi;
use crate::parameters::{Instant, MAX_RANGE_DAYS, check_range, check_repeats, limit};
use crate::query_result::found;

/// The appointments that stand against the rules as they are now, with the causes, a page at a time.
pub(crate) struct ListConflicts;

/// Which appointments.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConflictFilters {
    /// The agents; every agent if left out.
    #[serde(default)]
    agent_id: Vec<AgentId>,
    /// The start of the range that they overlap; now if left out.
    from: Option<Instant>,
    /// Its end, at most 366 days later; as late as that if left out.
    to: Option<Instant>,
    /// How many entries at most; by default 50. A page can have fewer although another one follows.
    #[serde(default, deserialize_with = "limit")]
    limit: Limit,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

impl Operation for ListConflicts {
    const NAME: &'static str = "ListConflicts";
    const SUMMARY: &'static str =
        "The appointments that stand against the rules as they are now, with every cause, a page at a time.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent];
    type Target = Nothing;
    type Request = ConflictFilters;
    type Answer = Page<ConflictRow>;
}

impl Query for ListConflicts {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        _: Nothing,
        ConflictFilters { agent_id, from, to, limit, cursor }: ConflictFilters,
    ) -> Result<Found<Page<ConflictRow>>, Problem> {
        check_repeats("agent_id", &agent_id)?;
        let from = from.unwrap_or_else(|| Instant(api.now()));
        check_range(Some(from), to)?;
        let furthest = from.0.checked_add_signed(TimeDelta::days(MAX_RANGE_DAYS)).unwrap_or(from.0);
        let range = Interval::new(from.0, to.map_or(furthest, |Instant(to)| to));
        let question = ConflictSearch { agent_ids: agent_id, range, page: PageRequest { limit, cursor } };
        found(api.read_model(call).await?.conflicts(&question).await)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use schemas::event::{
        AgentDeactivated, AppointmentCompleted, AppointmentConfirmed, AppointmentTypeDefined,
        AppointmentTypeRetired, DateExceptionSet, OfficeBlocked, TimeBlocked,
    };
    use schemas::value::{AppointmentType, DateException, LocationKind};
    use schemas::{AgentId, BlockId};
    use serde_json::{Value, json};
    use uuid::Uuid;

    use crate::sample::{Answered, Sample, appointment_id};

    /// Three visits, none of which stands against a rule.
    fn three() -> Sample {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        sample.book(2, "8", "56", "2026-12-02T14:00:00Z");
        sample.book(3, "8", "55", "2026-12-03T13:00:00Z");
        sample
    }

    fn block_of(start: &str, end: &str) -> schemas::value::Block {
        let id = BlockId::new(Uuid::from_u128(9));
        fixtures::block(id, fixtures::ZONE, start.parse().unwrap(), end.parse().unwrap())
    }

    fn numbers(answered: &Answered) -> Vec<u128> {
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
        let items = answered.body["items"].as_array().unwrap();
        let ids = items.iter().map(|item| item["appointment_id"].as_str().unwrap());
        ids.map(|id| id.parse::<Uuid>().unwrap().as_u128()).collect()
    }

    fn reasons(item: &Value) -> Vec<&str> {
        let findings = item["findings"].as_array().unwrap();
        findings.iter().map(|finding| finding["reason"].as_str().unwrap()).collect()
    }

    #[actix_web::test]
    async fn what_stands_against_no_rule_is_no_conflict() {
        assert_eq!(numbers(&three().get("/v1/conflicts").await), [0_u128; 0]);
    }

    #[actix_web::test]
    async fn every_cause_is_told_with_what_has_to_be_known_of_it() {
        let mut sample = three();
        sample.agent("7", AppointmentConfirmed { appointment_id: appointment_id(1) });
        sample.agent("7", TimeBlocked { block: block_of("2026-12-02T12:00:00Z", "2026-12-02T13:30:00Z") });
        let closed = DateException { date: "2026-12-03".parse().unwrap(), intervals: Vec::new() };
        sample.agent("8", DateExceptionSet { exception: closed });
        let longer =
            AppointmentType { min_notice_minutes: 60, ..fixtures::appointment_type(fixtures::VISIT, 45) };
        sample.office(AppointmentTypeDefined { appointment_type: longer });
        let body = sample.get("/v1/conflicts").await.body;
        let items = body["items"].as_array().unwrap();
        assert_eq!(items[0]["agent_id"], "7");
        assert_eq!(items[0]["status"], "confirmed");
        assert_eq!(items[0]["local"], "2026-12-02T10:00");
        assert_eq!(items[0]["weekday"], "miércoles");
        assert_eq!(items[0]["text"], "miércoles 2 de diciembre, 10:00 a 10:30");
        assert_eq!(reasons(&items[0]), ["blocked", "too_short"]);
        assert_eq!(items[0]["findings"][0]["cause"]["kind"], "agent_block");
        assert_eq!(
            items[0]["findings"][0]["cause"]["block_id"],
            BlockId::new(Uuid::from_u128(9)).to_string()
        );
        assert_eq!(items[0]["findings"][1]["cause"], json!({"kind": "length", "duration_minutes": 45}));
        assert_eq!(reasons(&items[1]), ["too_short"]);
        assert_eq!(reasons(&items[2]), ["outside_hours", "too_short"]);
        sample.office(AppointmentTypeRetired { code: fixtures::VISIT.parse().unwrap() });
        sample.agent("8", AgentDeactivated { agent_id: AgentId::parse("8").unwrap() });
        let body = sample.get("/v1/conflicts?agent_id=8").await.body;
        assert_eq!(reasons(&body["items"][0]), ["agent_inactive", "type_retired"]);
        assert_eq!(body["items"].as_array().unwrap().len(), 2);
    }

    #[actix_web::test]
    async fn a_video_call_that_nobody_can_join_is_a_conflict() {
        let mut sample = three();
        let video = AppointmentType {
            location_kind: LocationKind::Video,
            ..fixtures::appointment_type(fixtures::VISIT, 30)
        };
        sample.office(AppointmentTypeDefined { appointment_type: video });
        assert_eq!(numbers(&sample.get("/v1/conflicts").await), [0_u128; 0], "all say where they are");
        let start = "2026-12-02T15:00:00Z".parse().unwrap();
        sample.agent("7", fixtures::booked(appointment_id(4), &AgentId::parse("7").unwrap(), start, 30));
        let answered = sample.get("/v1/conflicts").await;
        assert_eq!(numbers(&answered), [4_u128]);
        let body = answered.body;
        assert_eq!(reasons(&body["items"][0]), ["no_meeting_link"]);
        assert_eq!(body["items"][0]["findings"][0]["cause"], json!({"kind": "no_meeting_link"}));
    }

    #[actix_web::test]
    async fn an_appointment_whose_agreed_time_means_another_instant_by_now_is_a_conflict() {
        let mut sample = three();
        let start = "2026-12-02T13:00:00Z".parse().unwrap();
        sample.reschedule(1, "7", start, "2026-12-02T11:00:00".parse().unwrap());
        let answered = sample.get("/v1/conflicts").await;
        assert_eq!(numbers(&answered), [1]);
        let conflict = &answered.body["items"][0];
        assert_eq!((reasons(conflict), &conflict["local"]), (vec!["zone_rules"], &json!("2026-12-02T10:00")));
        let interval = json!({"start": "2026-12-02T14:00:00Z", "end": "2026-12-02T14:30:00Z"});
        assert_eq!(
            conflict["findings"][0]["cause"],
            json!({
                "kind": "zone_rules", "local_start": "2026-12-02T11:00:00", "time_zone": "America/Santiago",
                "interval": interval,
            })
        );
        sample.agent("7", AppointmentCompleted { appointment_id: appointment_id(1) });
        assert_eq!(numbers(&sample.get("/v1/conflicts").await), [0_u128; 0], "it is over");
    }

    #[actix_web::test]
    async fn conflicts_are_of_some_agents_and_of_a_range_that_they_overlap() {
        let mut sample = three();
        sample.office(OfficeBlocked { block: block_of("2026-12-02T03:00:00Z", "2026-12-04T03:00:00Z") });
        for (query, expected) in [
            ("", &[1, 2, 3][..]),
            ("agent_id=8", &[2, 3]),
            ("agent_id=8&agent_id=7", &[1, 2, 3]),
            ("from=2026-12-02T14:29:00Z", &[2, 3]),
            ("from=2026-12-02T14:30:00Z", &[3]),
            ("to=2026-12-02T14:00:00Z", &[1]),
            ("from=2026-12-02T13:00:00Z&to=2026-12-02T13:00:00Z", &[]),
        ] {
            assert_eq!(numbers(&sample.get(&format!("/v1/conflicts?{query}")).await), expected, "{query}");
        }
        let unknown = sample.get("/v1/conflicts?agent_id=9").await;
        assert_eq!((unknown.status, unknown.code()), (StatusCode::NOT_FOUND, "unknown_agent"));
        for (query, field) in [
            ("from=2026-12-02T14:00:00Z&to=2026-12-01T14:00:00Z", "to"),
            ("from=2026-12-02T14:00:00Z&to=2027-12-04T14:00:00Z", "to"),
            ("cursor=AAAA", "cursor"),
            ("limit=201", "limit"),
        ] {
            assert_eq!(sample.get(&format!("/v1/conflicts?{query}")).await.refused_field(), field, "{query}");
        }
    }

    #[actix_web::test]
    async fn a_walk_over_the_pages_finds_every_conflict_once() {
        let mut sample = three();
        sample.office(OfficeBlocked { block: block_of("2026-12-02T03:00:00Z", "2026-12-04T03:00:00Z") });
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = sample.get(&format!("/v1/conflicts?limit=1{cursor}")).await;
            found.extend(numbers(&page));
            let Some(next) = page.body["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found, [1, 2, 3]);
    }
}
