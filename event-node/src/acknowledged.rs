//! How far events were acknowledged, in a file of its own, so that a start notices that the data file has fewer.
//!
//! No acknowledgement waits for this file: it is written once a second at most, and may be that far behind. Two copies are
//! written in turn, each in a block of its own, so that a write that is interrupted leaves the other.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use crate::private_file::open_private;

/// How far behind the file may be.
const RECORDED_EVERY: Duration = Duration::from_secs(1);
const COPIES: u64 = 2;
/// A copy begins at a multiple of this.
const BLOCK_BYTES: u64 = 4_096;
/// More than a copy takes.
const READ_BYTES: usize = 128;

#[derive(Debug)]
pub(crate) struct Acknowledged {
    file: File,
    /// The greatest position in it; 0 in a new file.
    position: u64,
    next_copy: u64,
}

impl Acknowledged {
    pub(crate) const FILE: &str = "events.acknowledged";

    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(Self::FILE);
        let is_new = !path.exists();
        let file = open_private(&path)?;
        if is_new {
            // Otherwise a power cut may lose the file, however well it is synced.
            File::open(folder)?.sync_all()?;
        }
        Self::with(file)
    }

    /// The position in a folder that is not written to; 0 if none is known.
    pub(crate) fn read(folder: &Path) -> io::Result<u64> {
        match File::open(folder.join(Self::FILE)) {
            Ok(file) => Ok(Self::with(file)?.position),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    fn with(file: File) -> io::Result<Self> {
        let mut copies = Vec::new();
        for copy in 0..COPIES {
            copies.push((read_copy(&file, copy)?, copy));
        }
        let (position, newest) = copies.into_iter().max().unwrap_or_default();
        if position.is_none() && file.metadata()?.len() > 0 {
            tracing::warn!(
                "{} cannot be understood: it is not known how far events were acknowledged",
                Self::FILE
            );
        }
        Ok(Self { file, position: position.unwrap_or(0), next_copy: (newest + 1) % COPIES })
    }

    /// The position up to which events were acknowledged, at least.
    pub(crate) const fn position(&self) -> u64 {
        self.position
    }

    pub(crate) fn write(&mut self, position: u64) -> io::Result<()> {
        if position == self.position {
            return Ok(());
        }
        self.file.write_all_at(encode(position).as_bytes(), self.next_copy * BLOCK_BYTES)?;
        self.file.sync_data()?;
        self.position = position;
        self.next_copy = (self.next_copy + 1) % COPIES;
        Ok(())
    }

    /// Forgets a greater position that was acknowledged: what is missing is given up.
    pub(crate) fn truncate(&mut self, position: u64) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.sync_data()?;
        self.write(position)
    }
}

/// Writes down how far events are acknowledged, until the node closes.
pub(crate) async fn record(
    mut acknowledged: Acknowledged,
    mut tail: watch::Receiver<u64>,
    mut closing: watch::Receiver<bool>,
) -> Acknowledged {
    let closed = async move { drop(closing.wait_for(|closing| *closing).await) };
    let mut closed = std::pin::pin!(closed);
    loop {
        let position = *tail.borrow_and_update();
        let writing = tokio::task::spawn_blocking(move || {
            let written = acknowledged.write(position);
            (acknowledged, written)
        });
        let written;
        (acknowledged, written) = writing.await.expect("writing down a number does not panic");
        if let Err(error) = written {
            tracing::warn!(%error, "how far events are acknowledged cannot be written");
        }
        let next = async {
            tokio::time::sleep(RECORDED_EVERY).await;
            tail.changed().await.is_ok()
        };
        tokio::select! {
            biased;
            () = &mut closed => return acknowledged,
            goes_on = next => if !goes_on { return acknowledged },
        }
    }
}

fn encode(position: u64) -> String {
    let text = format!("citas acknowledged {position:020}");
    format!("{text} {}\n", checksum(&text))
}

fn checksum(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest[..8].iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// None if the copy was never written, or not to its end.
fn read_copy(file: &File, copy: u64) -> io::Result<Option<u64>> {
    let mut bytes = [0; READ_BYTES];
    let length = file.read_at(&mut bytes, copy * BLOCK_BYTES)?;
    let text = String::from_utf8_lossy(&bytes[..length]);
    let line = text.split('\n').next().unwrap_or_default();
    let position = line.split(' ').nth(2).and_then(|position| position.parse().ok());
    Ok(position.filter(|position| encode(*position).trim_end() == line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(folder: &Path) -> u64 {
        Acknowledged::open(folder).unwrap().position()
    }

    #[test]
    fn the_greatest_position_is_read_back_and_a_torn_copy_leaves_the_other() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(position(folder.path()), 0);
        for (before, position_now) in [(0, 7), (7, 300), (300, 4_000)] {
            let mut acknowledged = Acknowledged::open(folder.path()).unwrap();
            assert_eq!(acknowledged.position(), before);
            acknowledged.write(position_now).unwrap();
        }
        assert_eq!(position(folder.path()), 4_000);
        // Whatever byte of the newest copy is not written: the other counts.
        let whole = std::fs::read(folder.path().join(Acknowledged::FILE)).unwrap();
        for at in 0..encode(4_000).len() - 1 {
            let mut torn = whole.clone();
            torn[at] ^= 1;
            std::fs::write(folder.path().join(Acknowledged::FILE), &torn).unwrap();
            assert_eq!(position(folder.path()), 300, "byte {at}");
        }
    }

    #[test]
    fn what_is_given_up_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let mut acknowledged = Acknowledged::open(folder.path()).unwrap();
        acknowledged.write(7).unwrap();
        acknowledged.write(9).unwrap();
        acknowledged.truncate(8).unwrap();
        assert_eq!((acknowledged.position(), position(folder.path())), (8, 8));
    }
}
