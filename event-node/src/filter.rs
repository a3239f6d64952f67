//! Which events of `$all` a reader wants.

use regex::Regex;

/// A filter on the stream's name or the event's type, by pattern or by prefixes.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    Everything,
    Stream(Pattern),
    EventType(Pattern),
}

#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Regex(Regex),
    Prefixes(Vec<String>),
}

impl Filter {
    pub(crate) fn admits(&self, stream: &str, event_type: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Stream(pattern) => pattern.admits(stream),
            Self::EventType(pattern) => pattern.admits(event_type),
        }
    }
}

impl Pattern {
    /// A non-empty pattern takes precedence over prefixes. Fails if it is not a regular expression.
    pub(crate) fn parse(pattern: &str, prefixes: Vec<String>) -> Result<Self, regex::Error> {
        if pattern.is_empty() { Ok(Self::Prefixes(prefixes)) } else { Regex::new(pattern).map(Self::Regex) }
    }

    fn admits(&self, text: &str) -> bool {
        match self {
            Self::Regex(regex) => regex.is_match(text),
            Self::Prefixes(prefixes) => prefixes.iter().any(|prefix| text.starts_with(prefix.as_str())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefixes(of: &[&str]) -> Pattern {
        Pattern::parse("", of.iter().map(|&p| p.to_owned()).collect()).unwrap()
    }

    #[test]
    fn any_prefix_admits() {
        let filter = Filter::Stream(prefixes(&["agent-", "calendar-"]));
        assert!(filter.admits("calendar-7", "x"));
        assert!(!filter.admits("lead-7", "agent-"));
    }

    #[test]
    fn no_prefix_admits_nothing() {
        assert!(!Filter::EventType(prefixes(&[])).admits("s", "t"));
    }

    #[test]
    fn the_clients_own_pattern_hides_system_events() {
        let pattern = Pattern::parse(r"^[^\$].*", vec!["$".to_owned()]).unwrap();
        let filter = Filter::EventType(pattern);
        assert!(filter.admits("s", "booked"));
        assert!(!filter.admits("s", "$metadata"));
    }

    #[test]
    fn a_broken_pattern_is_refused() {
        assert!(Pattern::parse("(", Vec::new()).is_err());
    }
}
