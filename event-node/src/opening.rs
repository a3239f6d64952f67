//! Opens the files of a data folder, and looks at them before anything is served.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::acknowledged::Acknowledged;
use crate::database;
use crate::error::StartError;
use crate::folder::DataFolder;
use crate::reader::{Extent, verify};
use crate::writer::{Signals, Writer};

/// A start that takes longer says why.
const LONG_START: Duration = Duration::from_secs(2);

/// The open files of a node.
pub(crate) struct Opened {
    pub(crate) writer: Writer,
    /// The data file.
    pub(crate) path: PathBuf,
    pub(crate) acknowledged: Acknowledged,
}

/// Opens the files where blocking is allowed.
pub(crate) async fn open(
    data_dir: PathBuf,
    max_file_bytes: Option<u64>,
    signals: Signals,
) -> Result<Opened, StartError> {
    let shown = data_dir.clone();
    let mut opening = tokio::task::spawn_blocking(move || open_now(&data_dir, max_file_bytes, signals));
    let opened = if let Ok(opened) = tokio::time::timeout(LONG_START, &mut opening).await {
        opened
    } else {
        let bytes = DataFolder::stored_bytes(&shown);
        tracing::info!(bytes, "the data file is read as a whole, to see whether it is damaged");
        opening.await
    };
    opened.expect("opening the data file does not panic")
}

fn open_now(data_dir: &Path, max_file_bytes: Option<u64>, signals: Signals) -> Result<Opened, StartError> {
    let is_new = DataFolder::stored_bytes(data_dir) == 0;
    let folder = DataFolder::open(data_dir)?;
    let path = folder.data_file();
    if is_new {
        tracing::info!("{} is a new, empty store", path.display());
    }
    let acknowledged = folder.acknowledged()?;
    let connection = database::open_writer(&path, max_file_bytes)?;
    let Extent { last_position: found, .. } =
        verify(&connection, &mut |_| {}).map_err(|detail| database::damaged(&path, detail))?;
    let explain = |source| database::explain(&path, source);
    if found < acknowledged.position() {
        return Err(StartError::Behind { path, found, acknowledged: acknowledged.position() });
    }
    if found > 0 && acknowledged.position() == 0 {
        tracing::warn!(
            "it is not known how far events were acknowledged, as {} is new or cannot be read: compare the last appointments with a backup",
            Acknowledged::FILE
        );
    }
    let writer = Writer::new(connection, folder, signals).map_err(explain)?;
    Ok(Opened { writer, path, acknowledged })
}
