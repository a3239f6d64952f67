//! Pages of lists, and the cursors between them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemas::{AgentId, AppointmentId, BlockId, LeadId, MoveId};
use serde::Serialize;
use uuid::Uuid;

use crate::{AppointmentSort, LeadRow, LeadSearch, QueryError};

/// A page of a list. Entries added while a client walks the pages neither repeat nor hide others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Page<T> {
    /// The entries; at most the limit.
    pub items: Vec<T>,
    /// The cursor of the next page; none on the last page.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Takes up to one item more than the limit: its presence shows that there is another page.
    pub(crate) fn cut(mut items: Vec<T>, limit: Limit, cursor: impl Fn(&T) -> Cursor) -> Self {
        let more = items.len() > limit.get();
        items.truncate(limit.get());
        let next_cursor = items.last().filter(|_| more).map(|last| cursor(last).encode());
        Self { items, next_cursor }
    }

    pub(crate) fn map<U>(self, to: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(to).collect(), next_cursor: self.next_cursor }
    }
}

/// How many entries a page may have: 1 to 200, by default 50.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Limit(#[schemars(range(min = 1, max = 200))] u8);

impl Limit {
    /// The most entries of a page.
    pub const MAX: u16 = 200;

    /// None outside of 1 to 200.
    pub fn try_new(limit: u16) -> Option<Self> {
        (1..=Self::MAX).contains(&limit).then(|| u8::try_from(limit).ok().map(Self)).flatten()
    }

    /// As a number.
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// How many entries.
    pub limit: Limit,
    /// The `next_cursor` of the page before; none = the first page.
    pub cursor: Option<String>,
}

impl PageRequest {
    pub(crate) fn cursor(&self) -> Result<Option<Cursor>, QueryError> {
        self.cursor.as_deref().map(|text| Cursor::decode(text).ok_or(QueryError::BadCursor)).transpose()
    }
}

/// A sort key of appointments: microseconds since 1970, then the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SortKey(pub(crate) i64, pub(crate) AppointmentId);

impl SortKey {
    pub(crate) const MIN: Self = Self(i64::MIN, AppointmentId::new(Uuid::nil()));
    pub(crate) const MAX: Self = Self(i64::MAX, AppointmentId::new(Uuid::max()));

    /// The least key at that microsecond.
    pub(crate) const fn at(micros: i64) -> Self {
        Self(micros, AppointmentId::new(Uuid::nil()))
    }

    /// The next greater key.
    pub(crate) fn successor(self) -> Self {
        match self.1.uuid().as_u128().checked_add(1) {
            Some(id) => Self(self.0, AppointmentId::new(Uuid::from_u128(id))),
            None => Self::at(self.0.saturating_add(1)),
        }
    }
}

/// The instant in microseconds, rounded up.
pub(crate) fn micros_up(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros() + i64::from(!instant.timestamp_subsec_nanos().is_multiple_of(1_000))
}

/// The last entry of a page, after which the next one begins. Opaque to clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cursor {
    Appointment(AppointmentSort, SortKey),
    Agent(AgentId),
    Block(BlockId),
    /// The agent of the calendar.
    Calendar(AgentId),
    Conflict(SortKey),
    Move(MoveId),
    /// The word by which it was found, and its id. No word where none was searched for.
    Lead(String, LeadId),
    /// Seconds since 1970.
    Slot(i64, AgentId),
    /// No entry, but the first second that was not searched any more, since 1970.
    Unsearched(i64),
}

const AGENT: u8 = b'a';
const BLOCK: u8 = b'b';
const CONFLICT: u8 = b'c';
const CALENDAR: u8 = b'k';
const MOVE: u8 = b'm';
const LEAD: u8 = b'l';
const SLOT: u8 = b's';
const UNSEARCHED: u8 = b'u';

impl Cursor {
    pub(crate) fn encode(&self) -> String {
        let bytes = match self {
            Self::Appointment(sort, SortKey(micros, id)) => {
                [&[sort.tag()], &micros.to_be_bytes()[..], id.uuid().as_bytes()].concat()
            }
            Self::Conflict(SortKey(micros, id)) => {
                [&[CONFLICT], &micros.to_be_bytes()[..], id.uuid().as_bytes()].concat()
            }
            Self::Move(id) => [&[MOVE], &id.uuid().as_bytes()[..]].concat(),
            Self::Agent(id) => [&[AGENT], id.as_str().as_bytes()].concat(),
            Self::Block(id) => [&[BLOCK], &id.uuid().as_bytes()[..]].concat(),
            Self::Calendar(id) => [&[CALENDAR], id.as_str().as_bytes()].concat(),
            Self::Lead(word, id) => [&[LEAD], id.as_str().as_bytes(), b" ", word.as_bytes()].concat(),
            Self::Slot(start, id) => [&[SLOT], &start.to_be_bytes()[..], id.as_str().as_bytes()].concat(),
            Self::Unsearched(from) => [&[UNSEARCHED], &from.to_be_bytes()[..]].concat(),
        };
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (tag, bytes) = bytes.split_first()?;
        let agent_id = |bytes| AgentId::parse(std::str::from_utf8(bytes).ok()?).ok();
        let sort_key = |bytes: &[u8]| {
            let (micros, bytes) = bytes.split_first_chunk()?;
            Some(SortKey(i64::from_be_bytes(*micros), AppointmentId::new(Uuid::from_slice(bytes).ok()?)))
        };
        match *tag {
            AGENT => agent_id(bytes).map(Self::Agent),
            BLOCK => Some(Self::Block(BlockId::new(Uuid::from_slice(bytes).ok()?))),
            CALENDAR => agent_id(bytes).map(Self::Calendar),
            LEAD => {
                let (id, word) = std::str::from_utf8(bytes).ok()?.split_once(' ')?;
                let is_word = !word.contains(char::is_control);
                is_word.then_some(Self::Lead(word.to_owned(), LeadId::parse(id).ok()?))
            }
            CONFLICT => sort_key(bytes).map(Self::Conflict),
            MOVE => Some(Self::Move(MoveId::new(Uuid::from_slice(bytes).ok()?))),
            SLOT => {
                let (start, bytes) = bytes.split_first_chunk()?;
                Some(Self::Slot(i64::from_be_bytes(*start), agent_id(bytes)?))
            }
            UNSEARCHED => Some(Self::Unsearched(i64::from_be_bytes(bytes.try_into().ok()?))),
            tag => {
                let sort = AppointmentSort::ALL.iter().copied().find(|sort| sort.tag() == tag)?;
                Some(Self::Appointment(sort, sort_key(bytes)?))
            }
        }
    }
}

impl Cursor {
    /// The lead after which a page begins, with the word by which it was found.
    pub(crate) fn of_leads(
        page: &PageRequest,
        search: Option<&LeadSearch>,
    ) -> Result<Option<(String, LeadId)>, QueryError> {
        // Of another search, it is of no word that this one finds.
        let is_of_it = |word: &str| search.map_or(word.is_empty(), |search| word.starts_with(search.first()));
        match page.cursor()? {
            None => Ok(None),
            Some(Self::Lead(word, id)) if is_of_it(&word) => Ok(Some((word, id))),
            Some(_) => Err(QueryError::BadCursor),
        }
    }
}

impl Page<LeadRow> {
    /// A page of leads, each with the word by which it was found.
    pub(crate) fn of_leads(rows: Vec<(String, LeadRow)>, limit: Limit) -> Self {
        let page = Page::cut(rows, limit, |(word, row)| Cursor::Lead(word.clone(), row.lead_id.clone()));
        page.map(|(_, row)| row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_1_to_200() {
        assert_eq!(Limit::try_new(0), None);
        assert_eq!(Limit::try_new(201), None);
        assert_eq!(Limit::try_new(200).map(Limit::get), Some(200));
    }

    #[test]
    fn cursors_read_back_and_noise_does_not() {
        let agent_id: AgentId = "agent.7".parse().unwrap();
        let key = SortKey(-5, AppointmentId::new(Uuid::from_u128(7)));
        let mut cursors = vec![
            Cursor::Agent(agent_id.clone()),
            Cursor::Block(BlockId::new(Uuid::from_u128(7))),
            Cursor::Calendar(agent_id.clone()),
            Cursor::Conflict(key),
            Cursor::Move(MoveId::new(Uuid::from_u128(7))),
            Cursor::Lead("nunez".to_owned(), "55".parse().unwrap()),
            Cursor::Lead(String::new(), "55".parse().unwrap()),
            Cursor::Slot(1_781_535_600, agent_id),
            Cursor::Unsearched(1_781_535_600),
        ];
        cursors.extend(AppointmentSort::ALL.iter().map(|sort| Cursor::Appointment(*sort, key)));
        for cursor in cursors {
            assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }
        let of_no_word = Cursor::Lead("nunez\0".to_owned(), "55".parse().unwrap()).encode();
        for noise in ["", "x", "AA", "????", "czE", &"Q".repeat(300), &of_no_word] {
            assert_eq!(Cursor::decode(noise), None, "{noise}");
        }
    }
}
