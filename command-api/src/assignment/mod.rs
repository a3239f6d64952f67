//! Bookings without an agent: those who are free by the log are tried in turn, the least loaded first. Each decides on
//! its own stream, so a log that has gone on since costs a refusal, and never a wrong booking.
//!
//! An agent with whom the lead has an appointment at that time is asked first of all, and the refusal is the last word: the
//! next agent would take the lead twice.
//!
//! Of those who ask at once, each is sent to another agent: what this process is about to book counts as load, see
//! `under_way.rs`.
//!
//! - `attempt.rs` asks one agent after the other.
//! - `claimed.rs` does so for a request that may be sent twice: whom it goes to is agreed on first, in `claims.rs`.
//! - `refusals.rs` is the answer where nobody can take it.

mod attempt;
mod claimed;
mod refusals;

use std::sync::Arc;

use availability::lead_bookings::requested_slot;
use availability::{Interval, SlotRequest};
use domain::{AgentCommand, Answer, BookAppointment, Command};
use operation::{Accepted, CommandCall, Problem};
use tracing::Instrument as _;
use uuid::Uuid;

use attempt::Attempt;

use crate::CommandApi;
use crate::in_the_way::settling_deadline;

/// Books with the first agent who accepts. Continues if the client disconnects.
pub(crate) async fn book_with_any(
    api: Arc<CommandApi>,
    call: &CommandCall,
    booking: BookAppointment,
) -> Result<Accepted<Answer>, Problem> {
    let runtime = api.runtime.clone();
    let (command, correlation_id) = api.command(call, booking);
    let booking = async move { Box::pin(try_candidates(&api, command, correlation_id)).await };
    runtime.spawn(booking.in_current_span()).await.unwrap_or_else(|error| Err(Problem::internal(&error)))
}

async fn try_candidates(
    api: &CommandApi,
    command: Command<BookAppointment>,
    correlation_id: Uuid,
) -> Result<Accepted<Answer>, Problem> {
    let start = command.body.start;
    // Read once for all candidates, so that no refusal has to be checked against the store by itself.
    let (read, office) = tokio::join!(api.directory.reach_end(), api.refresh_office());
    read?;
    let request = SlotRequest {
        appointment_type: &command.body.appointment_type,
        start,
        property_id: command.body.property_id.as_ref(),
        lead_id: Some(&command.body.lead_id),
        moving: None,
        duration_minutes: None,
    };
    let candidates = api.directory.candidates(office.calendar(), &request, api.now());
    let may_repeat = command.may_repeat;
    let at_start = || Interval::new(start, start);
    let requested = requested_slot(office.calendar(), &request).unwrap_or_else(at_start);
    let lead_id = command.body.lead_id.clone();
    let appointment_type = command.body.appointment_type.clone();
    let zone = command.body.agreed_zone.unwrap_or(office.policy().time_zone);
    let attempt = Attempt {
        api,
        command: command.map(AgentCommand::BookAppointment),
        correlation_id,
        lead_id,
        appointment_type,
        requested,
        zone,
        deadline: settling_deadline(),
    };
    if may_repeat { attempt.with_claim(&candidates).await } else { attempt.with_first(&candidates).await }
}
