//! Signed references to offered slots.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, Mac};
use schemas::{AgentId, AppointmentTypeCode};
use sha2::Sha256;
use thiserror::Error;

/// Separates references from anything else signed with the same secret, and from older forms of themselves.
const PURPOSE: &[u8] = b"citas slot_ref 1";
/// 128 of the 256 bits: impossible to guess, and half as long in a chat.
const TAG_BYTES: usize = 16;
const LIFE: TimeDelta = TimeDelta::hours(24);
/// References expire at the full hour, so that the same offer has the same for an hour: an answer full of them can be known.
const HOUR_SECONDS: i64 = 3_600;

/// A slot as it was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotRef {
    /// The agent.
    pub agent_id: AgentId,
    /// The appointment type.
    pub appointment_type: AppointmentTypeCode,
    /// When it starts, to the second.
    pub start: DateTime<Utc>,
}

/// Why a text does not name an offered slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SlotRefError {
    /// Not issued here, or changed since.
    #[error("slot_ref must be one that GET /v1/slots returned, unchanged")]
    Invalid,
    /// Offered too long ago.
    #[error("the slot was offered more than 24 hours ago; call GET /v1/slots again")]
    Expired,
}

/// Makes and reads the short opaque references under which slots are offered.
///
/// A reference says that the slot was offered here within the last 24 hours, not that it is still free.
#[derive(Clone)]
pub struct SlotRefs(Hmac<Sha256>);

impl SlotRefs {
    /// Processes that issue or read the same references need the same secret, of any length.
    pub fn new(secret: &[u8]) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("an HMAC key may have any length");
        mac.update(PURPOSE);
        Self(mac)
    }

    /// A reference of URL-safe characters, good until the full hour that comes 24 hours after `now`, or up to an hour later.
    pub fn issue(
        &self,
        agent_id: &AgentId,
        appointment_type: &AppointmentTypeCode,
        start: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> String {
        let expires_at =
            ((now + LIFE).timestamp() + HOUR_SECONDS - 1).div_euclid(HOUR_SECONDS) * HOUR_SECONDS;
        let mut bytes = expires_at.to_be_bytes().to_vec();
        bytes.extend(start.timestamp().to_be_bytes());
        let agent_id = agent_id.as_str().as_bytes();
        bytes.push(u8::try_from(agent_id.len()).expect("ids have 64 characters at most"));
        bytes.extend(agent_id);
        bytes.extend(appointment_type.as_str().as_bytes());
        let tag = self.0.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend(&tag[..TAG_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The slot that was offered under this reference.
    pub fn read(&self, reference: &str, now: DateTime<Utc>) -> Result<SlotRef, SlotRefError> {
        let bytes = URL_SAFE_NO_PAD.decode(reference).map_err(|_| SlotRefError::Invalid)?;
        let (bytes, tag) = bytes.split_last_chunk::<TAG_BYTES>().ok_or(SlotRefError::Invalid)?;
        self.0.clone().chain_update(bytes).verify_truncated_left(tag).map_err(|_| SlotRefError::Invalid)?;
        let (expires_at, slot) = decode(bytes).ok_or(SlotRefError::Invalid)?;
        if now < expires_at { Ok(slot) } else { Err(SlotRefError::Expired) }
    }
}

fn decode(bytes: &[u8]) -> Option<(DateTime<Utc>, SlotRef)> {
    let (expires_at, bytes) = bytes.split_first_chunk()?;
    let (start, bytes) = bytes.split_first_chunk()?;
    let (length, bytes) = bytes.split_first()?;
    let (agent_id, appointment_type) = bytes.split_at_checked(usize::from(*length))?;
    let instant = |seconds| DateTime::from_timestamp(i64::from_be_bytes(seconds), 0);
    let slot = SlotRef {
        agent_id: std::str::from_utf8(agent_id).ok()?.parse().ok()?,
        appointment_type: std::str::from_utf8(appointment_type).ok()?.parse().ok()?,
        start: instant(*start)?,
    };
    Some((instant(*expires_at)?, slot))
}

impl fmt::Debug for SlotRefs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SlotRefs(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-12-01T12:00:00Z".parse().unwrap()
    }

    fn slot() -> SlotRef {
        SlotRef {
            agent_id: "7".parse().unwrap(),
            appointment_type: "visita_propiedad".parse().unwrap(),
            start: "2026-12-15T17:00:00Z".parse().unwrap(),
        }
    }

    fn issue(refs: &SlotRefs) -> String {
        refs.issue(&slot().agent_id, &slot().appointment_type, slot().start, now())
    }

    #[test]
    fn a_reference_reads_back_as_the_slot_until_it_expires() {
        let refs = SlotRefs::new(b"secret");
        let reference = issue(&refs);
        assert_eq!(refs.read(&reference, now()), Ok(slot()));
        assert_eq!(refs.read(&reference, now() + LIFE - TimeDelta::seconds(1)), Ok(slot()));
        assert_eq!(refs.read(&reference, now() + LIFE), Err(SlotRefError::Expired));
    }

    #[test]
    fn an_offer_has_one_reference_for_an_hour() {
        let (refs, slot) = (SlotRefs::new(b"secret"), slot());
        let issued = |now| refs.issue(&slot.agent_id, &slot.appointment_type, slot.start, now);
        let (minute, second) = (TimeDelta::minutes(1), TimeDelta::seconds(1));
        let first = issued(now() + second);
        assert_eq!(first, issued(now() + minute * 60));
        assert_ne!(first, issued(now()), "at the full hour it is good for 24 hours, and no longer");
        assert_ne!(first, issued(now() + minute * 60 + second));
        let last = now() + LIFE + minute * 60;
        assert_eq!(refs.read(&first, last - second), Ok(slot.clone()));
        assert_eq!(refs.read(&first, last), Err(SlotRefError::Expired));
    }

    #[test]
    fn no_changed_byte_goes_unnoticed() {
        let refs = SlotRefs::new(b"secret");
        let bytes = URL_SAFE_NO_PAD.decode(issue(&refs)).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let changed = URL_SAFE_NO_PAD.encode(changed);
            assert_eq!(refs.read(&changed, now()), Err(SlotRefError::Invalid), "byte {at}");
        }
        for length in 0..bytes.len() {
            let cut = URL_SAFE_NO_PAD.encode(&bytes[..length]);
            assert_eq!(refs.read(&cut, now()), Err(SlotRefError::Invalid), "{length} bytes");
        }
    }

    #[test]
    fn another_secret_reads_nothing_and_noise_is_refused() {
        let reference = issue(&SlotRefs::new(b"secret"));
        assert_eq!(SlotRefs::new(b"other").read(&reference, now()), Err(SlotRefError::Invalid));
        for noise in ["", "x", "ñandú", "AAAA", &"A".repeat(500)] {
            assert_eq!(SlotRefs::new(b"secret").read(noise, now()), Err(SlotRefError::Invalid), "{noise}");
        }
    }
}
