//! Moving an appointment to another agent: two streams, two appends, and no moment at which it could be lost.
//!
//! 1. The appointment is read on the old agent's stream.
//! 2. It is booked with the new agent, who may refuse: then nothing has happened.
//! 3. The old agent releases it, provided that it has not changed since it was read. If it has, the new agent gives
//!    it back.
//!
//! A process that stops between 2 and 3 leaves an open handover in the directory; [`settle`] completes or undoes it.

use std::sync::Arc;
use std::time::Duration;

use domain::{
    AgentCommand, AgentRejection, Answer, Appointment, BookAppointment, Command, Refusal, TakenOver,
};
use operation::{Accepted, Code, Problem};
use schemas::{AgentId, AppointmentId, IfMatch};
use tracing::Instrument as _;
use uuid::Uuid;

use crate::CommandApi;
use crate::directory::Handover;
use crate::failure::Failure;
use crate::identity;
use crate::send::{MAX_HOPS, always_elsewhere};
use crate::system_commands::system_command;

/// How often open handovers are looked for.
const SETTLE_EVERY: Duration = Duration::from_secs(2);

/// Moves the appointment to another agent at the same time. Continues if the client disconnects.
pub(crate) async fn reassign(
    api: Arc<CommandApi>,
    appointment_id: AppointmentId,
    to: AgentId,
    command: Command<()>,
    correlation_id: Uuid,
) -> Result<Accepted<Answer>, Problem> {
    let runtime = api.runtime.clone();
    let moving = async move {
        let _turn = api.locks.take(appointment_id.uuid()).await;
        let handover = Move { api: &api, appointment_id, to, command, correlation_id };
        handover.carry_out().await
    };
    runtime.spawn(moving.in_current_span()).await.unwrap_or_else(|error| Err(Problem::internal(&error)))
}

struct Move<'a> {
    api: &'a CommandApi,
    appointment_id: AppointmentId,
    to: AgentId,
    command: Command<()>,
    correlation_id: Uuid,
}

impl Move<'_> {
    async fn carry_out(self) -> Result<Accepted<Answer>, Problem> {
        let known = self
            .api
            .directory
            .appointment(self.appointment_id)
            .await?
            .ok_or_else(|| not_found(self.appointment_id))?;
        let let_go = self.with(self.command.command_id, self.let_go_body());
        if let Some(from) = self.api.carried_out_by(&let_go)? {
            return Ok(self.api.execute(&from, let_go, self.correlation_id).await?);
        }
        let (from, (appointment, seen)) = self.find(known).await?;
        if from == self.to {
            return Ok(self.api.execute(&from, let_go, self.correlation_id).await?);
        }
        self.take_over(&from, &appointment).await?;
        let let_go = Command { if_match: Some(IfMatch::Version(seen)), ..let_go };
        match self.api.execute(&from, let_go, self.correlation_id).await {
            Ok(accepted) => Ok(accepted),
            Err(Failure::Refused(refusal)) => {
                self.give_back(&from).await?;
                Err(changed_meanwhile(&refusal))
            }
            // The handover stays open; a repeated request or `settle` completes it.
            Err(failure) => Err(failure.into()),
        }
    }

    /// The agent who can release the appointment, and the appointment with its version.
    async fn find(&self, mut known: AgentId) -> Result<(AgentId, (Appointment, u64)), Problem> {
        for _ in 0..MAX_HOPS {
            // Half moved by a process that stopped: the old agent is the one who can release it.
            let handover = self
                .api
                .directory
                .handovers()
                .into_iter()
                .find(|open| open.appointment_id == self.appointment_id && open.to == self.to);
            let from = handover.map_or_else(|| known.clone(), |open| open.from);
            match self.read(&from).await {
                Err(problem) if problem.code() == Code::AppointmentNotFound => {
                    // It has just been released: follow it to its next agent.
                    match self.api.directory.moved_on_from(self.appointment_id, &from).await? {
                        Some(next) => known = next,
                        None => return Err(problem),
                    }
                }
                read => return read.map(|read| (from, read)),
            }
        }
        Err(always_elsewhere())
    }

    /// The appointment as it is on its agent's stream, and its version.
    async fn read(&self, from: &AgentId) -> Result<(Appointment, u64), Problem> {
        let agent = self.api.load_agent(from).await?;
        let refused = |refusal| Problem::from(Failure::<AgentRejection>::Refused(refusal));
        let appointment = agent
            .changeable(self.appointment_id, "reassigned")
            .map_err(|rejection| refused(Refusal::Rejected(rejection)))?;
        match self.command.if_match {
            Some(IfMatch::Version(seen)) if seen != appointment.version => {
                Err(refused(Refusal::StaleVersion { current: Some(appointment.version) }))
            }
            _ => Ok((appointment.clone(), appointment.version)),
        }
    }

    async fn take_over(&self, from: &AgentId, appointment: &Appointment) -> Result<(), Problem> {
        // One step per version: after a change it is another step, which has to be decided again.
        let step = format!("take-over/{from}/{}", appointment.version);
        let body = AgentCommand::BookAppointment(BookAppointment {
            appointment_id: appointment.appointment_id,
            lead_id: appointment.lead_id.clone(),
            appointment_type: appointment.appointment_type.clone(),
            start: appointment.start,
            agreed_zone: None,
            hold_id: None,
            property_id: appointment.property_id.clone(),
            location: appointment.location.clone(),
            notes: appointment.notes.clone(),
            lead_contact: appointment.lead_contact.clone(),
            origin: appointment.origin,
            taken_over: Some(TakenOver {
                from: from.clone(),
                sequence: appointment.sequence,
                version: appointment.version,
            }),
            offers_alternatives: true,
        });
        let command = self.with(identity::step_id(self.command.command_id, &step), body);
        self.api.execute(&self.to, command, self.correlation_id).await?;
        Ok(())
    }

    async fn give_back(&self, from: &AgentId) -> Result<(), Problem> {
        let body = AgentCommand::ReassignAppointment {
            appointment_id: self.appointment_id,
            to_agent_id: from.clone(),
        };
        let command = self.with(identity::step_id(self.command.command_id, "give-back"), body);
        self.api.execute(&self.to, command, self.correlation_id).await?;
        Ok(())
    }

    fn let_go_body(&self) -> AgentCommand {
        AgentCommand::ReassignAppointment {
            appointment_id: self.appointment_id,
            to_agent_id: self.to.clone(),
        }
    }

    fn with(&self, command_id: schemas::CommandId, body: AgentCommand) -> Command<AgentCommand> {
        Command { command_id, if_match: None, ..self.command.clone().map(|()| body) }
    }
}

fn not_found(appointment_id: AppointmentId) -> Problem {
    Problem::new(Code::AppointmentNotFound, format!("There is no appointment {appointment_id}."))
}

fn changed_meanwhile(refusal: &Refusal<AgentRejection>) -> Problem {
    match refusal {
        Refusal::StaleVersion { .. } => Problem::new(
            Code::StaleVersion,
            "The appointment changed while it was being moved; it stays where it is. Read it again before you retry.",
        ),
        refusal => Failure::Refused(refusal.clone()).into(),
    }
}

/// Completes or undoes handovers that another process, or this one before a restart, has left open.
///
/// Ends when the api is dropped.
pub(crate) async fn settle(api: std::sync::Weak<CommandApi>) {
    let Some(directory) = api.upgrade().map(|api| Arc::clone(&api.directory)) else { return };
    directory.ready().await;
    let mut ticks = tokio::time::interval(SETTLE_EVERY);
    loop {
        ticks.tick().await;
        let Some(api) = api.upgrade() else { return };
        for handover in directory.handovers() {
            let _turn = api.locks.take(handover.appointment_id.uuid()).await;
            // A handover that was completed while we waited is gone from the directory, or is refused below.
            if directory.handovers().contains(&handover)
                && let Err(problem) = settle_one(&api, &handover).await
            {
                // Why the store cannot be used is told already.
                if problem.code() != Code::StoreUnavailable {
                    let appointment_id = handover.appointment_id;
                    tracing::warn!(%appointment_id, %problem, "handover not settled; retrying");
                }
            }
        }
    }
}

/// Has the old agent release the appointment, or, if it has changed there since, the new agent give it back.
async fn settle_one(api: &CommandApi, handover: &Handover) -> Result<(), Problem> {
    let Handover { appointment_id, from, to } = handover;
    let (old, new) = (api.load_agent(from).await?, api.load_agent(to).await?);
    let moved_on = match (old.appointment(*appointment_id), new.appointment(*appointment_id)) {
        (Some(old), Some(new)) => old.sequence > new.sequence,
        (None, Some(_)) => !old.was_reassigned_to(*appointment_id, to),
        (_, None) => false,
    };
    let (agent_id, to_agent_id) = if moved_on { (to, from) } else { (from, to) };
    let key = format!("settle/{appointment_id}/{agent_id}/{to_agent_id}");
    let command_id = schemas::CommandId::new(api.new_id());
    let body = AgentCommand::ReassignAppointment {
        appointment_id: *appointment_id,
        to_agent_id: to_agent_id.clone(),
    };
    let command = system_command(command_id, &key, body);
    api.execute(agent_id, command, command_id.uuid()).await?;
    tracing::info!(%appointment_id, %from, %to, moved_on, "handover settled");
    Ok(())
}
