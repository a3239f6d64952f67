//! One file for each question: its request, what it asks the read model, its answer, its tests.

mod agent;
mod agent_availability;
mod agent_calendar;
mod agents;
mod appointment;
mod appointment_history;
mod appointments;
mod lead_context;
mod office;
mod slots;

use http_edge::Routes;

/// Adds every question of `/v1`. They expect `web::Data<QueryApi>` and `web::Data<Authentication>`.
pub fn configure(routes: &mut Routes) {
    routes
        .read("/v1/slots", slots::slots)
        .read("/v1/appointments", appointments::appointments)
        .read("/v1/appointments/{appointment_id}", appointment::appointment)
        .read("/v1/appointments/{appointment_id}/history", appointment_history::history)
        .read("/v1/agents", agents::agents)
        .read("/v1/agents/{agent_id}", agent::agent)
        .read("/v1/agents/{agent_id}/calendar", agent_calendar::calendar)
        .read("/v1/agents/{agent_id}/availability", agent_availability::availability)
        .read("/v1/leads/{lead_id}/context", lead_context::context)
        .read("/v1/office", office::office);
}

#[cfg(test)]
mod tests {
    use actix_web::http::{Method, StatusCode};

    use crate::sample::Sample;

    const QUESTIONS: &[&str] = &[
        "/v1/slots?appointment_type=visita_propiedad",
        "/v1/appointments",
        "/v1/appointments/00000000-0000-0000-0000-000000000001",
        "/v1/appointments/00000000-0000-0000-0000-000000000001/history",
        "/v1/agents",
        "/v1/agents/7",
        "/v1/agents/7/calendar?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z",
        "/v1/agents/7/availability?from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z",
        "/v1/leads/55/context",
        "/v1/office",
    ];

    fn sample() -> Sample {
        let mut sample = Sample::new();
        sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
        sample
    }

    #[actix_web::test]
    async fn every_question_says_how_much_of_the_log_it_knows() {
        let sample = sample();
        let position = sample.read_model.position().to_string();
        for uri in QUESTIONS {
            for method in [Method::GET, Method::HEAD] {
                let answered = sample.ask(method.clone(), uri, true).await;
                assert_eq!(answered.status, StatusCode::OK, "{method} {uri}: {}", answered.body);
                assert_eq!(answered.header("x-position"), position, "{method} {uri}");
            }
        }
    }

    #[actix_web::test]
    async fn every_question_needs_a_token() {
        let sample = sample();
        for uri in QUESTIONS {
            let answered = sample.ask(Method::GET, uri, false).await;
            assert_eq!(
                (answered.status, answered.code()),
                (StatusCode::UNAUTHORIZED, "unauthenticated"),
                "{uri}"
            );
        }
    }

    #[actix_web::test]
    async fn every_question_refuses_what_it_does_not_know() {
        let sample = sample();
        for uri in QUESTIONS {
            let uri = format!("{uri}{}unheard_of=1", if uri.contains('?') { '&' } else { '?' });
            assert_eq!(sample.get(&uri).await.refused_field(), "unheard_of", "{uri}");
        }
    }

    #[actix_web::test]
    async fn every_question_waits_for_a_position_and_then_says_that_it_is_behind() {
        tokio::time::pause();
        let sample = sample();
        let position = sample.read_model.position();
        for uri in QUESTIONS {
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
    async fn a_question_is_answered_as_soon_as_its_position_is_reached() {
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
