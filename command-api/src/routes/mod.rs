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

use http_edge::Routes;

/// Adds every command of `/v1`. They expect `web::Data<CommandApi>` and `web::Data<Authentication>`.
pub fn configure(routes: &mut Routes) {
    routes
        .put("/v1/agents/{agent_id}", agents::put)
        .post("/v1/agents/{agent_id}/deactivate", agents::deactivate)
        .put("/v1/agents/{agent_id}/weekly-hours", weekly_hours::replace)
        .post("/v1/agents/{agent_id}/availability-rules", weekly_hours::add)
        .delete("/v1/agents/{agent_id}/availability-rules/{rule_id}", weekly_hours::remove)
        .put("/v1/agents/{agent_id}/exceptions/{date}", exceptions::put)
        .delete("/v1/agents/{agent_id}/exceptions/{date}", exceptions::remove)
        .post("/v1/agents/{agent_id}/blocks", blocks::add)
        .delete("/v1/agents/{agent_id}/blocks/{block_id}", blocks::remove)
        .put("/v1/office", office::put)
        .put("/v1/office/appointment-types/{code}", office::define_type)
        .delete("/v1/office/appointment-types/{code}", office::retire_type)
        .put("/v1/office/weekly-hours", office::weekly_hours)
        .post("/v1/office/blocks", office::add_block)
        .delete("/v1/office/blocks/{block_id}", office::remove_block)
        .post("/v1/holds", holds::place)
        .delete("/v1/holds/{hold_id}", holds::release)
        .post("/v1/appointments", book::book)
        .post("/v1/appointments/{appointment_id}/confirm", appointments::confirm)
        .post("/v1/appointments/{appointment_id}/cancel", appointments::cancel)
        .post("/v1/appointments/{appointment_id}/complete", appointments::complete)
        .post("/v1/appointments/{appointment_id}/no-show", appointments::no_show)
        .post("/v1/appointments/{appointment_id}/reassign", reassign::reassign)
        .post("/v1/appointments/{appointment_id}/reschedule", reschedule::reschedule);
}
