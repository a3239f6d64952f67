//! The HTTP paths of queries.

use http_edge::Routes;

use crate::operations::{
    FindSlots, GetAgent, GetAgentAvailability, GetAgentBlock, GetAgentCalendar, GetAppointment,
    GetAppointmentHistory, GetCalendar, GetHold, GetLead, GetLeadContext, GetMove, GetOffice, GetOfficeBlock,
    GetSummary, ListAgentBlocks, ListAgents, ListAppointments, ListConflicts, ListLeads, ListMoves,
    ListOfficeBlocks,
};

/// Adds every query of `/v1`. They require `web::Data<QueryApi>` and `web::Data<Authentication>`.
pub fn configure(routes: &mut Routes) {
    routes
        .query::<FindSlots>("/v1/slots")
        .query::<ListAppointments>("/v1/appointments")
        .query::<GetAppointment>("/v1/appointments/{appointment_id}")
        .query::<GetAppointmentHistory>("/v1/appointments/{appointment_id}/history")
        .query::<GetCalendar>("/v1/calendar")
        .query::<GetSummary>("/v1/summary")
        .query::<ListConflicts>("/v1/conflicts")
        .query::<ListAgents>("/v1/agents")
        .query::<GetAgent>("/v1/agents/{agent_id}")
        .query::<GetAgentCalendar>("/v1/agents/{agent_id}/calendar")
        .query::<GetAgentAvailability>("/v1/agents/{agent_id}/availability")
        .query::<ListAgentBlocks>("/v1/agents/{agent_id}/blocks")
        .query::<GetAgentBlock>("/v1/agents/{agent_id}/blocks/{block_id}")
        .query::<GetHold>("/v1/holds/{hold_id}")
        .query::<ListMoves>("/v1/moves")
        .query::<GetMove>("/v1/moves/{move_id}")
        .query::<ListLeads>("/v1/leads")
        .query::<GetLead>("/v1/leads/{lead_id}")
        .query::<GetLeadContext>("/v1/leads/{lead_id}/context")
        .query::<GetOffice>("/v1/office")
        .query::<ListOfficeBlocks>("/v1/office/blocks")
        .query::<GetOfficeBlock>("/v1/office/blocks/{block_id}");
}

#[cfg(test)]
mod tests {
    use actix_web::http::{Method, StatusCode};
    use chrono::TimeDelta;
    use schemas::event::{
        AppointmentConfirmed, BulkMoveCompleted, HoldReleased, LeadRegistered, OfficeBlocked,
        OfficePolicySet, TimeBlocked,
    };
    use schemas::value::{LeadProfile, OfficePolicy};
    use schemas::{BlockId, HoldId, LeadId, Personal};
    use serde_json::Value;
    use uuid::Uuid;

    use super::Routes;
    use crate::sample::{Sample, appointment_id, now};

    /// The URI of every query, for entities of the sample.
    fn queries() -> Vec<String> {
        let mut routes = Routes::default();
        super::configure(&mut routes);
        let needed = |path: &str| match path {
            "/v1/slots" => "?appointment_type=visita_propiedad",
            "/v1/summary" => "?from=2026-12-01T00:00:00Z&to=2026-12-04T00:00:00Z",
            path if path.ends_with("/calendar") || path.ends_with("/availability") => {
                "?from=2026-12-01T00:00:00Z&to=2026-12-04T00:00:00Z"
            }
            _ => "",
        };
        let uri = |path: &str| {
            let filled = path.replace("{agent_id}", "7").replace("{lead_id}", "55");
            let one = "00000000-0000-0000-0000-000000000001";
            let ids = ["{appointment_id}", "{hold_id}", "{block_id}", "{move_id}"];
            ids.iter().fold(filled, |filled, id| filled.replace(id, one)) + needed(path)
        };
        routes.addresses().map(|address| uri(address.path)).collect()
    }

    fn sample() -> Sample {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        let [start, end] = ["2026-12-03T13:00:00Z", "2026-12-03T14:00:00Z"].map(|text| text.parse().unwrap());
        let one = Uuid::from_u128(1);
        sample.agent("7", fixtures::held(HoldId::new(one), start, 30, now() + TimeDelta::minutes(5)));
        let started = fixtures::bulk_move_started(1, "7", "8", &[], &[]);
        sample.bulk_move(started.move_id, started);
        let block = fixtures::block(BlockId::new(one), fixtures::ZONE, start, end);
        sample.agent("7", TimeBlocked { block: block.clone() });
        sample.office(OfficeBlocked { block });
        sample
    }

    #[actix_web::test]
    async fn every_query_says_how_much_of_the_log_it_knows() {
        let sample = sample();
        let position = sample.read_model.position().to_string();
        for uri in queries() {
            for method in [Method::GET, Method::HEAD] {
                let answered = sample.ask(method.clone(), &uri, true).await;
                assert_eq!(answered.status, StatusCode::OK, "{method} {uri}: {}", answered.body);
                assert_eq!(answered.header("x-position"), position, "{method} {uri}");
            }
        }
    }

    /// Changes what every query answers.
    fn change_everything(sample: &mut Sample) {
        sample.agent("7", AppointmentConfirmed { appointment_id: appointment_id(1) });
        sample.book(2, "7", "55", "2026-12-01T13:00:00Z");
        let [start, end] = ["2026-12-02T12:00:00Z", "2026-12-02T14:00:00Z"].map(|text| text.parse().unwrap());
        let block = fixtures::block(BlockId::new(Uuid::from_u128(2)), fixtures::ZONE, start, end);
        sample.agent("7", TimeBlocked { block });
        sample.agent("7", HoldReleased { hold_id: HoldId::new(Uuid::from_u128(1)) });
        let move_id = fixtures::bulk_move_started(1, "7", "8", &[], &[]).move_id;
        sample.bulk_move(move_id, BulkMoveCompleted { move_id });
        let lead_id: LeadId = "55".parse().unwrap();
        let locale = Some(Personal::new(lead_id.clone(), "en".to_owned()));
        let profile = LeadProfile { locale, ..LeadProfile::default() };
        sample.lead("55", LeadRegistered { lead_id, profile });
        sample.office(OfficePolicySet { policy: OfficePolicy { travel_minutes: 5, ..fixtures::policy() } });
    }

    #[actix_web::test]
    async fn an_answer_that_is_known_is_told_to_be_the_same_until_it_is_another() {
        let mut sample = sample();
        let mut known = Vec::new();
        for uri in queries() {
            let first = sample.get(&uri).await;
            let tag = first.header("etag").to_owned();
            // A lead that was never registered has no version yet, which is 0.
            let has_version = first.body["version"].as_u64().is_some_and(|version| 0 < version);
            assert_ne!(tag.starts_with("W/"), has_version, "{uri}: {tag}");
            for method in [Method::GET, Method::HEAD] {
                for condition in
                    [tag.clone(), format!("\"other\", W/{}", tag.trim_start_matches("W/")), "*".to_owned()]
                {
                    let again = sample.get_unless(method.clone(), &uri, &condition).await;
                    assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{method} {uri} {condition}");
                    for name in ["etag", "x-position", "cache-control"] {
                        assert_eq!(again.header(name), first.header(name), "{uri}");
                    }
                    assert_eq!(again.body, Value::Null, "{uri}");
                }
                let other = sample.get_unless(method.clone(), &uri, "\"other\", \"0\", W/\"\"").await;
                assert_eq!(other.status, StatusCode::OK, "{method} {uri}");
            }
            known.push((uri, tag));
        }
        // What changes nothing in an answer leaves it known, however far the log has come.
        sample.read_model.advance(sample.read_model.position() + 1);
        let position = sample.read_model.position().to_string();
        for (uri, tag) in &known {
            let again = sample.get_unless(Method::GET, uri, tag).await;
            assert_eq!(
                (again.status, again.header("x-position")),
                (StatusCode::NOT_MODIFIED, &*position),
                "{uri}"
            );
        }
        change_everything(&mut sample);
        for (uri, tag) in known {
            let changed = sample.get_unless(Method::GET, &uri, &tag).await;
            if uri.starts_with("/v1/holds/") {
                assert_eq!((changed.status, changed.code()), (StatusCode::NOT_FOUND, "hold_not_found"));
            } else {
                assert_eq!(changed.status, StatusCode::OK, "{uri}");
                assert_ne!(changed.header("etag"), tag, "{uri}");
            }
        }
    }

    #[actix_web::test]
    async fn an_unknown_agent_is_answered_alike_by_every_query_that_names_one() {
        let sample = sample();
        let mut asked = 0;
        let names_agents = |address: &http_edge::Address| {
            let request = address.operation.map(|operation| (operation.request)());
            request.is_some_and(|request| {
                request.get("properties").is_some_and(|all| all.get("agent_id").is_some())
            })
        };
        let mut routes = Routes::default();
        super::configure(&mut routes);
        for (address, uri) in routes.addresses().zip(queries()) {
            let asks = if address.path.contains("{agent_id}") {
                vec![uri.replace("/agents/7", "/agents/9")]
            } else if names_agents(&address) {
                let more = if uri.contains('?') { '&' } else { '?' };
                ["agent_id=9", "agent_id=7&agent_id=9&agent_id=8"]
                    .map(|agents| format!("{uri}{more}{agents}"))
                    .into()
            } else {
                Vec::new()
            };
            for uri in asks {
                let answered = sample.get(&uri).await;
                assert_eq!(
                    (answered.status, answered.code()),
                    (StatusCode::NOT_FOUND, "unknown_agent"),
                    "{uri}"
                );
                assert_eq!(answered.body["agent_id"], "9", "{uri}");
                asked += 1;
            }
        }
        assert!(asked >= 4 + 2 * 5, "four of one agent, and five with a filter");
    }

    #[actix_web::test]
    async fn every_query_needs_a_token() {
        let sample = sample();
        for uri in &queries() {
            let answered = sample.ask(Method::GET, uri, false).await;
            assert_eq!(
                (answered.status, answered.code()),
                (StatusCode::UNAUTHORIZED, "unauthenticated"),
                "{uri}"
            );
        }
    }

    #[actix_web::test]
    async fn every_query_refuses_what_it_does_not_know() {
        let sample = sample();
        for uri in queries() {
            let uri = format!("{uri}{}unheard_of=1", if uri.contains('?') { '&' } else { '?' });
            assert_eq!(sample.get(&uri).await.refused_field(), "unheard_of", "{uri}");
        }
    }

    #[actix_web::test]
    async fn every_query_waits_for_a_position_and_then_says_that_it_is_behind() {
        tokio::time::pause();
        let sample = sample();
        let position = sample.read_model.position();
        for uri in queries() {
            let from = |min_position: u64| {
                format!("{uri}{}min_position={min_position}", if uri.contains('?') { '&' } else { '?' })
            };
            assert_eq!(sample.get(&from(position)).await.status, StatusCode::OK, "{uri}");
            let begun_at = tokio::time::Instant::now();
            let answered = sample.get(&from(position + 1)).await;
            assert_eq!(
                (answered.status, answered.code()),
                (StatusCode::SERVICE_UNAVAILABLE, "behind"),
                "{uri}"
            );
            assert_eq!(answered.header("retry-after"), "1");
            assert_eq!(answered.body["position"], position);
            assert_eq!(begun_at.elapsed().as_secs(), 2);
        }
    }

    #[actix_web::test]
    async fn a_query_is_answered_as_soon_as_its_position_is_reached() {
        let sample = sample();
        let next = sample.read_model.position() + 40;
        let uri = format!("/v1/agents/7?min_position={next}");
        let asked = sample.get(&uri);
        let projected = async {
            tokio::task::yield_now().await;
            sample.read_model.advance(next + 2);
        };
        let (answered, ()) = tokio::join!(asked, projected);
        assert_eq!(answered.status, StatusCode::OK);
        assert_eq!(answered.header("x-position"), (next + 2).to_string());
    }

    #[actix_web::test]
    async fn what_changes_something_is_not_answered_here() {
        let answered = sample().ask(Method::POST, "/v1/appointments", true).await;
        assert_eq!(
            (answered.status, answered.code()),
            (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")
        );
        assert_eq!(answered.header("allow"), "GET, HEAD");
    }
}
