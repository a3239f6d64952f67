//! The admin token and the key of slot references, kept in the data folder.

use std::env::VarError;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use service::Secret;
use uuid::Uuid;

/// The variable with the admin token, which replaces the file.
pub(crate) const ADMIN_TOKEN_VARIABLE: &str = "CITAS_ADMIN_TOKEN";

/// The variable with the name of a file that holds the admin token, in place of the token itself.
pub(crate) const ADMIN_TOKEN_FILE_VARIABLE: &str = "CITAS_ADMIN_TOKEN_FILE";

/// The file that holds the admin token.
pub(crate) const ADMIN_TOKEN_FILE: &str = "admin.token";

/// The embedded store's data file.
const EVENTS_FILE: &str = "events.db";

/// The file that holds the key of slot references.
pub(crate) const SLOT_REF_KEY_FILE: &str = "slot-ref.key";

/// The admin token: from the environment, else from the data folder, where the first start creates it.
pub(crate) fn admin_token(data: &Path, is_used: bool) -> Result<Secret> {
    if let Some(given) = given_admin_token()? {
        return Ok(given);
    }
    let path = data.join(ADMIN_TOKEN_FILE);
    let token = Secret::from(read_or_make(&path, is_used, "whoever has the old one is refused")?);
    token
        .reveal_strong("admin token")
        .with_context(|| format!("correct {}, or delete it to have a new one made", path.display()))?;
    Ok(token)
}

/// The admin token of the environment, itself or in a file, if there is one. Whatever else is there is refused.
pub(crate) fn given_admin_token() -> Result<Option<Secret>> {
    let file = std::env::var_os(ADMIN_TOKEN_FILE_VARIABLE);
    let (token, variable) = match (std::env::var(ADMIN_TOKEN_VARIABLE), file) {
        (Ok(_) | Err(VarError::NotUnicode(_)), Some(_)) => {
            bail!("give {ADMIN_TOKEN_VARIABLE} or {ADMIN_TOKEN_FILE_VARIABLE}, not both")
        }
        (Ok(token), None) => (Secret::from(token.trim().to_owned()), ADMIN_TOKEN_VARIABLE),
        (Err(VarError::NotUnicode(_)), None) => {
            bail!("{ADMIN_TOKEN_VARIABLE} is not text: correct it, or unset it")
        }
        (Err(VarError::NotPresent), Some(file)) => {
            let token = Secret::read(Path::new(&file));
            (
                token.with_context(|| format!("{ADMIN_TOKEN_FILE_VARIABLE} cannot be used"))?,
                ADMIN_TOKEN_FILE_VARIABLE,
            )
        }
        (Err(VarError::NotPresent), None) => return Ok(None),
    };
    token.reveal_strong("admin token").with_context(|| format!("correct {variable}, or unset it"))?;
    Ok(Some(token))
}

/// Whether the data folder is one of a store that was used before.
pub(crate) fn has_events(data: &Path) -> bool {
    fs::metadata(data.join(EVENTS_FILE)).is_ok_and(|file| file.len() > 0)
}

/// Refuses a data folder that has a key of slot references and no events: it was made for events that are gone. An admin
/// token alone may have been put there for a new office.
pub(crate) fn refuse_without_events(data: &Path) -> Result<()> {
    if has_events(data) || !data.join(SLOT_REF_KEY_FILE).exists() {
        return Ok(());
    }
    bail!(
        "{} has the secrets of an office whose events, {EVENTS_FILE}, are missing or empty: restore them from a backup, or \
         choose another folder to begin anew",
        data.display()
    )
}

/// The key that slot references are signed with, created at the first start.
pub(crate) fn slot_ref_key(data: &Path, is_used: bool) -> Result<Vec<u8>> {
    let path = data.join(SLOT_REF_KEY_FILE);
    let key = Secret::from(read_or_make(&path, is_used, "slot_refs that were given out have expired")?);
    let strong = key.reveal_strong("key of slot references");
    strong.map(|key| key.as_bytes().to_owned()).with_context(|| {
        format!("delete {} to have a new one made; slot_refs that were given out then expire", path.display())
    })
}

/// Where the store is used already, a secret that is made anew is told of, with what follows.
fn read_or_make(path: &Path, is_used: bool, follows: &str) -> Result<String> {
    match fs::read_to_string(path) {
        Ok(secret) => {
            warn_if_others_may_read(path);
            Ok(secret.trim().to_owned())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = random_hex().context("the system's random number generator failed")?;
            write_private(path, &secret).with_context(|| format!("{} cannot be written", path.display()))?;
            if is_used {
                tracing::warn!("{} was not there and is made anew: {follows}", path.display());
            }
            Ok(secret)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// 256 random bits.
fn random_hex() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    let (first, second) = bytes.split_at(16);
    let hex = |half| Uuid::from_slice(half).map(|half| half.simple().to_string());
    Ok([hex(first), hex(second)].into_iter().flatten().collect())
}

/// A secret that other users of the machine can read is none.
fn warn_if_others_may_read(path: &Path) {
    #[cfg(unix)]
    for path in [Some(path), path.parent()].into_iter().flatten() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path).map_or(0, |file| file.permissions().mode());
        if mode & 0o077 != 0 {
            let path = path.display();
            tracing::warn!("other users may use {path}: take their permissions away with chmod go= {path}");
        }
    }
}

/// Writes a temporary file and renames it, so that a crash leaves the whole secret or none. Both replace a symbolic link
/// instead of following it.
fn write_private(path: &Path, secret: &str) -> io::Result<()> {
    let draft = path.with_extension("new");
    // What an interrupted start left.
    if let Err(error) = fs::remove_file(&draft)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    writeln!(file, "{secret}")?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    // Otherwise a power cut may lose the file, however well it is synced.
    path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}
