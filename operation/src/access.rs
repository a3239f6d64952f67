use schemas::ActorKind;

/// Which roles may use an operation. Whose calendar or appointment it may be about is the operation's own question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access(&'static [ActorKind]);

impl Access {
    /// What holds for the whole agency.
    pub const ADMINISTRATION: Self = Self(&[ActorKind::Admin]);

    /// Who works here: kept by administrators and by the CRM.
    pub const STAFF: Self = Self(&[ActorKind::Admin, ActorKind::Dispatcher, ActorKind::Service]);

    /// An agent's hours and blocks.
    pub const CALENDARS: Self = Self(&[ActorKind::Admin, ActorKind::Dispatcher, ActorKind::Agent]);

    /// Making an appointment, and what leads to one.
    pub const BOOKING: Self = Self(&[
        ActorKind::Admin,
        ActorKind::Dispatcher,
        ActorKind::Agent,
        ActorKind::Chat,
        ActorKind::Service,
    ]);

    /// What a lead may do with its own appointment, too.
    pub const OWN_APPOINTMENT: Self = Self(&[
        ActorKind::Admin,
        ActorKind::Dispatcher,
        ActorKind::Agent,
        ActorKind::Chat,
        ActorKind::Service,
        ActorKind::Lead,
    ]);

    /// What only those who work here can say of an appointment: who has it, and whether it took place.
    pub const APPOINTMENTS: Self =
        Self(&[ActorKind::Admin, ActorKind::Dispatcher, ActorKind::Agent, ActorKind::Service]);

    /// Looking things up.
    pub const READING: Self = Self(&[
        ActorKind::Admin,
        ActorKind::Dispatcher,
        ActorKind::Agent,
        ActorKind::Chat,
        ActorKind::Auditor,
        ActorKind::Service,
    ]);

    /// What was decided, by whom and why.
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
