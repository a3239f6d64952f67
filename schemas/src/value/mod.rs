//! The value objects that events, commands and answers share.

mod agent;
mod appointment;
mod appointment_snapshot;
mod appointment_type;
mod availability_rule;
mod block;
mod forced_rule;
mod kept_time;
mod lead;
mod local_interval;
mod office;
mod outcome;
mod part_of_day;
mod planned_visit;
mod requested_by;
pub(crate) mod stored;

pub use agent::AgentProfile;
pub use appointment::{AppointmentStatus, CancellationCause, LeadContact, LocationSource};
pub use appointment_snapshot::{AppointmentReceipt, AppointmentSnapshot, AppointmentTerms};
pub use appointment_type::{AppointmentType, LocationKind};
pub use availability_rule::{AvailabilityRule, DateException};
pub use block::{Block, BlockSource, MovedOccurrence, OccurrenceException};
pub use forced_rule::ForcedRule;
pub use kept_time::KeptTime;
pub use lead::{ConsentPurpose, ContactChannel, LeadProfile};
pub use local_interval::LocalInterval;
pub use office::OfficePolicy;
pub use outcome::{AppointmentDetail, NoShowBy, Outcome};
pub use part_of_day::{PartOfDay, PartsOfDay};
pub use planned_visit::{NotMovedBecause, OtherSlot, PlannedVisit};
pub use requested_by::RequestedBy;
