//! The words between dates and times. Names of weekdays and months are none of them: see `date_names.rs`.

use std::fmt::Write;

use chrono::FixedOffset;

/// A wall-clock time that happens twice, and which of the two is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pass {
    pub(super) is_second: bool,
    pub(super) offset: FixedOffset,
}

/// The languages that have words, and the form without any for all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phrases {
    Spanish,
    English,
    /// Dashes and offsets, which every language has.
    Symbols,
}

impl Phrases {
    pub(super) fn of(language: &str) -> Self {
        match language {
            "es" => Self::Spanish,
            "en" => Self::English,
            _ => Self::Symbols,
        }
    }

    /// What stands between the start and the end.
    pub(super) const fn to(self) -> &'static str {
        match self {
            Self::Spanish => " a ",
            Self::English => " to ",
            Self::Symbols => " – ",
        }
    }

    /// The end on another date than the start.
    pub(super) fn end_on(self, end: &str, date: &str) -> String {
        match self {
            Self::Spanish => format!("{end} del {date}"),
            Self::English => format!("{end} on {date}"),
            Self::Symbols => format!("{date}, {end}"),
        }
    }

    /// Says whose clock it is.
    pub(super) fn write_zone(self, text: &mut String, zone: &str) {
        let written = match self {
            Self::Spanish => write!(text, " (hora de {zone})"),
            Self::English => write!(text, " ({zone} time)"),
            Self::Symbols => write!(text, " ({zone})"),
        };
        written.expect("writing to a String does not fail");
    }

    /// Says which pass of a wall-clock time is meant.
    pub(super) fn write_pass(self, text: &mut String, pass: Pass) {
        let words = match (self, pass.is_second) {
            (Self::Spanish, false) => "primera vez",
            (Self::Spanish, true) => "segunda vez",
            (Self::English, false) => "first time",
            (Self::English, true) => "second time",
            (Self::Symbols, _) => {
                write!(text, " (UTC{})", pass.offset).expect("writing to a String does not fail");
                return;
            }
        };
        text.push_str(" (");
        text.push_str(words);
        text.push(')');
    }
}
