//! The HTTP paths of queries.

use http_edge::Routes;

use crate::operations::{
    FindSlots, GetAgent, GetAgentAvailability, GetAgentBlock, GetAgentCalendar, GetAppointment,
    GetAppointmentHistory, GetHold, GetLeadContext, GetMove, GetOffice, GetOfficeBlock, ListAgentBlocks,
    ListAgents, ListAppointments, ListConflicts, ListOfficeBlocks,
};

/// Adds every query of `/v1`. They require `web::Data<QueryApi>` and `web::Data<Authentication>`.
pub fn configure(routes: &mut Routes) {
    routes
        .query::<FindSlots>("/v1/slots")
        .query::<ListAppointments>("/v1/appointments")
        .query::<GetAppointment>("/v1/appointments/{appointment_id}")
        .query::<GetAppointmentHistory>("/v1/appointments/{appointment_id}/history")
        .query::<ListConflicts>("/v1/conflicts")
        .query::<ListAgents>("/v1/agents")
        .query::<GetAgent>("/v1/agents/{agent_id}")
        .query::<GetAgentCalendar>("/v1/agents/{agent_id}/calendar")
        .query::<GetAgentAvailability>("/v1/agents/{agent_id}/availability")
        .query::<ListAgentBlocks>("/v1/agents/{agent_id}/blocks")
        .query::<GetAgentBlock>("/v1/agents/{agent_id}/blocks/{block_id}")
        .query::<GetHold>("/v1/holds/{hold_id}")
        .query::<GetMove>("/v1/moves/{move_id}")
        .query::<GetLeadContext>("/v1/leads/{lead_id}/context")
        .query::<GetOffice>("/v1/office")
        .query::<ListOfficeBlocks>("/v1/office/blocks")
        .query::<GetOfficeBlock>("/v1/office/blocks/{block_id}");
}

#[cfg(test)]
mod tests {
    use actix_web::http::{Method, StatusCode};
    use chrono::TimeDelta;
    use schemas::event::{OfficeBlocked, TimeBlocked};
    use schemas::{BlockId, HoldId};
    use uuid::Uuid;

    use super::Routes;
    use crate::sample::{Sample, now};

    /// The URI of every query, for entities of the sample.
    fn queries() -> Vec<String> {
        let mut routes = Routes::default();
        super::configure(&mut routes);
        let needed = |path: &str| match path {
            "/v1/slots" => "?appointment_type=visita_propiedad",
            path if path.ends_with("/calendar") || path.ends_with("/availability") => {
                "?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z"
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
