//! Clients that each send the next request as soon as the last is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

/// Connections, caches and branch predictors settle meanwhile; nothing of it is counted.
const WARM_UP: Duration = Duration::from_millis(300);

/// One that asks and waits, again and again.
pub(crate) trait Client: Send + 'static {
    /// One request with its reply. A failure ends the measurement.
    fn once(&mut self) -> impl Future<Output = Result<()>> + Send;
}

/// How many requests a second the clients get answered together.
pub(crate) async fn rate<C: Client>(clients: Vec<C>, duration: Duration) -> Result<f64> {
    let answered = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    for mut client in clients {
        let (answered, stop) = (Arc::clone(&answered), Arc::clone(&stop));
        tasks.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                client.once().await?;
                answered.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    let window = async {
        tokio::time::sleep(WARM_UP).await;
        let (from, started) = (answered.load(Ordering::Relaxed), Instant::now());
        tokio::time::sleep(duration).await;
        let count = answered.load(Ordering::Relaxed) - from;
        let count = u32::try_from(count).expect("seconds do not see four thousand million replies");
        f64::from(count) / started.elapsed().as_secs_f64()
    };
    let rate = tokio::select! {
        rate = window => rate,
        // Clients only end before they are told to when one fails.
        Some(ended) = tasks.join_next() => {
            ended??;
            anyhow::bail!("a client ended by itself");
        }
    };
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(rate)
}
