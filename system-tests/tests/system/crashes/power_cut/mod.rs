//! Power cuts: what was written and not synced is lost, or not, or in part, as on a disk with a cache.
//!
//! A preloaded library keeps a journal of writes and syncs. After the program was killed, the files are made what a power
//! cut might have left of them. That a file was created or renamed is taken to be stored at once.

mod journal;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use system_tests::{Launch, SeededRng};

use journal::{Change, Record, records};

/// A sector of a disk is written whole, or not at all.
const SECTOR: usize = 512;

/// The library, and where the running program keeps its journal.
pub(super) struct PowerCut {
    library: PathBuf,
    journal: PathBuf,
}

impl PowerCut {
    /// Builds the library in this folder.
    pub(super) fn in_folder(folder: &Path) -> Self {
        let library = folder.join("journal.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system/crashes/power_cut/journal.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl");
        assert!(compiler.status().expect("scripts/test installs a C compiler").success());
        Self { library, journal: folder.join("journal") }
    }

    /// A start with a new journal.
    pub(super) fn launch(&self, data: &Path) -> Launch {
        let _ = fs::remove_file(&self.journal);
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        // The journal names files as the system does.
        let folder = data.parent().unwrap().canonicalize().unwrap().join(data.file_name().unwrap());
        Launch::new(data)
            .variable("LD_PRELOAD", text(&self.library))
            .variable("CITAS_JOURNAL", text(&self.journal))
            .variable("CITAS_JOURNAL_OF", text(&folder))
    }

    /// Makes the files of the folder, whose program was killed, what the power cut left. Gives the number of writes lost.
    pub(super) fn strike(&self, data: &Path, dice: &mut SeededRng) -> usize {
        let journal = fs::read(&self.journal).unwrap();
        let mut unsynced: BTreeMap<String, Vec<Record>> = BTreeMap::new();
        for record in records(&journal) {
            let of_file = unsynced.entry(record.name.clone()).or_default();
            match record.change {
                Change::Synced { until } => of_file.retain(|earlier| earlier.place >= until),
                _ => of_file.push(record),
            }
        }
        let files = unsynced.into_iter().filter(|(name, _)| data.join(name).exists());
        files.map(|(name, records)| lose(&data.join(name), &records, dice)).sum()
    }
}

/// Undoes all of these changes, then does those again that the disk had stored.
fn lose(file: &Path, unsynced: &[Record], dice: &mut SeededRng) -> usize {
    let mut content = fs::read(file).unwrap();
    for record in unsynced.iter().rev() {
        record.undo(&mut content);
    }
    // None, each or not, or all up to some point of time.
    let (by_chance, stored) = (dice.one_in(3), dice.below(unsynced.len() + 1));
    let mut lost = 0;
    for (number, record) in unsynced.iter().enumerate() {
        let is_kept = if by_chance { dice.one_in(2) } else { number < stored };
        if is_kept {
            record.redo(&mut content, usize::MAX);
            continue;
        }
        lost += 1;
        if number == stored && dice.one_in(2) {
            record.redo(&mut content, SECTOR * dice.below(8));
        }
    }
    fs::write(file, content).unwrap();
    lost
}
