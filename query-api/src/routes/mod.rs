//! One file for each question: its request, what it asks the read model, its answer, its tests.

mod agent;
mod agent_availability;
mod agent_calendar;
mod agents;
mod appointment;
mod appointment_history;
mod appointments;
mod lead_context;
mod livez;
mod metrics;
mod office;
mod readyz;
mod slots;

use actix_web::{Route, guard, web};

/// Mounts every question of `/v1`. Expects `web::Data<QueryApi>` and `web::Data<Authentication>`.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/v1/slots", read().to(slots::slots))
        .route("/v1/appointments", read().to(appointments::appointments))
        .route("/v1/appointments/{appointment_id}", read().to(appointment::appointment))
        .route("/v1/appointments/{appointment_id}/history", read().to(appointment_history::history))
        .route("/v1/agents", read().to(agents::agents))
        .route("/v1/agents/{agent_id}", read().to(agent::agent))
        .route("/v1/agents/{agent_id}/calendar", read().to(agent_calendar::calendar))
        .route("/v1/agents/{agent_id}/availability", read().to(agent_availability::availability))
        .route("/v1/leads/{lead_id}/context", read().to(lead_context::context))
        .route("/v1/office", read().to(office::office));
}

/// Mounts `/livez`, `/readyz` and `/metrics`. Expects `web::Data<Operations>` and `web::Data<Authentication>`.
pub fn configure_operations(config: &mut web::ServiceConfig) {
    config
        .route("/livez", read().to(livez::livez))
        .route("/readyz", read().to(readyz::readyz))
        .route("/metrics", read().to(metrics::metrics));
}

/// `GET`, and `HEAD`, whose body the server leaves out.
fn read() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}
