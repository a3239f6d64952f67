//! The load generator: clients that each send the next request as soon as the last is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;

/// Lets connections, caches and branch predictors settle first; not counted.
const WARM_UP: Duration = Duration::from_millis(300);

/// A client that sends one request after another.
pub(crate) trait Client: Send + 'static {
    /// One request with its reply. A failure ends the measurement.
    fn once(&mut self) -> impl Future<Output = Result<()>> + Send;
}

/// The requests a second that are answered, over all clients.
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
        let count = u32::try_from(count).expect("a measurement has fewer than 2^32 replies");
        f64::from(count) / started.elapsed().as_secs_f64()
    };
    let rate = tokio::select! {
        rate = window => rate,
        // Before it is stopped, a client only ends if it fails.
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
