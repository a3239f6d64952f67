use std::sync::Arc;

use http_edge::{Principal, Problem, StrictJson};
use schemas::{Actor, ActorKind, AppointmentId, HoldId, Origin};
use serde::de::DeserializeOwned;

use super::addressed::{Address, Addressed};
use super::attributes::Attributes;
use crate::CommandApi;
use crate::headers::Headers;
use crate::reply::Reply;
use crate::routes::book::Book;
use crate::routes::cancel::Cancel;
use crate::routes::hold::HoldSlotBody;
use crate::routes::reassign::Reassign;
use crate::routes::reschedule::Reschedule;
use crate::routes::{
    Nothing, book, cancel, complete, confirm, hold, no_show, reassign, release_hold, reschedule,
};

/// A command that was read, by what it asks for.
#[derive(Debug)]
pub(super) enum Call {
    Book(Box<Book>),
    Hold(HoldSlotBody),
    Release(HoldId),
    Confirm(AppointmentId),
    Reschedule(AppointmentId, Reschedule),
    Reassign(AppointmentId, Reassign),
    Cancel(AppointmentId, Cancel),
    Complete(AppointmentId),
    NoShow(AppointmentId),
}

/// Every `ce_type` that is taken; `schemas/commands/` has the schemas of their payloads.
pub(super) const TYPES: [&str; 9] = [
    "citas.BookAppointment.v1",
    "citas.HoldSlot.v1",
    "citas.ReleaseHold.v1",
    "citas.ConfirmAppointment.v1",
    "citas.RescheduleAppointment.v1",
    "citas.ReassignAppointment.v1",
    "citas.CancelAppointment.v1",
    "citas.CompleteAppointment.v1",
    "citas.MarkNoShow.v1",
];

impl Call {
    /// Reads the payload as that of a command of this type.
    pub(super) fn read(command_type: &str, payload: &[u8]) -> Result<Self, Problem> {
        Ok(match command_type {
            "citas.BookAppointment.v1" => Self::Book(Box::new(body(payload)?)),
            "citas.HoldSlot.v1" => Self::Hold(body(payload)?),
            "citas.ReleaseHold.v1" => Self::Release(addressed::<_, Nothing>(payload)?.id),
            "citas.ConfirmAppointment.v1" => Self::Confirm(addressed::<_, Nothing>(payload)?.id),
            "citas.RescheduleAppointment.v1" => {
                let Addressed { id, body } = addressed(payload)?;
                Self::Reschedule(id, body)
            }
            "citas.ReassignAppointment.v1" => {
                let Addressed { id, body } = addressed(payload)?;
                Self::Reassign(id, body)
            }
            "citas.CancelAppointment.v1" => {
                let Addressed { id, body } = addressed(payload)?;
                Self::Cancel(id, body)
            }
            "citas.CompleteAppointment.v1" => Self::Complete(addressed::<_, Nothing>(payload)?.id),
            "citas.MarkNoShow.v1" => Self::NoShow(addressed::<_, Nothing>(payload)?.id),
            _ => return Err(Problem::malformed("ce_type", format!("must be one of {}", TYPES.join(", ")))),
        })
    }

    /// The HTTP call that asks for the same.
    fn address(&self) -> (&'static str, String) {
        let of = |id: &AppointmentId, verb: &str| ("POST", format!("/v1/appointments/{id}/{verb}"));
        match self {
            Self::Book(_) => ("POST", "/v1/appointments".to_owned()),
            Self::Hold(_) => ("POST", "/v1/holds".to_owned()),
            Self::Release(id) => ("DELETE", format!("/v1/holds/{id}")),
            Self::Confirm(id) => of(id, "confirm"),
            Self::Reschedule(id, _) => of(id, "reschedule"),
            Self::Reassign(id, _) => of(id, "reassign"),
            Self::Cancel(id, _) => of(id, "cancel"),
            Self::Complete(id) => of(id, "complete"),
            Self::NoShow(id) => of(id, "no-show"),
        }
    }

    /// What a command takes beside its body.
    pub(super) fn headers(&self, attributes: &Attributes) -> Headers {
        let (method, path) = self.address();
        Headers {
            principal: Principal(actor(&attributes.source)),
            idempotency_key: Some(attributes.id.clone()),
            if_match: attributes.if_match,
            correlation_id: attributes.correlation_id,
            origin: Origin::Kafka,
            method: method.to_owned(),
            path,
        }
    }

    /// Does what the HTTP call does.
    pub(super) async fn carry_out(&self, api: &Arc<CommandApi>, headers: &Headers) -> Result<Reply, Problem> {
        match self {
            Self::Book(body) => book::carry_out(api, headers, body).await,
            Self::Hold(body) => hold::carry_out(api, headers, body).await,
            Self::Release(id) => release_hold::carry_out(api, headers, *id).await,
            Self::Confirm(id) => confirm::carry_out(api, headers, *id).await,
            Self::Reschedule(id, body) => reschedule::carry_out(api, headers, *id, body).await,
            Self::Reassign(id, body) => reassign::carry_out(api, headers, *id, body).await,
            Self::Cancel(id, body) => cancel::carry_out(api, headers, *id, body).await,
            Self::Complete(id) => complete::carry_out(api, headers, *id).await,
            Self::NoShow(id) => no_show::carry_out(api, headers, *id).await,
        }
    }
}

/// Who sends under this source.
pub(super) fn actor(source: &str) -> Actor {
    Actor { kind: ActorKind::Service, id: source.to_owned() }
}

fn body<T: DeserializeOwned>(payload: &[u8]) -> Result<T, Problem> {
    StrictJson::read(payload).map(|StrictJson(body)| body)
}

fn addressed<Id, T>(payload: &[u8]) -> Result<Addressed<Id, T>, Problem>
where
    Id: Address + DeserializeOwned,
    T: DeserializeOwned,
{
    body(payload)
}
