//! One file for each verb or small group of verbs: request, command, answer.

mod agents;
mod appointments;
mod blocks;
mod book;
mod exceptions;
mod holds;
mod office;
mod reassign;
mod reschedule;
mod weekly_hours;

use actix_web::web;

/// Mounts every command of `/v1`. Expects `web::Data<CommandApi>` and `web::Data<Authentication>`.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/v1/agents/{agent_id}", web::put().to(agents::put))
        .route("/v1/agents/{agent_id}/deactivate", web::post().to(agents::deactivate))
        .route("/v1/agents/{agent_id}/weekly-hours", web::put().to(weekly_hours::replace))
        .route("/v1/agents/{agent_id}/availability-rules", web::post().to(weekly_hours::add))
        .route("/v1/agents/{agent_id}/availability-rules/{rule_id}", web::delete().to(weekly_hours::remove))
        .route("/v1/agents/{agent_id}/exceptions/{date}", web::put().to(exceptions::put))
        .route("/v1/agents/{agent_id}/exceptions/{date}", web::delete().to(exceptions::remove))
        .route("/v1/agents/{agent_id}/blocks", web::post().to(blocks::add))
        .route("/v1/agents/{agent_id}/blocks/{block_id}", web::delete().to(blocks::remove))
        .route("/v1/office", web::put().to(office::put))
        .route("/v1/office/appointment-types/{code}", web::put().to(office::define_type))
        .route("/v1/office/appointment-types/{code}", web::delete().to(office::retire_type))
        .route("/v1/office/weekly-hours", web::put().to(office::weekly_hours))
        .route("/v1/office/blocks", web::post().to(office::add_block))
        .route("/v1/office/blocks/{block_id}", web::delete().to(office::remove_block))
        .route("/v1/holds", web::post().to(holds::place))
        .route("/v1/holds/{hold_id}", web::delete().to(holds::release))
        .route("/v1/appointments", web::post().to(book::book))
        .route("/v1/appointments/{appointment_id}/confirm", web::post().to(appointments::confirm))
        .route("/v1/appointments/{appointment_id}/cancel", web::post().to(appointments::cancel))
        .route("/v1/appointments/{appointment_id}/complete", web::post().to(appointments::complete))
        .route("/v1/appointments/{appointment_id}/no-show", web::post().to(appointments::no_show))
        .route("/v1/appointments/{appointment_id}/reassign", web::post().to(reassign::reassign))
        .route("/v1/appointments/{appointment_id}/reschedule", web::post().to(reschedule::reschedule));
}
