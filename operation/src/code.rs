macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $status:literal, $title:literal;)+) => {
        /// Every way in which a request can fail, with the one status it answers with.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $variant,)+
        }

        impl Code {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The `code` member of the problem document.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The `status` member: the class of failure by its number in HTTP, whichever way the request came.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }

            /// The `title` member: what the code means, the same for every occurrence.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }
        }
    };
}

codes! {
    /// Not of the documented form.
    MalformedRequest = "malformed_request", 400, "The request is not of the documented form";
    /// Hours that make no sense.
    InvalidRule = "invalid_rule", 400, "The availability rule is not valid";
    /// An appointment type that makes no sense.
    InvalidType = "invalid_type", 400, "The appointment type is not valid";
    /// No or unknown credentials.
    Unauthenticated = "unauthenticated", 401, "A valid bearer token is required";
    /// Known, but not allowed.
    Forbidden = "forbidden", 403, "This role may not do that";
    /// No such address.
    NotFound = "not_found", 404, "There is nothing at this address";
    /// No such agent.
    UnknownAgent = "unknown_agent", 404, "There is no such agent";
    /// No such appointment type.
    UnknownAppointmentType = "unknown_appointment_type", 404, "There is no such appointment type";
    /// No such appointment.
    AppointmentNotFound = "appointment_not_found", 404, "There is no such appointment";
    /// No such rule.
    RuleNotFound = "rule_not_found", 404, "There is no such availability rule";
    /// No such exception.
    ExceptionNotFound = "exception_not_found", 404, "That date has no exception";
    /// No such block.
    BlockNotFound = "block_not_found", 404, "There is no such block";
    /// No such hold.
    HoldNotFound = "hold_not_found", 404, "There is no such hold";
    /// The address exists, the method does not.
    MethodNotAllowed = "method_not_allowed", 405, "This address does not take that method";
    /// Registered already.
    AgentExists = "agent_exists", 409, "The agent is registered already";
    /// Takes no appointments any more.
    AgentInactive = "agent_inactive", 409, "The agent takes no appointments";
    /// Deactivation would strand appointments.
    AgentHasUpcomingAppointments = "agent_has_upcoming_appointments", 409,
        "The agent still has upcoming appointments";
    /// Cannot be booked.
    SlotUnavailable = "slot_unavailable", 409, "That time cannot be booked";
    /// The hold has ended.
    HoldExpired = "hold_expired", 409, "The hold has expired";
    /// Too many holds.
    HoldLimit = "hold_limit", 409, "The lead holds as many slots as the office allows";
    /// Not possible from the appointment's status.
    InvalidTransition = "invalid_transition", 409, "The appointment's status does not allow that";
    /// Not before the appointment's start.
    NotStarted = "not_started", 409, "The appointment has not started yet";
    /// Nothing of that name follows the log here.
    UnknownReactor = "unknown_reactor", 404, "No such reactor runs in this process";
    /// Nothing waits there, or at another event.
    StreamNotParked = "stream_not_parked", 409, "The stream is not parked there";
    /// Appointments stand in the way.
    BlockOverlapsAppointments = "block_overlaps_appointments", 409, "Appointments overlap the block";
    /// The calendar holds as much as one stream should.
    CalendarFull = "calendar_full", 409, "The calendar has no room for another entry of this kind";
    /// `If-Match` does not match.
    StaleVersion = "stale_version", 412, "The version has changed";
    /// Body too large.
    PayloadTooLarge = "payload_too_large", 413, "The body is too large";
    /// Same key, other content.
    IdempotencyMismatch = "idempotency_mismatch", 422,
        "The idempotency key was used for another request";
    /// A wall-clock time that does not exist, or exists twice.
    InvalidTime = "invalid_time", 422, "That wall-clock time is not one point in time";
    /// A bug or a broken part; the log has it all.
    Internal = "internal", 500, "Something went wrong here";
    /// More than can be worked on now.
    Overloaded = "overloaded", 503, "Too busy right now";
    /// The event store cannot be reached.
    StoreUnavailable = "store_unavailable", 503, "The event store cannot be reached right now";
    /// Cannot be told whether it happened.
    OutcomeUnknown = "outcome_unknown", 503, "Whether it was done is not known yet";
    /// The projection has not reached the position asked for.
    Behind = "behind", 503, "The answer is not as new as asked for yet";
    /// Starting or stopping.
    NotReady = "not_ready", 503, "Not ready yet";
}

impl Code {
    /// Whether any operation can answer it, so that none has to declare it.
    pub const fn is_common(self) -> bool {
        matches!(
            self,
            Self::MalformedRequest
                | Self::Unauthenticated
                | Self::Forbidden
                | Self::StaleVersion
                | Self::PayloadTooLarge
                | Self::IdempotencyMismatch
                | Self::Internal
                | Self::Overloaded
                | Self::StoreUnavailable
                | Self::OutcomeUnknown
                | Self::Behind
                | Self::NotReady
        )
    }
}
