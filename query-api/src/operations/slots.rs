use std::sync::Arc;

use operation::{Access, Code, Found, Nothing, Operation, Prepared, Problem, Query, QueryCall};
use read_model::{Answer, Explain, QueryError, SlotsAnswer};

use crate::QueryApi;
use crate::refusal::refused;
use crate::slot_search::{Offer, Question, SlotsRequest};

/// Free slots, earliest first, or a few far apart; with `explain=true&start=…` also what speaks against that start, and with `explain=true`
/// alone how many starts of the range each rule removes.
pub(crate) struct FindSlots;

impl Operation for FindSlots {
    const NAME: &'static str = "FindSlots";
    const SUMMARY: &'static str = "Free slots, earliest first, for a new appointment or one to be moved, and on request why others are not free.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[
        Code::UnknownAppointmentType,
        Code::UnknownAgent,
        Code::AppointmentNotFound,
        Code::InvalidTransition,
    ];
    type Target = Nothing;
    type Request = SlotsRequest;
    type Answer = SlotsAnswer<Offer>;
}

impl Query for FindSlots {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        _: Nothing,
        request: SlotsRequest,
    ) -> Result<Found<Self::Answer>, Problem> {
        let now = api.now();
        let question = request.question(now)?;
        let read_model = api.read_model(call).await?;
        if let Some(position) = read_model.known_position()
            && let Some(answer) = api.offers.get(&request, position, now)
        {
            return Ok(Found { answer, position, version: None });
        }
        let found = match &question {
            Question::New(search) => read_model.slots(search, now).await,
            Question::Move(search) => read_model.slots_to_move_to(search, now).await,
        };
        let Answer { position, value } = found.map_err(|error| match error {
            QueryError::TooCostly if matches!(question.explain(), Some(Explain::Start(_))) => {
                let detail = "needs naming: explaining the start for so many agents would take too much work";
                Problem::malformed("agent_id", detail)
            }
            other => refused(other),
        })?;
        let answer = Prepared::new(&value.map(|slot| Offer {
            slot_ref: api.slot_refs.issue(&slot.agent_id, &slot.appointment_type, slot.start, now),
            slot,
        }));
        // A read model whose position has to be queried cannot use the cache. And an explanation can be large.
        if read_model.known_position().is_some() && question.explain().is_none() {
            api.offers.put(request, position, now, answer.clone());
        }
        Ok(Found { answer, position, version: None })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use schemas::event::AvailabilityRuleAdded;
    use schemas::event::{OfficePolicySet, OfficeRuleAdded};
    use schemas::value::OfficePolicy;
    use serde_json::Value;

    use crate::sample::{Sample, now, refs};

    const VISITS: &str = "/v1/slots?appointment_type=visita_propiedad";

    fn starts(body: &Value) -> Vec<(&str, &str)> {
        let items = body["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| (item["start"].as_str().unwrap(), item["agent_id"].as_str().unwrap()))
            .collect()
    }

    #[actix_web::test]
    async fn slots_of_every_active_agent_come_earliest_first_with_what_a_person_reads() {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-01T13:00:00Z");
        let answered = sample.get(&format!("{VISITS}&limit=3")).await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
        let expected =
            [("2026-12-01T13:00:00Z", "8"), ("2026-12-01T13:30:00Z", "7"), ("2026-12-01T13:30:00Z", "8")];
        assert_eq!(starts(&answered.body), expected);
        let first = &answered.body["items"][0];
        assert_eq!(first["local"], "2026-12-01T10:00");
        assert_eq!(first["weekday"], "martes");
        assert_eq!(first["zone"], "America/Santiago");
        assert_eq!(first["text"], "martes 1 de diciembre, 10:00 a 10:30");
        assert_eq!(first["end"], "2026-12-01T13:30:00Z");
        assert_eq!(first["remaining"], 1);
        assert!(answered.body.get("explanations").is_none());
    }

    #[actix_web::test]
    async fn an_answer_given_a_moment_ago_is_given_again_until_something_changes() {
        let mut sample = Sample::new();
        let uri = format!("{VISITS}&agent_id=7&limit=2");
        let first = sample.get(&uri).await;
        let again = sample.get(&uri).await;
        assert_eq!(again.body, first.body);
        for name in ["content-type", "cache-control", "x-position"] {
            assert_eq!(again.header(name), first.header(name));
        }
        sample.book(1, "7", "55", "2026-12-01T13:00:00Z");
        let later = sample.get(&uri).await;
        assert_eq!(starts(&first.body)[0].0, "2026-12-01T13:00:00Z");
        assert_eq!(starts(&later.body)[0].0, "2026-12-01T13:30:00Z");
        assert_ne!(later.header("x-position"), first.header("x-position"));
    }

    #[actix_web::test]
    async fn a_slot_ref_names_its_slot() {
        let answered = Sample::new().get(&format!("{VISITS}&agent_id=8&limit=1")).await;
        let reference = answered.body["items"][0]["slot_ref"].as_str().unwrap();
        let slot = refs().read(reference, now()).unwrap();
        assert_eq!((slot.agent_id.as_str(), slot.appointment_type.as_str()), ("8", "visita_propiedad"));
        assert_eq!(slot.start.to_rfc3339(), "2026-12-01T13:00:00+00:00");
    }

    #[actix_web::test]
    async fn the_wall_clock_is_that_of_the_zone_asked_for() {
        let answered = Sample::new().get(&format!("{VISITS}&zone=Asia/Tokyo&limit=1")).await;
        assert_eq!(answered.body["items"][0]["local"], "2026-12-01T22:00");
        assert_eq!(answered.body["items"][0]["zone"], "Asia/Tokyo");
        assert_eq!(answered.body["items"][0]["text"], "martes 1 de diciembre, 22:00 a 22:30 (hora de Tokio)");
    }

    #[actix_web::test]
    async fn times_are_in_the_language_of_the_office() {
        let mut sample = Sample::new();
        for (locale, weekday, text) in [
            ("en-GB", "Tuesday", "Tuesday 1 December, 10:00 to 10:30"),
            ("pt-BR", "terça-feira", "terça-feira 1 de dezembro, 10:00 – 10:30"),
        ] {
            let policy = OfficePolicy { locale: locale.to_owned(), ..fixtures::policy() };
            sample.office(OfficePolicySet { policy });
            let first = sample.get(&format!("{VISITS}&limit=1")).await.body["items"][0].clone();
            assert_eq!((&first["weekday"], &first["text"]), (&weekday.into(), &text.into()));
        }
    }

    /// In Santiago the clock goes from 24:00 of 3 April 2027 back to 23:00, at 03:00 UTC.
    #[actix_web::test]
    async fn slots_of_a_repeated_hour_differ_in_their_text() {
        let mut sample = Sample::new();
        sample.office(OfficeRuleAdded { rule: fixtures::rule(9, 5, "22:00", "23:59") });
        let sample = sample.asked_at("2027-03-30T12:00:00Z".parse().unwrap());
        let night = "&agent_id=7&from=2027-04-04T01:00:00Z&to=2027-04-04T05:00:00Z";
        let body = sample.get(&format!("{VISITS}{night}")).await.body;
        let of = |member: &str| -> Vec<String> {
            let items = body["items"].as_array().unwrap();
            items.iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
        };
        let (local, texts) = (of("local"), of("text"));
        assert_eq!(local[2..5], ["2027-04-03T23:00", "2027-04-03T23:30", "2027-04-03T23:00"]);
        assert_eq!(
            texts[2..5],
            [
                "sábado 3 de abril, 23:00 (primera vez) a 23:30 (primera vez)",
                "sábado 3 de abril, 23:30 (primera vez) a 23:00 (segunda vez)",
                "sábado 3 de abril, 23:00 (segunda vez) a 23:30 (segunda vez)",
            ]
        );
    }

    #[actix_web::test]
    async fn walking_the_pages_gives_the_same_as_one_page() {
        let sample = Sample::new();
        let range = "&from=2026-12-01T00:00:00Z&to=2026-12-05T00:00:00Z";
        let whole = sample.get(&format!("{VISITS}{range}&limit=200")).await.body;
        assert_eq!(whole["next_cursor"], Value::Null);
        let (mut walked, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = sample.get(&format!("{VISITS}{range}&limit=5{cursor}")).await.body;
            walked.extend(page["items"].as_array().unwrap().clone());
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(&walked, whole["items"].as_array().unwrap());
        assert!(walked.len() > 50);
    }

    #[actix_web::test]
    async fn an_explanation_says_for_every_agent_what_speaks_against_a_start() {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        let uri = format!("{VISITS}&explain=true&start=2026-12-02T13:00:00Z&limit=1");
        let body = sample.get(&uri).await.body;
        let [ana, bruno] = &body["explanations"].as_array().unwrap()[..] else { panic!("{body}") };
        assert_eq!((&ana["agent_id"], &ana["available"]), (&"7".into(), &false.into()));
        assert_eq!(ana["findings"][0]["reason"], "already_booked");
        assert_eq!((&bruno["agent_id"], &bruno["available"]), (&"8".into(), &true.into()));
        assert_eq!(bruno["findings"], serde_json::json!([]));
    }

    #[actix_web::test]
    async fn a_summary_says_how_many_starts_of_a_day_each_rule_takes_away() {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        let wednesday = "&from=2026-12-02T03:00:00Z&to=2026-12-03T03:00:00Z";
        let body = sample.get(&format!("{VISITS}&explain=true{wednesday}")).await.body;
        let [ana, bruno] = &body["summaries"].as_array().unwrap()[..] else { panic!("{body}") };
        // 09:00 to 13:00 has eight half hours.
        assert_eq!((&ana["starts"], &ana["free"]), (&8.into(), &7.into()));
        assert_eq!(ana["reasons"][0]["reason"], "already_booked");
        assert_eq!(ana["reasons"][0]["starts"], 1);
        assert_eq!((&bruno["starts"], &bruno["free"]), (&8.into(), &8.into()));

        let saturday = "&from=2026-12-05T03:00:00Z&to=2026-12-06T03:00:00Z&agent_id=7";
        let body = sample.get(&format!("{VISITS}&explain=true{saturday}")).await.body;
        assert_eq!(body["summaries"][0]["hours"], serde_json::json!([]), "closed");

        // Its first hours are over, and the next hour is too soon.
        let today = "&from=2026-12-01T03:00:00Z&to=2026-12-02T03:00:00Z&agent_id=7";
        let body = sample.get(&format!("{VISITS}&explain=true{today}")).await.body;
        assert_eq!(body["summaries"][0]["reasons"][0]["reason"], "too_soon");
        assert_eq!(
            body["summaries"][0]["free"],
            sample.get(&format!("{VISITS}{today}")).await.body["items"].as_array().unwrap().len()
        );
    }

    #[actix_web::test]
    async fn slots_over_midnight_and_on_the_offices_grid_are_offered_and_summed_up() {
        let mut sample = Sample::new();
        for (number, from, until) in [(9, "22:15", "01:00"), (10, "08:45", "09:00"), (11, "12:45", "14:00")] {
            sample.agent("7", AvailabilityRuleAdded { rule: fixtures::rule(number, 2, from, until) });
        }
        let night = "&from=2026-12-02T03:00:00Z&to=2026-12-03T05:00:00Z&agent_id=7&limit=200";
        let body = sample.get(&format!("{VISITS}&explain=true{night}")).await.body;
        let offered = starts(&body);
        let local: Vec<_> = body["items"].as_array().unwrap().iter().map(|slot| &slot["local"]).collect();
        // From nine to two on the half hour, and then five more, of which one is over midnight.
        assert_eq!((offered.len(), local[0]), (15, &"2026-12-02T09:00".into()));
        assert_eq!((local[9], local[10]), (&"2026-12-02T13:30".into(), &"2026-12-02T22:15".into()));
        assert_eq!((local[13], local[14]), (&"2026-12-02T23:45".into(), &"2026-12-03T00:15".into()));
        // One more would run past the end of the hours.
        assert_eq!(
            (&body["summaries"][0]["starts"], &body["summaries"][0]["free"]),
            (&16.into(), &15.into())
        );
        assert_eq!(body["summaries"][0]["reasons"][0]["reason"], "outside_hours");
    }

    const MOVING: &str = "/v1/slots?moving=00000000-0000-0000-0000-000000000001";

    #[actix_web::test]
    async fn the_times_to_move_to_are_those_of_the_appointment_without_where_it_is() {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        sample.book(2, "8", "56", "2026-12-02T13:30:00Z");
        let range = "&from=2026-12-02T12:30:00Z&to=2026-12-02T14:30:00Z";
        let answered = sample.get(&format!("{MOVING}{range}")).await;
        assert_eq!(answered.status, StatusCode::OK, "{}", answered.body);
        let offered = starts(&answered.body);
        // It is not in its own way, nor offered where it is: only with another agent.
        assert!(offered.contains(&("2026-12-02T12:30:00Z", "7")), "{offered:?}");
        assert!(offered.contains(&("2026-12-02T13:00:00Z", "8")), "{offered:?}");
        assert!(!offered.contains(&("2026-12-02T13:00:00Z", "7")), "{offered:?}");
        assert!(!offered.contains(&("2026-12-02T13:30:00Z", "8")), "{offered:?}");
        let own = sample.get(&format!("{MOVING}{range}&agent_id=7")).await.body;
        assert!(starts(&own).iter().all(|(_, agent)| *agent == "7"), "{own}");
        assert_eq!(own["items"][0]["appointment_type"], "visita_propiedad");
    }

    #[actix_web::test]
    async fn walking_the_pages_of_a_move_gives_the_same_as_one_page() {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        let range = "&from=2026-12-02T00:00:00Z&to=2026-12-04T00:00:00Z";
        let whole = sample.get(&format!("{MOVING}{range}&limit=200")).await.body;
        assert!(starts(&whole).contains(&("2026-12-02T13:00:00Z", "8")));
        for limit in [1, 2, 3, 5] {
            let (mut walked, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = sample.get(&format!("{MOVING}{range}&limit={limit}{cursor}")).await.body;
                walked.extend(page["items"].as_array().unwrap().clone());
                let Some(next) = page["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(&walked, whole["items"].as_array().unwrap(), "{limit} at a time");
        }
    }

    #[actix_web::test]
    async fn an_explanation_of_a_move_says_that_the_appointment_is_where_it_is() {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        let at = |start: &str| format!("{MOVING}&explain=true&start={start}&limit=1");
        let body = sample.get(&at("2026-12-02T13:00:00Z")).await.body;
        let [ana, bruno] = &body["explanations"].as_array().unwrap()[..] else { panic!("{body}") };
        assert_eq!((&ana["available"], &bruno["available"]), (&false.into(), &true.into()));
        assert_eq!(ana["findings"][0]["reason"], "already_booked");
        let body = sample.get(&at("2026-12-02T13:30:00Z")).await.body;
        assert_eq!(body["explanations"][0]["available"], true);
    }

    #[actix_web::test]
    async fn a_summary_of_a_move_counts_the_hour_that_the_appointment_has_for_its_agent_alone() {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        let wednesday = "&explain=true&from=2026-12-02T03:00:00Z&to=2026-12-03T03:00:00Z";
        let body = sample.get(&format!("{MOVING}{wednesday}")).await.body;
        let [ana, bruno] = &body["summaries"].as_array().unwrap()[..] else { panic!("{body}") };
        assert_eq!((&ana["starts"], &ana["free"]), (&8.into(), &7.into()));
        assert_eq!(ana["reasons"][0]["reason"], "already_booked");
        assert_eq!((&bruno["starts"], &bruno["free"]), (&8.into(), &8.into()));
        let offered = starts(&sample.get(&format!("{MOVING}{wednesday}")).await.body).len();
        assert_eq!(offered, 15, "what is counted as free is offered");
    }

    #[actix_web::test]
    async fn what_cannot_be_moved_is_refused() {
        let mut sample = Sample::new();
        let answered = sample.get(MOVING).await;
        assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, "appointment_not_found"));
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        for (beside, field) in [
            ("&appointment_type=llamada", "appointment_type"),
            ("&lead_id=55", "lead_id"),
            ("&property_id=P-1", "property_id"),
        ] {
            assert_eq!(sample.get(&format!("{MOVING}{beside}")).await.refused_field(), field);
        }
        let named = sample.get(&format!("{MOVING}&appointment_type=visita_propiedad")).await;
        assert_eq!(named.status, StatusCode::OK, "{}", named.body);
        let appointment_id = crate::sample::appointment_id(1);
        let (cancelled_by, reason, requested_by) = (fixtures::actor(), None, None);
        sample.agent(
            "7",
            schemas::event::AppointmentCancelled { appointment_id, cancelled_by, reason, requested_by },
        );
        let answered = sample.get(MOVING).await;
        assert_eq!((answered.status, answered.code()), (StatusCode::CONFLICT, "invalid_transition"));
        assert_eq!(answered.body["appointment_status"], "cancelled");
    }

    #[actix_web::test]
    async fn a_bad_parameter_is_named() {
        let sample = Sample::new();
        for (query, field) in [
            ("", "appointment_type"),
            ("appointment_type=a+b", "appointment_type"),
            ("appointment_type=visita_propiedad&zone=Chile/Nowhere", "zone"),
            ("appointment_type=visita_propiedad&agent_id=7&agent_id=", "agent_id"),
            (
                "appointment_type=visita_propiedad&explain=true&from=2026-12-01T00:00:00Z&to=2026-12-16T00:00:00Z",
                "to",
            ),
            ("appointment_type=visita_propiedad&start=2026-12-02T13:00:00Z", "start"),
            ("appointment_type=visita_propiedad&explain=perhaps", "explain"),
            ("appointment_type=visita_propiedad&from=2026-12-02T13:00:00Z&to=2026-12-01T13:00:00Z", "to"),
            ("appointment_type=visita_propiedad&from=2026-12-02T13:00:00Z&to=2027-12-04T13:00:00Z", "to"),
            ("appointment_type=visita_propiedad&limit=201", "limit"),
            ("appointment_type=visita_propiedad&cursor=x", "cursor"),
            ("appointment_type=visita_propiedad&as_of=5", "as_of"),
        ] {
            assert_eq!(sample.get(&format!("/v1/slots?{query}")).await.refused_field(), field, "{query}");
        }
    }

    #[actix_web::test]
    async fn unknown_types_and_agents_are_not_found() {
        let sample = Sample::new();
        let answered = sample.get("/v1/slots?appointment_type=paseo").await;
        assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, "unknown_appointment_type"));
        let answered = sample.get(&format!("{VISITS}&agent_id=9")).await;
        assert_eq!((answered.status, answered.code()), (StatusCode::NOT_FOUND, "unknown_agent"));
    }
}
