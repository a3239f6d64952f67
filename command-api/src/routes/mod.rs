//! One file for each verb or small group of verbs: request, command, answer.
//!
//! `handle` is what HTTP asks for; where a command can also come another way, `carry_out` is what both do.

mod agents;
mod blocks;
pub(crate) mod book;
pub(crate) mod cancel;
pub(crate) mod complete;
pub(crate) mod confirm;
mod exceptions;
pub(crate) mod hold;
pub(crate) mod no_show;
mod office;
pub(crate) mod reassign;
pub(crate) mod release_hold;
pub(crate) mod reschedule;
mod weekly_hours;

use http_edge::Routes;
use serde::{Deserialize, Serialize};

/// A command without members.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

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
        .post("/v1/holds", hold::handle)
        .delete("/v1/holds/{hold_id}", release_hold::handle)
        .post("/v1/appointments", book::handle)
        .post("/v1/appointments/{appointment_id}/confirm", confirm::handle)
        .post("/v1/appointments/{appointment_id}/cancel", cancel::handle)
        .post("/v1/appointments/{appointment_id}/complete", complete::handle)
        .post("/v1/appointments/{appointment_id}/no-show", no_show::handle)
        .post("/v1/appointments/{appointment_id}/reassign", reassign::handle)
        .post("/v1/appointments/{appointment_id}/reschedule", reschedule::handle);
}
