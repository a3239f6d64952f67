//! The trace and span of an event, and which traces are kept.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::{CommandId, Metadata, ParseError};

/// A point in a trace, as W3C Trace Context writes it in `traceparent`.
///
/// The trace id of a command is its correlation id, and the id of the span in which its events were appended is the
/// latter half of its command id. So an event's metadata gives its trace and span, and nothing more is stored for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceParent {
    /// The trace: a correlation id, written without hyphens.
    pub trace_id: Uuid,
    /// The span; never 0.
    pub span_id: u64,
    /// Whether its writer has recorded the span.
    pub sampled: bool,
}

impl TraceParent {
    /// The span in which an event was appended; none if its correlation id is nil, which is no trace.
    pub fn of(metadata: &Metadata, sampled: bool) -> Option<Self> {
        let (trace_id, span_id) = (metadata.correlation_id, span_id(metadata.command_id));
        (!trace_id.is_nil() && span_id != 0).then_some(Self { trace_id, span_id, sampled })
    }
}

/// The id of the span in which a command's events are appended.
pub const fn span_id(command_id: CommandId) -> u64 {
    command_id.uuid().as_u64_pair().1
}

/// Which traces are kept. Events do not record this, so every process decides alike, by the trace id alone.
///
/// The last 56 bits of a trace id are compared, as in OpenTelemetry's consistent sampling. In a UUID made at random or
/// from a digest they are as good as random, of whatever version it is; the first of its last 64 bits are not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sampling {
    /// How many of 2⁵⁶ equal parts are kept.
    parts: u64,
}

/// All of a [`Sampling`]'s parts.
const WHOLE: u64 = 1 << 56;

impl Sampling {
    /// No trace.
    pub const NONE: Self = Self { parts: 0 };
    /// Every trace.
    pub const ALL: Self = Self { parts: WHOLE };

    /// This share of all traces; none if it is not from 0 to 1.
    pub fn ratio(ratio: f64) -> Option<Self> {
        #[expect(clippy::cast_precision_loss, reason = "a power of two is exact")]
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 2^56")]
        let parts = |ratio: f64| (ratio * WHOLE as f64) as u64;
        (0.0..=1.0).contains(&ratio).then(|| Self { parts: parts(ratio) })
    }

    /// Whether this trace is kept.
    pub fn keeps(self, trace_id: Uuid) -> bool {
        // The greatest are kept, so a larger share keeps all traces of a smaller one.
        trace_id.as_u64_pair().1 % WHOLE >= WHOLE - self.parts
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{:016x}-{:02x}", self.trace_id.simple(), self.span_id, u8::from(self.sampled))
    }
}

impl FromStr for TraceParent {
    type Err = ParseError;

    /// Of a later version than 00, the fields of version 00 are read.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        read(text).ok_or_else(|| ParseError::new("a traceparent", "00-<32 hex>-<16 hex>-<2 hex>"))
    }
}

fn read(text: &str) -> Option<TraceParent> {
    let mut parts = text.split('-');
    let [version, trace_id, span_id, flags] = [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    let version = hex(version, 2)?;
    if version == 0xff || (version == 0 && parts.next().is_some()) {
        return None;
    }
    let trace_id = Uuid::from_u128(hex(trace_id, 32)?);
    let span_id = u64::try_from(hex(span_id, 16)?).ok()?;
    let sampled = hex(flags, 2)? & 1 == 1;
    (!trace_id.is_nil() && span_id != 0).then_some(TraceParent { trace_id, span_id, sampled })
}

/// Parses exactly that many hexadecimal digits, in lower case.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let is_hex = text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hex.then(|| u128::from_str_radix(text, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_is_written_is_read_again() {
        let read: TraceParent = EXAMPLE.parse().unwrap();
        assert_eq!(read.trace_id, Uuid::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736));
        assert_eq!((read.span_id, read.sampled), (0x00f0_67aa_0ba9_02b7, true));
        assert_eq!(read.to_string(), EXAMPLE);
        let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes-later";
        assert_eq!(later.parse(), Ok(read));
    }

    #[test]
    fn a_share_of_all_uuids_is_kept_whatever_their_version() {
        let digests = (0..4000_u32).map(|n| Uuid::new_v5(&Uuid::NAMESPACE_OID, &n.to_be_bytes()));
        let traces: Vec<Uuid> = digests.collect();
        let kept = |sampling: Sampling| traces.iter().filter(|trace| sampling.keeps(**trace)).count();
        assert_eq!((kept(Sampling::NONE), kept(Sampling::ALL)), (0, traces.len()));
        let (tenth, half) = (Sampling::ratio(0.1).unwrap(), Sampling::ratio(0.5).unwrap());
        assert!((300..=500).contains(&kept(tenth)), "{}", kept(tenth));
        assert!((1850..=2150).contains(&kept(half)), "{}", kept(half));
        assert!(traces.iter().all(|trace| half.keeps(*trace) || !tenth.keeps(*trace)));
        assert_eq!((Sampling::ratio(1.0), Sampling::ratio(0.0)), (Some(Sampling::ALL), Some(Sampling::NONE)));
        assert!([-0.1, 1.1, f64::NAN].into_iter().all(|bad| Sampling::ratio(bad).is_none()));
    }

    #[test]
    fn what_is_not_of_the_form_is_none() {
        for bad in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert!(bad.parse::<TraceParent>().is_err(), "{bad}");
        }
    }
}
