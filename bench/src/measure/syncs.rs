//! The rate at which the disk can sync a page.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

/// A page of the event store's file.
const PAGE: usize = 4096;

/// The length of the event store's WAL file at a checkpoint.
const PAGES: u64 = 2048;

/// How often a second a page can be overwritten and synced, one after the other.
///
/// The file has its full length from the start, like a WAL file that is reused: a sync only writes the page, so this
/// is the upper bound of the disk.
pub(crate) fn rate(folder: &Path, duration: Duration) -> Result<f64> {
    let file =
        File::options().read(true).write(true).create(true).truncate(false).open(folder.join("syncs"))?;
    let page = [7_u8; PAGE];
    if file.metadata()?.len() < PAGES * PAGE as u64 {
        for number in 0..PAGES {
            file.write_all_at(&page, number * PAGE as u64)?;
        }
        file.sync_all()?;
    }
    let started = Instant::now();
    let mut syncs = 0_u32;
    while started.elapsed() < duration {
        file.write_all_at(&page, u64::from(syncs) % PAGES * PAGE as u64)?;
        file.sync_data()?;
        syncs += 1;
    }
    Ok(f64::from(syncs) / started.elapsed().as_secs_f64())
}
