//! The agency's appointments, of the last weeks and of the next, booked and brought to what becomes of them.

use std::ops::RangeInclusive;
use std::sync::Arc;

use anyhow::Result;
use availability::zone;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use command_api::CommandApi;
use domain::{AgentCommand, Answer, AppointmentAnswer, BookAppointment, RescheduleAppointment};
use operation::Problem;
use schemas::value::ForcedRule;
use schemas::{AppointmentId, AppointmentTypeCode, Origin, Personal};

use super::plan::{Planned, Story, colleague};
use super::progress::Progress;
use super::properties::Property;

/// The last two weeks, today and four weeks more.
pub(super) const DAYS: RangeInclusive<i64> = -14..=28;

/// How many days later an appointment is moved to: the first of them that is free.
const LATER: [u64; 4] = [1, 2, 5, 7];

/// Makes the appointments, and returns how many were accepted.
pub(super) async fn book(
    commands: &Arc<CommandApi>,
    planned: &[Planned],
    progress: &Progress,
) -> Result<usize> {
    let mut booked = 0;
    for one in planned {
        if let Some(appointment) = accepted(book_one(commands, one).await)? {
            booked += 1;
            go_on(commands, one, &appointment).await?;
        }
        progress.one_more();
    }
    Ok(booked)
}

impl Planned {
    /// It is told from all others by its agent and time.
    fn key(&self, step: &str) -> String {
        format!("demo/{}/{}/{}/{step}", self.agent.id(), self.date, self.time)
    }

    fn start_on(&self, date: NaiveDate) -> DateTime<Utc> {
        let time: NaiveTime = self.time.parse().expect("the plan's times are times of day");
        zone::start_instant(self.agent.time_zone, date.and_time(time))
    }
}

async fn book_one(commands: &CommandApi, one: &Planned) -> Result<Answer, Problem> {
    let agent_id = one.agent.id();
    let lead_id = one.lead.id();
    let personal = |text: String| Personal::new(lead_id.clone(), text);
    let command = BookAppointment {
        appointment_id: AppointmentId::new(commands.new_id()),
        lead_id: lead_id.clone(),
        appointment_type: AppointmentTypeCode::parse(one.kind.code()).expect("the CRM's codes are valid"),
        start: one.start_on(one.date),
        agreed_zone: None,
        hold_id: None,
        property_id: one.property.map(Property::id),
        location: one.property.map(|property| personal(property.address())),
        notes: one.notes.map(|notes| personal(notes.to_owned())),
        lead_contact: Some(one.lead.contact()),
        origin: if one.by_chat { Origin::Chat } else { Origin::Dashboard },
        confirm: false,
        claim: None,
        // Only what is over needs it.
        force: vec![ForcedRule::Past],
        offers_alternatives: false,
    };
    commands.set_up_agent(&agent_id, &one.key("book"), AgentCommand::BookAppointment(command)).await
}

/// Lets become of it what is planned.
async fn go_on(commands: &Arc<CommandApi>, one: &Planned, booked: &AppointmentAnswer) -> Result<()> {
    let AppointmentAnswer { appointment_id, agent_id, .. } = booked;
    let appointment_id = *appointment_id;
    match one.story {
        Story::Scheduled => {}
        Story::Confirmed => {
            let confirm = AgentCommand::ConfirmAppointment { appointment_id };
            let confirmed = commands.set_up_agent(agent_id, &one.key("confirm"), confirm).await;
            accepted(confirmed)?;
        }
        Story::Cancelled(by, why) => {
            let cancel = AgentCommand::CancelAppointment {
                appointment_id,
                reason: Some(why.to_owned()),
                requested_by: Some(by),
            };
            let cancelled = commands.set_up_agent(agent_id, &one.key("cancel"), cancel).await;
            accepted(cancelled)?;
        }
        Story::Moved(by, why) => {
            for days in LATER {
                let moved = RescheduleAppointment {
                    start: Some(one.start_on(one.date + Days::new(days))),
                    reason: Some(why.to_owned()),
                    requested_by: Some(by),
                    ..RescheduleAppointment::of(appointment_id)
                };
                let key = one.key(&format!("move/{days}"));
                if accepted(commands.set_up_move(&key, moved).await)?.is_some() {
                    break;
                }
            }
        }
        Story::Completed => {
            let complete = AgentCommand::CompleteAppointment { appointment_id };
            let completed = commands.set_up_agent(agent_id, &one.key("complete"), complete).await;
            accepted(completed)?;
        }
        Story::NoShow(by) => {
            let no_show = AgentCommand::MarkNoShow { appointment_id, by };
            let marked = commands.set_up_agent(agent_id, &one.key("no-show"), no_show).await;
            accepted(marked)?;
        }
        Story::Reassigned(why) => {
            let Some(other) = one.property.and_then(|property| colleague(one.agent, property)) else {
                return Ok(());
            };
            let reassigned = RescheduleAppointment {
                to_agent_id: Some(other.id()),
                reason: Some(why.to_owned()),
                ..RescheduleAppointment::of(appointment_id)
            };
            accepted(commands.set_up_move(&one.key("reassign"), reassigned).await)?;
        }
    }
    Ok(())
}

/// The answer about the appointment. None if it was refused: the time is taken, on a holiday or outside of the agent's hours,
/// or somebody who uses the store already has changed the appointment meanwhile.
fn accepted(answer: Result<Answer, Problem>) -> Result<Option<AppointmentAnswer>> {
    match answer {
        Ok(Answer::Appointment(answer)) => Ok(Some(answer)),
        Ok(_) => Ok(None),
        Err(problem) if problem.code().status() < 500 => Ok(None),
        Err(problem) => Err(problem.into()),
    }
}
