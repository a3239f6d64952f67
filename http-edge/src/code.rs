use actix_web::http::StatusCode;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $status:ident, $title:literal;)+) => {
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

            /// The HTTP status.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
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
    MalformedRequest = "malformed_request", BAD_REQUEST, "The request is not of the documented form";
    /// Hours that make no sense.
    InvalidRule = "invalid_rule", BAD_REQUEST, "The availability rule is not valid";
    /// An appointment type that makes no sense.
    InvalidType = "invalid_type", BAD_REQUEST, "The appointment type is not valid";
    /// No or unknown credentials.
    Unauthenticated = "unauthenticated", UNAUTHORIZED, "A valid bearer token is required";
    /// Known, but not allowed.
    Forbidden = "forbidden", FORBIDDEN, "This role may not do that";
    /// No such address.
    NotFound = "not_found", NOT_FOUND, "There is nothing at this address";
    /// No such agent.
    UnknownAgent = "unknown_agent", NOT_FOUND, "There is no such agent";
    /// No such appointment type.
    UnknownAppointmentType = "unknown_appointment_type", NOT_FOUND, "There is no such appointment type";
    /// No such appointment.
    AppointmentNotFound = "appointment_not_found", NOT_FOUND, "There is no such appointment";
    /// No such rule.
    RuleNotFound = "rule_not_found", NOT_FOUND, "There is no such availability rule";
    /// No such exception.
    ExceptionNotFound = "exception_not_found", NOT_FOUND, "That date has no exception";
    /// No such block.
    BlockNotFound = "block_not_found", NOT_FOUND, "There is no such block";
    /// No such hold.
    HoldNotFound = "hold_not_found", NOT_FOUND, "There is no such hold";
    /// The address exists, the method does not.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "This address does not take that method";
    /// Registered already.
    AgentExists = "agent_exists", CONFLICT, "The agent is registered already";
    /// Takes no appointments any more.
    AgentInactive = "agent_inactive", CONFLICT, "The agent takes no appointments";
    /// Deactivation would strand appointments.
    AgentHasUpcomingAppointments = "agent_has_upcoming_appointments", CONFLICT,
        "The agent still has upcoming appointments";
    /// Cannot be booked.
    SlotUnavailable = "slot_unavailable", CONFLICT, "That time cannot be booked";
    /// The hold has ended.
    HoldExpired = "hold_expired", CONFLICT, "The hold has expired";
    /// Too many holds.
    HoldLimit = "hold_limit", CONFLICT, "The lead holds as many slots as the office allows";
    /// Not possible from the appointment's status.
    InvalidTransition = "invalid_transition", CONFLICT, "The appointment's status does not allow that";
    /// Not before the appointment's start.
    NotStarted = "not_started", CONFLICT, "The appointment has not started yet";
    /// Appointments stand in the way.
    BlockOverlapsAppointments = "block_overlaps_appointments", CONFLICT, "Appointments overlap the block";
    /// The calendar holds as much as one stream should.
    CalendarFull = "calendar_full", CONFLICT, "The calendar has no room for another entry of this kind";
    /// `If-Match` does not match.
    StaleVersion = "stale_version", PRECONDITION_FAILED, "The version has changed";
    /// Body too large.
    PayloadTooLarge = "payload_too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    /// Same key, other content.
    IdempotencyMismatch = "idempotency_mismatch", UNPROCESSABLE_ENTITY,
        "The idempotency key was used for another request";
    /// A wall-clock time that does not exist, or exists twice.
    InvalidTime = "invalid_time", UNPROCESSABLE_ENTITY, "That wall-clock time is not one point in time";
    /// A bug or a broken part; the log has it all.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong here";
    /// More than can be worked on now.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "Too busy right now";
    /// The event store cannot be reached.
    StoreUnavailable = "store_unavailable", SERVICE_UNAVAILABLE, "The event store cannot be reached right now";
    /// Cannot be told whether it happened.
    OutcomeUnknown = "outcome_unknown", SERVICE_UNAVAILABLE, "Whether it was done is not known yet";
    /// The projection has not reached the position asked for.
    Behind = "behind", SERVICE_UNAVAILABLE, "The answer is not as new as asked for yet";
    /// Starting or stopping.
    NotReady = "not_ready", SERVICE_UNAVAILABLE, "Not ready yet";
}
