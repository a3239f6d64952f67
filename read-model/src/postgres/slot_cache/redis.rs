use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ErrorKind, RedisError, Script, ServerErrorKind, cmd};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::breaker::{Admission, Breaker, Change};
use super::entry::MARK;
use super::settings::RedisSettings;
use super::usage::Usage;

/// How long connecting may take. It continues when the query that started it stops waiting.
const CONNECTING: Duration = Duration::from_secs(5);

/// Entries expire after a day: by then their first day is over.
const SECONDS_KEPT: u64 = 24 * 60 * 60;

/// How many entries one call of the script writes, during which Redis serves no other client.
const AT_ONCE: usize = 250;

/// Stores each value unless one of a later order is there. An entry is a marker of four bytes, then the order, read as
/// four 32-bit integers because Lua's numbers have only 53 bits. What is not an entry comes before all others.
const PUT: &str = r"
local function order(bytes)
    if type(bytes) == 'string' and #bytes >= 20 and string.sub(bytes, 1, 4) == ARGV[2] then
        return {struct.unpack('>I4I4I4I4', bytes, 5)}
    end
    return {-1}
end
local function is_before(one, other)
    for part = 1, math.min(#one, #other) do
        if one[part] ~= other[part] then
            return one[part] < other[part]
        end
    end
    return false
end
for at, key in ipairs(KEYS) do
    local new, kept = ARGV[at + 2], redis.pcall('GETRANGE', key, 0, 19)
    if not is_before(order(new), order(kept)) then
        redis.call('SET', key, new, 'EX', ARGV[1])
    end
end
";

/// A cache in Redis, shared by all processes that use the same server. Clones share their connection.
#[derive(Debug, Clone)]
pub struct RedisSlotCache(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: RedisSettings,
    put: Script,
    link: Mutex<Link>,
    breaker: Breaker,
    usage: Usage,
    /// Runs connections, which outlive the query that needed one first.
    runtime: Handle,
}

enum Link {
    Down,
    Connecting,
    Up(MultiplexedConnection),
}

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Read,
    Write,
    /// To find out whether Redis can be used again: a write, because a server that is full, or became a replica, goes on
    /// answering reads.
    Trial,
}

/// Why a call returned nothing.
enum Fault {
    /// Another query is connecting.
    Skipped,
    TooSlow,
    Failed(RedisError),
}

impl RedisSlotCache {
    /// Connects when it is first used. Must be called within a tokio runtime.
    pub fn new(settings: RedisSettings) -> Self {
        metrics::gauge!("slot_cache_breaker_open").set(0.0);
        Self(Arc::new(Inner {
            breaker: Breaker::new(settings.pause),
            put: Script::new(PUT),
            link: Mutex::new(Link::Down),
            usage: Usage::new("redis"),
            runtime: Handle::current(),
            settings,
        }))
    }

    /// None if Redis is unavailable.
    pub(super) async fn get(&self, keys: &[String]) -> Option<Vec<Option<Vec<u8>>>> {
        let mut get = cmd("MGET");
        get.arg(keys);
        let got =
            self.0.call(Purpose::Read, async |mut connection| get.query_async(&mut connection).await).await;
        got.filter(|values: &Vec<_>| values.len() == keys.len())
    }

    pub(super) async fn put(&self, entries: &[(String, Vec<u8>)]) {
        for some in entries.chunks(AT_ONCE) {
            let put = async |mut connection| {
                let mut put = self.0.put.prepare_invoke();
                put.arg(SECONDS_KEPT).arg(&MARK[..]);
                for (key, bytes) in some {
                    put.key(key).arg(&bytes[..]);
                }
                put.invoke_async(&mut connection).await
            };
            if self.0.call::<()>(Purpose::Write, put).await.is_none() {
                return;
            }
        }
    }

    pub(super) fn usage(&self) -> &Usage {
        &self.0.usage
    }
}

impl Inner {
    /// The call's result; none if it cannot be made, fails, or takes too long.
    async fn call<T>(
        self: &Arc<Self>,
        purpose: Purpose,
        call: impl AsyncFnOnce(MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Option<T> {
        match self.breaker.admits() {
            Admission::Granted => {}
            Admission::AfterTrial => self.attempt(Purpose::Trial, write_on_trial).await?,
            Admission::Denied => return None,
        }
        self.attempt(purpose, call).await
    }

    async fn attempt<T>(
        self: &Arc<Self>,
        purpose: Purpose,
        call: impl AsyncFnOnce(MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Option<T> {
        let called = async {
            let connection = self.connection().await?;
            call(connection).await.map_err(Fault::Failed)
        };
        let answered = timeout(self.settings.timeout_after, called).await.unwrap_or(Err(Fault::TooSlow));
        match answered {
            Ok(answer) => {
                if purpose == Purpose::Trial {
                    self.noted(self.breaker.trial_succeeded(), "");
                } else {
                    self.breaker.succeeded();
                }
                return Some(answer);
            }
            Err(Fault::Skipped) => {}
            Err(Fault::TooSlow) => {
                self.connect_again();
                self.failed("it took too long");
            }
            Err(Fault::Failed(error)) => self.answered_with(&error, purpose),
        }
        None
    }

    fn answered_with(&self, error: &RedisError, purpose: Purpose) {
        // What the server itself answers begins with a code.
        let is_refusal = error.code().is_some();
        // Otherwise the connection may be at fault; from a server that became a replica, a new one may reach another.
        if !is_refusal || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly) {
            self.connect_again();
        }
        if is_refusal && purpose != Purpose::Read {
            self.usage.write_refused();
            self.noted(self.breaker.refused(), &error.to_string());
        } else {
            self.failed(&error.to_string());
        }
    }

    fn failed(&self, reason: &str) {
        self.usage.failed();
        self.noted(self.breaker.failed(), reason);
    }

    /// Has the next call make another connection.
    fn connect_again(&self) {
        let mut link = self.link();
        if matches!(*link, Link::Up(_)) {
            *link = Link::Down;
        }
    }

    fn noted(&self, change: Change, reason: &str) {
        let gauge = metrics::gauge!("slot_cache_breaker_open");
        match change {
            Change::None => {}
            Change::Opened => {
                gauge.set(1.0);
                let retry_in = self.settings.pause;
                tracing::warn!(reason, ?retry_in, "Redis fails: slots are computed without it meanwhile");
            }
            Change::Closed => {
                gauge.set(0.0);
                tracing::info!("Redis can be used again");
            }
        }
    }

    async fn connection(self: &Arc<Self>) -> Result<MultiplexedConnection, Fault> {
        let connecting = {
            let mut link = self.link();
            match &*link {
                Link::Up(connection) => return Ok(connection.clone()),
                Link::Connecting => return Err(Fault::Skipped),
                Link::Down => {
                    *link = Link::Connecting;
                    self.connect()
                }
            }
        };
        match connecting.await {
            Ok(connected) => connected.map_err(Fault::Failed),
            // The process is about to end.
            Err(_) => Err(Fault::Skipped),
        }
    }

    fn connect(self: &Arc<Self>) -> JoinHandle<Result<MultiplexedConnection, RedisError>> {
        let inner = Arc::clone(self);
        self.runtime.spawn(async move {
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(CONNECTING))
                // Every call has its own timeout.
                .set_response_timeout(None);
            let connected = inner.settings.client.get_multiplexed_async_connection_with_config(&config).await;
            *inner.link() = connected.as_ref().map_or(Link::Down, |connection| Link::Up(connection.clone()));
            connected
        })
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        // The link changes in one step, so a panic elsewhere cannot corrupt it.
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write_on_trial(mut connection: MultiplexedConnection) -> Result<(), RedisError> {
    cmd("SET").arg("citas:trial").arg("").arg("PX").arg(1_000).query_async(&mut connection).await
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Down => "Down",
            Self::Connecting => "Connecting",
            Self::Up(_) => "Up",
        })
    }
}
