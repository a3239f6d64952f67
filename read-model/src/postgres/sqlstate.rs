//! The server's codes for errors that are told apart.

/// A lock that was not acquired in time.
pub(super) const LOCK_NOT_AVAILABLE: &str = "55P03";

/// A table that does not exist.
pub(super) const UNDEFINED_TABLE: &str = "42P01";

/// Whether the server reports this SQLSTATE.
pub(super) fn is(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|found| found == code)
}
