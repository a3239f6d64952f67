//! The statements on leases, each a transaction by itself.

use sqlx::PgConnection;
use uuid::Uuid;

use super::{DURATION, HolderProgress};
use crate::postgres::columns::{number, signed};

/// A lease that was taken.
pub(super) struct Taken {
    pub(super) token: u64,
    /// The process that held it before, if that has not released it. It may be this one.
    pub(super) former: Option<Uuid>,
}

/// Takes the lease, unless somebody holds it. A lease for longer than any lasts is none: the server's clock was set back.
pub(super) async fn take(
    connection: &mut PgConnection,
    name: &str,
    process: Option<Uuid>,
) -> Result<Option<Taken>, sqlx::Error> {
    let taken = sqlx::query!(
        r#"WITH former AS (SELECT holder FROM leases WHERE name = $1)
        INSERT INTO leases AS lease (name, holder, token, expires_at)
        SELECT $1, $2, 1, clock_timestamp() + make_interval(secs => $3)
        WHERE NOT EXISTS (
            SELECT FROM leases WHERE name = $1
                AND expires_at BETWEEN clock_timestamp() AND clock_timestamp() + make_interval(secs => 2 * $3))
        ON CONFLICT (name) DO UPDATE
            SET holder = excluded.holder, token = lease.token + 1, expires_at = excluded.expires_at, trouble = NULL
            WHERE NOT lease.expires_at
                BETWEEN clock_timestamp() AND clock_timestamp() + make_interval(secs => 2 * $3)
        RETURNING token, (SELECT holder FROM former) AS former"#,
        name,
        process,
        DURATION.as_secs_f64()
    );
    let taken = taken.fetch_optional(connection).await?;
    taken.map(|taken| Ok(Taken { token: number("token", taken.token)?, former: taken.former })).transpose()
}

/// Ends the sessions of a process but this one, and returns how many there were.
pub(super) async fn end_sessions(connection: &mut PgConnection, process: Uuid) -> Result<usize, sqlx::Error> {
    let ended = sqlx::query_scalar!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name LIKE '%-' || $1 AND pid <> pg_backend_pid()",
        process.to_string()
    );
    Ok(ended.fetch_all(connection).await?.len())
}

/// Renews a lease that was taken with this token. Returns false if it has expired or somebody else has taken it.
pub(super) async fn renew(
    connection: &mut PgConnection,
    name: &str,
    token: u64,
    progress: HolderProgress,
) -> Result<bool, sqlx::Error> {
    let HolderProgress { log_end, complete, trouble } = progress;
    let complete = complete.map(|ago| ago.as_secs_f64());
    let renewed = sqlx::query!(
        "UPDATE leases SET expires_at = clock_timestamp() + make_interval(secs => $3),
            log_end = COALESCE($4, log_end),
            complete_until = COALESCE(clock_timestamp() - make_interval(secs => $5), complete_until),
            trouble = $6
        WHERE name = $1 AND token = $2 AND clock_timestamp() < expires_at",
        name,
        signed(token),
        DURATION.as_secs_f64(),
        log_end.map(signed) as _,
        complete as _,
        trouble as _
    );
    Ok(renewed.execute(connection).await?.rows_affected() > 0)
}

/// Releases a lease that was taken with this token, if it still is.
pub(super) async fn release(
    connection: &mut PgConnection,
    name: &str,
    token: u64,
) -> Result<(), sqlx::Error> {
    let release = sqlx::query!(
        "UPDATE leases SET expires_at = LEAST(expires_at, clock_timestamp()), holder = NULL, trouble = NULL
        WHERE name = $1 AND token = $2",
        name,
        signed(token)
    );
    release.execute(connection).await.map(drop)
}
