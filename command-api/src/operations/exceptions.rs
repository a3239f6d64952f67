use std::sync::Arc;

use domain::{AgentCommand, ExceptionAnswer};
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Object, Operation, Problem};
use schemars::JsonSchema;
use schemas::value::{DateException, LocalInterval};
use serde::{Deserialize, Serialize};

use super::answer::foreseen;
use super::targets::{OfAnyDate, OfDate};
use crate::CommandApi;
use crate::impact::Foreseen;

/// Sets the hours of one date.
pub(crate) struct SetDateException;

/// The hours of one date.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hours {
    /// Replace the hours that begin on this date; empty = closed.
    intervals: Vec<Object<LocalInterval>>,
}

impl Operation for SetDateException {
    const NAME: &'static str = "SetDateException";
    const SUMMARY: &'static str = "Sets the hours of an agent on one date, in place of the weekly hours.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent, Code::InvalidRule, Code::CalendarFull];
    type Target = OfDate;
    type Request = Hours;
    type Answer = Foreseen<ExceptionAnswer>;
}

impl Command for SetDateException {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfDate { agent_id, date }: OfDate,
        Hours { intervals }: Hours,
    ) -> Result<Accepted<Foreseen<ExceptionAnswer>>, Problem> {
        let intervals = intervals.into_iter().map(|Object(interval)| interval).collect();
        let exception = DateException { date: date.into(), intervals };
        foreseen(api.send_to_calendar(call, &agent_id, AgentCommand::SetDateException { exception }).await?)
    }
}

/// Removes the exception of one date.
pub(crate) struct RemoveDateException;

impl Operation for RemoveDateException {
    const NAME: &'static str = "RemoveDateException";
    const SUMMARY: &'static str = "Removes the exception of one date: the agent's weekly hours apply again.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[Code::UnknownAgent, Code::ExceptionNotFound];
    type Target = OfAnyDate;
    type Request = Nothing;
    type Answer = Foreseen<ExceptionAnswer>;
}

impl Command for RemoveDateException {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAnyDate { agent_id, date }: OfAnyDate,
        _: Nothing,
    ) -> Result<Accepted<Foreseen<ExceptionAnswer>>, Problem> {
        foreseen(api.send_to_calendar(call, &agent_id, AgentCommand::RemoveDateException { date }).await?)
    }
}
