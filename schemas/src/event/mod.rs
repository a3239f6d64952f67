//! The events: what has been decided, in the past tense.
//!
//! An event's type is its name here; its payload is the struct of that name as JSON; its payload's version is in the
//! metadata. Readers ignore members they do not know. A payload that changes its meaning gets the next version, and the
//! old version can still be decoded.

mod agent;
mod appointment;
mod bulk_move;
mod claim;
mod lead;
mod no_effect;
mod office;
mod published;
mod reservation;

use thiserror::Error;

pub use agent::{
    AgentDeactivated, AgentEvent, AgentProfileUpdated, AgentRegistered, AvailabilityRuleAdded,
    AvailabilityRuleRemoved, BlockChanged, DateExceptionRemoved, DateExceptionSet, ExternalBusyRecorded,
    ExternalBusyRemoved, HoldReleased, SlotHeld, TimeBlocked, TimeUnblocked, WeeklyHoursReplaced,
};
pub use appointment::{
    AppointmentBooked, AppointmentCancelled, AppointmentCompleted, AppointmentConfirmed,
    AppointmentDetailsChanged, AppointmentNoShow, AppointmentReinstated, AppointmentReleased,
    AppointmentRescheduled, OutcomeCorrected,
};
pub use bulk_move::{
    BulkMoveCompleted, BulkMoveEvent, BulkMoveStarted, BulkMoveUndoStarted, BulkMoveUndone, VisitMoved,
    VisitMovedBack, VisitNotMoved, VisitNotMovedBack,
};
pub use claim::{ClaimEvent, ClaimPassedOn, ClaimReleased, ClaimsClosed, CommandClaimed};
pub use lead::{ConsentGiven, ConsentWithdrawn, LeadEvent, LeadRegistered, LeadUpdated};
pub use no_effect::CommandHadNoEffect;
pub use office::{
    AppointmentTypeDefined, AppointmentTypeRetired, OfficeBlocked, OfficeEvent, OfficeHoursReplaced,
    OfficePolicySet, OfficeRuleAdded, OfficeRuleRemoved, OfficeUnblocked,
};
pub use reservation::{
    AppointmentHandedOver, AppointmentReceived, ReservationFenced, ReservationReleased, TimeReserved,
};

/// A stored event that this version of Citas cannot read.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// Written by a newer version.
    #[error(
        "event type {event_type} version {schema_version} is not known; run the version of Citas that wrote it, or a newer one"
    )]
    Unknown {
        /// The stored type.
        event_type: String,
        /// The stored version.
        schema_version: u16,
    },
    /// The payload does not match its schema.
    #[error("the payload of a stored {event_type} does not match its schema, at column {column}")]
    Payload {
        /// The stored type.
        event_type: &'static str,
        /// Where in its JSON. The value there is not quoted, since it may be personal.
        column: usize,
    },
}

/// Defines the enum of an aggregate's events, one variant for each payload struct, with the version written today.
macro_rules! event_enum {
    ($(#[$doc:meta])* $name:ident { $($payload:ident = $version:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name {
            $(#[doc = concat!("See [`", stringify!($payload), "`].")] $payload($payload),)+
        }

        impl $name {
            /// Every event type with the payload version that is written today.
            pub const TYPES: &[(&'static str, u16)] = &[$((stringify!($payload), $version)),+];

            /// The name under which it is stored.
            pub const fn event_type(&self) -> &'static str {
                match self { $(Self::$payload(_) => stringify!($payload),)+ }
            }

            /// The version of the payload that [`Self::payload`] writes.
            pub const fn schema_version(&self) -> u16 {
                match self { $(Self::$payload(_) => $version,)+ }
            }

            /// The payload as JSON.
            pub fn payload(&self) -> Vec<u8> {
                match self {
                    $(Self::$payload(payload) => {
                        serde_json::to_vec(payload).expect("payloads have text keys and finite numbers only")
                    })+
                }
            }

            /// Reads a stored event.
            pub fn decode(
                event_type: &str,
                schema_version: u16,
                payload: &[u8],
            ) -> Result<Self, $crate::event::DecodeError> {
                match (event_type, schema_version) {
                    $((stringify!($payload), $version) => $crate::stored_json::read(payload)
                        .map(Self::$payload)
                        .map_err(|error| $crate::event::DecodeError::Payload {
                            event_type: stringify!($payload),
                            column: error.column(),
                        }),)+
                    _ => Err($crate::event::DecodeError::Unknown {
                        event_type: event_type.to_owned(),
                        schema_version,
                    }),
                }
            }

            /// The JSON Schema of every payload written today, by event type and version.
            pub fn json_schemas() -> Vec<(&'static str, u16, schemars::Schema)> {
                vec![$((stringify!($payload), $version, schemars::schema_for!($payload))),+]
            }
        }

        $(impl From<$payload> for $name {
            fn from(payload: $payload) -> Self {
                Self::$payload(payload)
            }
        })+
    };
}
use event_enum;
