/// Why the event store does not do what it was asked, for readiness and for the choice of what to do next.
///
/// The text of a [`Fault`](crate::Fault) has the particulars: which server, which user, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The user or the password of the connection string is not the server's.
    WrongPassword,
    /// The user may not do this.
    NoRight,
    /// The server's certificate comes from no known authority, has expired, or is another server's.
    UnknownCertificate,
    /// The connection string asks for TLS, and the server has none.
    NotTls,
    /// What answers is no event store, or expects TLS and is not given any.
    NotUnderstood,
    /// Something that the connection string names cannot be used, such as the file of certificates.
    Settings,
    /// The position to begin at is no record of this store's: the store was replaced, or another one is named.
    UnknownPosition,
    /// The log is not the one that was read so far; see [`EventStore::expect`](crate::EventStore::expect).
    OtherLog,
    /// No connection can be established, or it was lost.
    Unreachable,
    /// Nothing answers in time.
    Silent,
    /// The cluster has no leader at present, or the node that was asked does not know it.
    NoLeader,
    /// The server has more to do than it takes on.
    TooBusy,
    /// The server's disk is full.
    StorageFull,
    /// Anything else.
    Other,
}

impl Cause {
    /// Whether it lasts until somebody changes something: neither waiting nor another try helps.
    pub const fn needs_operator(self) -> bool {
        match self {
            Self::WrongPassword
            | Self::NoRight
            | Self::UnknownCertificate
            | Self::NotTls
            | Self::NotUnderstood
            | Self::Settings
            | Self::UnknownPosition
            | Self::OtherLog => true,
            Self::Unreachable
            | Self::Silent
            | Self::NoLeader
            | Self::TooBusy
            | Self::StorageFull
            | Self::Other => false,
        }
    }

    /// A short name for a metric's label or a field of a log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WrongPassword => "wrong_password",
            Self::NoRight => "no_right",
            Self::UnknownCertificate => "unknown_certificate",
            Self::NotTls => "not_tls",
            Self::NotUnderstood => "not_understood",
            Self::Settings => "settings",
            Self::UnknownPosition => "unknown_position",
            Self::OtherLog => "other_log",
            Self::Unreachable => "unreachable",
            Self::Silent => "silent",
            Self::NoLeader => "no_leader",
            Self::TooBusy => "too_busy",
            Self::StorageFull => "storage_full",
            Self::Other => "other",
        }
    }
}
