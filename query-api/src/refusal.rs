//! The problems that failed queries are answered with.

use operation::{Code, Problem};
use read_model::{Behind, QueryError};

use crate::trouble::query_failed;

pub(crate) fn refused(error: QueryError) -> Problem {
    let detail = sentence(&error.to_string());
    match error {
        QueryError::UnknownAgent(agent_id) => {
            Problem::new(Code::UnknownAgent, detail).with("agent_id", agent_id)
        }
        QueryError::UnknownAppointmentType(code) => {
            Problem::new(Code::UnknownAppointmentType, detail).with("appointment_type", code)
        }
        QueryError::AppointmentNotFound(id) => {
            Problem::new(Code::AppointmentNotFound, detail).with("appointment_id", id)
        }
        QueryError::NotMovable(_, status) => {
            Problem::new(Code::InvalidTransition, detail).with("appointment_status", status)
        }
        QueryError::OtherType(_) => Problem::malformed("appointment_type", detail),
        QueryError::HoldNotFound(_) => Problem::new(Code::HoldNotFound, detail),
        QueryError::BlockNotFound(..) | QueryError::OfficeBlockNotFound(_) => {
            Problem::new(Code::BlockNotFound, detail)
        }
        QueryError::MoveNotFound(move_id) => {
            Problem::new(Code::MoveNotFound, detail).with("move_id", move_id)
        }
        QueryError::LeadNotFound(lead_id) => {
            Problem::new(Code::LeadNotFound, detail).with("lead_id", lead_id)
        }
        QueryError::OfficeNotSet => Problem::new(Code::NotFound, detail),
        QueryError::TooManyGroups(_) => Problem::malformed("by", detail),
        QueryError::TooCostly => Problem::malformed("to", detail),
        QueryError::Busy | QueryError::Abandoned => {
            let detail = "Too many other costly queries are being answered right now; try again in a moment.";
            Problem::new(Code::Overloaded, detail)
        }
        QueryError::UnknownPartOfDay { .. } => Problem::malformed("part_of_day", detail),
        QueryError::BadCursor => Problem::malformed("cursor", detail),
        QueryError::Unavailable(unavailable) => {
            query_failed(&unavailable);
            let detail = "The read model is unavailable right now; send the same request again.";
            Problem::new(Code::NotReady, detail)
        }
    }
}

pub(crate) fn reading_the_past() -> Problem {
    let detail = "The read model is still catching up; send the same request again in a moment.";
    Problem::new(Code::NotReady, detail)
}

pub(crate) fn behind(Behind { position, min_position }: Behind) -> Problem {
    let detail = "The read model has not reached min_position yet; send the same request again in a moment.";
    Problem::new(Code::Behind, detail).with("position", position).with("min_position", min_position)
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
