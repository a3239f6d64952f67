//! Going on with a data file that has fewer events than were acknowledged.

use std::path::{Path, PathBuf};

use crate::acknowledged::Acknowledged;
use crate::database;
use crate::error::StartError;
use crate::folder::DataFolder;

/// A data folder that no node uses, and how its events compare with what was acknowledged.
#[derive(Debug)]
pub struct Repair {
    acknowledged: Acknowledged,
    found: u64,
    folder: DataFolder,
}

impl Repair {
    /// Looks at a data folder. It blocks, and changes no event.
    pub fn look(data_dir: &Path) -> Result<Self, StartError> {
        let folder = DataFolder::open(data_dir)?;
        let acknowledged = folder.acknowledged()?;
        let connection = database::open_writer(&folder.data_file(), None)?;
        let found = database::last_position(&connection)
            .map_err(|source| database::explain(&folder.data_file(), source))?
            .unwrap_or(0);
        Ok(Self { acknowledged, found, folder })
    }

    /// The position of the last event that is there; 0 if there is none.
    pub const fn found(&self) -> u64 {
        self.found
    }

    /// The position up to which events were acknowledged, at least.
    pub const fn acknowledged(&self) -> u64 {
        self.acknowledged.position()
    }

    /// Whether events are missing at the end.
    pub const fn is_needed(&self) -> bool {
        self.found < self.acknowledged()
    }

    /// Gives up the events that are missing: the next start goes on after the last that is there.
    pub fn truncate(mut self) -> Result<(), StartError> {
        let path: PathBuf = self.folder.data_file();
        self.acknowledged.truncate(self.found).map_err(|source| StartError::Folder { path, source })
    }
}
