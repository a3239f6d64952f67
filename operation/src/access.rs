//! Which roles may use an operation.

use schemas::ActorKind;

/// The roles that may use an operation. The operation itself checks whose calendar or appointment it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access(&'static [ActorKind]);

impl Access {
    /// Settings of the whole agency, and administration.
    pub const ADMINISTRATION: Self = Self(&[ActorKind::Admin]);

    /// The list of agents: maintained by administrators, dispatchers and the CRM.
    pub const STAFF: Self = Self(&[ActorKind::Admin, ActorKind::Dispatcher, ActorKind::Service]);

    /// An agent's hours and blocks.
    pub const CALENDARS: Self = Self(&[ActorKind::Admin, ActorKind::Dispatcher, ActorKind::Agent]);

    /// Making appointments and holds.
    pub const BOOKING: Self = Self(&[
        ActorKind::Admin,
        ActorKind::Dispatcher,
        ActorKind::Agent,
        ActorKind::Chat,
        ActorKind::Service,
    ]);

    /// Changes of an appointment that its own lead may make too.
    pub const OWN_APPOINTMENT: Self = Self(&[
        ActorKind::Admin,
        ActorKind::Dispatcher,
        ActorKind::Agent,
        ActorKind::Chat,
        ActorKind::Service,
        ActorKind::Lead,
    ]);

    /// Changes of an appointment that only the agency may make: who has it, and whether it took place.
    pub const APPOINTMENTS: Self =
        Self(&[ActorKind::Admin, ActorKind::Dispatcher, ActorKind::Agent, ActorKind::Service]);

    /// Queries of agents, slots, calendars and appointments.
    pub const READING: Self = Self(&[
        ActorKind::Admin,
        ActorKind::Dispatcher,
        ActorKind::Agent,
        ActorKind::Chat,
        ActorKind::Auditor,
        ActorKind::Service,
    ]);

    /// The history of decisions: what was decided, by whom and why.
    pub const HISTORY: Self = Self(&[ActorKind::Admin, ActorKind::Dispatcher, ActorKind::Auditor]);

    /// The roles.
    pub const fn roles(self) -> &'static [ActorKind] {
        self.0
    }

    /// Whether this role is one of them.
    pub fn allows(self, role: ActorKind) -> bool {
        self.0.contains(&role)
    }
}
