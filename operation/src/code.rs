//! The codes of problem documents, with their statuses and titles.

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $status:literal, $title:literal;)+) => {
        /// Every way in which a request can fail, each with one status.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $variant,)+
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The `code` member of the problem document.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The `status` member: the HTTP status, also for requests that came another way.
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
    /// Invalid hours.
    InvalidRule = "invalid_rule", 400, "The availability rule is not valid";
    /// An invalid appointment type.
    InvalidType = "invalid_type", 400, "The appointment type is not valid";
    /// No or unknown credentials.
    Unauthenticated = "unauthenticated", 401, "A valid bearer token is required";
    /// Authenticated, but not allowed.
    Forbidden = "forbidden", 403, "This role may not do that";
    /// No such path.
    NotFound = "not_found", 404, "There is nothing at this path";
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
    /// No such bulk move.
    MoveNotFound = "move_not_found", 404, "There is no such bulk move";
    /// Never registered, and never booked.
    LeadNotFound = "lead_not_found", 404, "There is no such lead";
    /// The path exists, but not with this method.
    MethodNotAllowed = "method_not_allowed", 405, "This path does not support that method";
    /// Already registered.
    AgentExists = "agent_exists", 409, "The agent is registered already";
    /// Deactivated.
    AgentInactive = "agent_inactive", 409, "The agent takes no appointments";
    /// Deactivation would leave upcoming appointments behind.
    AgentHasUpcomingAppointments = "agent_has_upcoming_appointments", 409,
        "The agent still has upcoming appointments";
    /// Cannot be booked.
    SlotUnavailable = "slot_unavailable", 409, "That time cannot be booked";
    /// Another appointment of the lead is at that time.
    LeadHasAppointment = "lead_has_appointment", 409, "The lead has an appointment at that time";
    /// The lead has an appointment of that type for that property.
    AlreadyScheduled = "already_scheduled", 409,
        "The lead has an upcoming appointment of this type for this property";
    /// The hold has ended.
    HoldExpired = "hold_expired", 409, "The hold has expired";
    /// Too many holds.
    HoldLimit = "hold_limit", 409, "The lead holds as many slots as the office allows";
    /// Not possible from the appointment's status.
    InvalidTransition = "invalid_transition", 409, "The appointment's status does not allow that";
    /// Not before the appointment's start.
    NotStarted = "not_started", 409, "The appointment has not started yet";
    /// No reactor of that name runs in this process.
    UnknownReactor = "unknown_reactor", 404, "No such reactor runs in this process";
    /// The stream is not parked, or at another event.
    StreamNotParked = "stream_not_parked", 409, "The stream is not parked at that event";
    /// Appointments overlap the block.
    BlockOverlapsAppointments = "block_overlaps_appointments", 409, "Appointments overlap the block";
    /// The calendar has reached the limit for this kind of entry.
    CalendarFull = "calendar_full", 409, "The calendar has no room for another entry of this kind";
    /// The request did not arrive in time.
    RequestTimeout = "request_timeout", 408, "The request took too long to arrive";
    /// `If-Match` does not match.
    StaleVersion = "stale_version", 412, "The version has changed";
    /// Body too large.
    PayloadTooLarge = "payload_too_large", 413, "The body is too large";
    /// The head of the request is too large.
    HeadersTooLarge = "headers_too_large", 431, "The headers are too large";
    /// Same key, other content.
    IdempotencyMismatch = "idempotency_mismatch", 422,
        "The idempotency key was used for another request";
    /// A wall-clock time that does not exist, or exists twice.
    InvalidTime = "invalid_time", 422, "That wall-clock time does not exist or is ambiguous";
    /// A bug or a broken component; the log has the details.
    Internal = "internal", 500, "Internal error";
    /// More requests than can be handled now.
    Overloaded = "overloaded", 503, "The service is overloaded right now";
    /// The event store cannot be reached.
    StoreUnavailable = "store_unavailable", 503, "The event store cannot be reached right now";
    /// The event store cannot write.
    StorageFull = "storage_full", 503, "The disk of the event store is full";
    /// It is unknown whether the command was carried out.
    OutcomeUnknown = "outcome_unknown", 503, "The outcome is not known yet";
    /// The projection has not reached the position asked for.
    Behind = "behind", 503, "The requested position is not reached yet";
    /// Starting or stopping.
    NotReady = "not_ready", 503, "Not ready yet";
}

impl Code {
    /// Whether any operation can return it, so that none has to declare it.
    pub const fn is_common(self) -> bool {
        matches!(
            self,
            Self::MalformedRequest
                | Self::Unauthenticated
                | Self::Forbidden
                | Self::StaleVersion
                | Self::PayloadTooLarge
                | Self::RequestTimeout
                | Self::IdempotencyMismatch
                | Self::Internal
                | Self::Overloaded
                | Self::StoreUnavailable
                | Self::StorageFull
                | Self::OutcomeUnknown
                | Self::Behind
                | Self::NotReady
        )
    }
}
