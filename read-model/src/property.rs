//! Properties as queries return them: where each is, when it can be visited, and who has its keys. Never how to get in.

use availability::{Comuna, PropertyCalendar};
use calendar_fold::{changes_property, fold_property};
use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemas::value::{AvailabilityRule, Block, DateException, KeyWhereabouts, PropertyProfile};
use schemas::{Metadata, PropertyEvent, PropertyId};
use serde::{Deserialize, Serialize};

use crate::page::Cursor;
use crate::{Page, PageRequest, QueryError};

/// A property as queries return it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PropertyRow {
    /// Its id.
    pub property_id: PropertyId,
    /// Whether it is on the market.
    pub active: bool,
    /// Everything about it besides its time, and never how to get in.
    #[serde(flatten)]
    pub profile: PropertyProfile,
    /// Whether it is known how to get in.
    pub has_access_instructions: bool,
    /// Its weekly visit hours; none = it can be visited at any time.
    pub visit_hours: Vec<AvailabilityRule>,
    /// The dates with hours of their own, earliest first.
    pub exceptions: Vec<DateException>,
    /// When it cannot be visited.
    pub blocks: Vec<Block>,
    /// Where its keys are; null if nobody has said so.
    pub keys: Option<KeyWhereabouts>,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
    /// When anything of it was last recorded.
    pub updated_at: DateTime<Utc>,
    /// How often it has changed, counted from 1.
    pub version: u64,
}

/// A property as the read model keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PropertyView {
    pub(crate) property_id: PropertyId,
    pub(crate) profile: PropertyProfile,
    has_access_instructions: bool,
    calendar: PropertyCalendar,
    keys: Option<KeyWhereabouts>,
    registered_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    pub(crate) version: u64,
}

impl PropertyView {
    /// Applies one event; there is no property before it is registered.
    pub(crate) fn evolve(
        view: &mut Option<Self>,
        property_id: &PropertyId,
        event: &PropertyEvent,
        metadata: &Metadata,
    ) {
        if let PropertyEvent::PropertyRegistered(event) = event {
            *view = Some(Self {
                property_id: property_id.clone(),
                profile: event.profile.clone(),
                has_access_instructions: false,
                calendar: PropertyCalendar::default(),
                keys: None,
                registered_at: metadata.recorded_at,
                updated_at: metadata.recorded_at,
                version: 0,
            });
        }
        let Some(known) = view.as_mut().filter(|_| changes_property(event)) else { return };
        match event {
            PropertyEvent::PropertyRegistered(event) => known.describe(&event.profile),
            PropertyEvent::PropertyUpdated(event) => known.describe(&event.profile),
            PropertyEvent::KeyPlaced(event) => {
                known.keys = Some(at_place(&event.at, metadata.recorded_at));
            }
            PropertyEvent::KeyReturned(event) => {
                known.keys = Some(at_place(&event.at, metadata.recorded_at));
            }
            PropertyEvent::KeyTaken(event) => {
                let (agent_id, since) = (Some(event.agent_id.clone()), metadata.recorded_at);
                known.keys = Some(KeyWhereabouts { agent_id, at: None, since });
            }
            _ => {}
        }
        fold_property(&mut known.calendar, event);
        known.updated_at = metadata.recorded_at;
        known.version += 1;
    }

    /// How to get in is in the property's events alone.
    fn describe(&mut self, profile: &PropertyProfile) {
        self.has_access_instructions = profile.access_instructions.is_some();
        self.profile = PropertyProfile { access_instructions: None, ..profile.clone() };
    }

    pub(crate) fn row(&self) -> PropertyRow {
        PropertyRow {
            property_id: self.property_id.clone(),
            active: self.calendar.is_active(),
            profile: self.profile.clone(),
            has_access_instructions: self.has_access_instructions,
            visit_hours: self.calendar.rules().cloned().collect(),
            exceptions: self.calendar.exceptions().cloned().collect(),
            blocks: self.calendar.blocks().cloned().collect(),
            keys: self.keys.clone(),
            registered_at: self.registered_at,
            updated_at: self.updated_at,
            version: self.version,
        }
    }

    /// The text in which a search looks.
    pub(crate) fn searched(&self) -> String {
        format!("{}\n{}\n{}", self.profile.title, self.profile.address, self.property_id).to_lowercase()
    }
}

fn at_place(at: &str, since: DateTime<Utc>) -> KeyWhereabouts {
    KeyWhereabouts { agent_id: None, at: Some(at.to_owned()), since }
}

/// Which properties are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PropertySearch {
    /// A part of the title, the address or the id, in small letters.
    pub(crate) text: Option<String>,
    /// The comuna's official code.
    pub(crate) comuna_code: Option<String>,
}

impl PropertySearch {
    /// The longest text that is searched for, in characters.
    pub const MAX_LENGTH: usize = 200;

    /// Properties with this text in title, address or id, in the comuna of this name or code; none if there is no such
    /// comuna.
    pub fn new(text: Option<&str>, comuna: Option<&str>) -> Option<Self> {
        let comuna_code = match comuna {
            Some(comuna) => Some(Comuna::named(comuna)?.code.to_owned()),
            None => None,
        };
        Some(Self { text: text.map(|text| text.trim().to_lowercase()), comuna_code })
    }

    pub(crate) fn finds(&self, view: &PropertyView) -> bool {
        self.comuna_code.as_ref().is_none_or(|code| view.profile.comuna_code == *code)
            && self.text.as_ref().is_none_or(|text| view.searched().contains(text))
    }
}

impl Page<PropertyRow> {
    /// The property after which a page begins.
    pub(crate) fn last_property(page: &PageRequest) -> Result<Option<PropertyId>, QueryError> {
        match page.cursor()? {
            None => Ok(None),
            Some(Cursor::Property(property_id)) => Ok(Some(property_id)),
            Some(_) => Err(QueryError::BadCursor),
        }
    }

    pub(crate) fn of_properties(rows: Vec<PropertyRow>, page: &PageRequest) -> Self {
        Self::cut(rows, page.limit, |row| Cursor::Property(row.property_id.clone()))
    }
}
