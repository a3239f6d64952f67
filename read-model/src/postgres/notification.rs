//! What those who watch the tables are notified of.

use sqlx::PgConnection;

const LOOK_AGAIN: &str = "look again";

/// A message on the channel, sent in the transaction that makes the change.
#[derive(Debug, Clone, Copy)]
pub(super) enum Notification {
    /// The tables are at this position.
    Position(u64),
    /// Something else has changed.
    LookAgain,
}

/// Notifies all listeners, once the transaction is committed.
pub(super) async fn notify(
    connection: &mut PgConnection,
    channel: &str,
    notification: Notification,
) -> Result<(), sqlx::Error> {
    let payload = match notification {
        Notification::Position(position) => position.to_string(),
        Notification::LookAgain => LOOK_AGAIN.to_owned(),
    };
    sqlx::query("SELECT pg_notify($1, $2)").bind(channel).bind(payload).execute(connection).await?;
    Ok(())
}
