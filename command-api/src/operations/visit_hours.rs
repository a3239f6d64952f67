//! Visit hours of a property, weekly and of single dates.

use std::sync::Arc;

use domain::{ExceptionAnswer, PropertyCommand, RulesAnswer};
use operation::{Accepted, Access, Code, Command, CommandCall, Nothing, Operation, Problem};

use super::answer::answer;
use super::exceptions::Hours;
use super::targets::{OfAnyPropertyDate, OfProperty, OfPropertyDate};
use super::weekly_hours::WeeklyHours;
use crate::CommandApi;

/// Replaces all weekly visit hours of a property.
pub(crate) struct ReplaceVisitHours;

impl Operation for ReplaceVisitHours {
    const NAME: &'static str = "ReplaceVisitHours";
    const SUMMARY: &'static str =
        "Replaces all weekly visit hours of a property; without any it can be visited at any time.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[Code::UnknownProperty, Code::InvalidRule, Code::CalendarFull];
    type Target = OfProperty;
    type Request = WeeklyHours;
    type Answer = RulesAnswer;
}

impl Command for ReplaceVisitHours {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfProperty { property_id }: OfProperty,
        request: WeeklyHours,
    ) -> Result<Accepted<RulesAnswer>, Problem> {
        let command = PropertyCommand::ReplaceVisitHours { rules: request.rules(api) };
        answer(api.send_to_property(call, &property_id, command).await?)
    }
}

/// Sets the visit hours of one date.
pub(crate) struct SetPropertyDateException;

impl Operation for SetPropertyDateException {
    const NAME: &'static str = "SetPropertyDateException";
    const SUMMARY: &'static str =
        "Sets the visit hours of a property on one date, in place of the weekly ones.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[Code::UnknownProperty, Code::InvalidRule, Code::CalendarFull];
    type Target = OfPropertyDate;
    type Request = Hours;
    type Answer = ExceptionAnswer;
}

impl Command for SetPropertyDateException {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfPropertyDate { property_id, date }: OfPropertyDate,
        hours: Hours,
    ) -> Result<Accepted<ExceptionAnswer>, Problem> {
        let command = PropertyCommand::SetDateException { exception: hours.on(date.into()) };
        answer(api.send_to_property(call, &property_id, command).await?)
    }
}

/// Removes the visit hours of one date.
pub(crate) struct RemovePropertyDateException;

impl Operation for RemovePropertyDateException {
    const NAME: &'static str = "RemovePropertyDateException";
    const SUMMARY: &'static str =
        "Removes the visit hours of one date: the property's weekly ones apply again.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[Code::UnknownProperty, Code::ExceptionNotFound];
    type Target = OfAnyPropertyDate;
    type Request = Nothing;
    type Answer = ExceptionAnswer;
}

impl Command for RemovePropertyDateException {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfAnyPropertyDate { property_id, date }: OfAnyPropertyDate,
        _: Nothing,
    ) -> Result<Accepted<ExceptionAnswer>, Problem> {
        let command = PropertyCommand::RemoveDateException { date };
        answer(api.send_to_property(call, &property_id, command).await?)
    }
}
