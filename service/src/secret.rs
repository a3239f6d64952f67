use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Context as _, Result, bail};

/// Shorter ones can be guessed.
const MIN_LENGTH: usize = 16;

/// Far more than any secret: a larger file is another one.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// A setting that is never shown: not in logs, errors or help.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The secret that is all of this file, without the line break that an editor puts at its end.
    pub fn read(path: &Path) -> Result<Self> {
        let (mut bytes, name) = (Vec::new(), path.display());
        File::open(path)
            .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
            .with_context(|| format!("{name} cannot be read"))?;
        if bytes.len() > usize::try_from(MAX_FILE_BYTES)? {
            bail!("{name} has more than {MAX_FILE_BYTES} bytes: name the file that holds the secret alone");
        }
        let Ok(text) = String::from_utf8(bytes) else { bail!("{name} is not text") };
        let secret = text.strip_suffix('\n').map_or(&*text, |text| text.strip_suffix('\r').unwrap_or(text));
        if secret.is_empty() {
            bail!("{name} is empty: write the secret into it");
        }
        Ok(Self(secret.to_owned()))
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The secret itself, if it cannot be guessed and can be sent in a header: 16 or more printable ASCII characters.
    /// The error calls it `name`.
    pub fn reveal_strong(&self, name: &str) -> Result<&str> {
        if self.0.len() < MIN_LENGTH || !self.0.bytes().all(|byte| byte.is_ascii_graphic()) {
            bail!("the {name} must be {MIN_LENGTH} or more printable ASCII characters");
        }
        Ok(&self.0)
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_is_weak_is_refused_and_not_told() {
        for weak in ["fifteen-letters", "sixteen letters, spaced", "sixteen-letters-ñ"] {
            let Ok(secret) = weak.parse::<Secret>();
            let error = secret.reveal_strong("admin token").unwrap_err().to_string();
            assert_eq!(error, "the admin token must be 16 or more printable ASCII characters");
        }
        let Ok(secret) = "sixteen-letters-".parse::<Secret>();
        assert_eq!(secret.reveal_strong("admin token").unwrap(), "sixteen-letters-");
    }
}
