use std::collections::BTreeMap;
use std::sync::Arc;

use availability::{OfficeCalendar, Wording};
use calendar_fold::fold_office;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use schemas::value::{AppointmentType, AvailabilityRule, Block, OfficePolicy, PartsOfDay};
use schemas::{AppointmentTypeCode, BlockId, Metadata, OfficeEvent};
use serde::Serialize;

use crate::wording::{Language, by_language};
use crate::{BlockRow, Page, PageRequest, QueryError, block};

/// The language until an office has set its own.
pub(crate) const DEFAULT_LOCALE: &str = "es-CL";

/// The zone of an office that is not set.
pub(crate) const DEFAULT_ZONE: Tz = Tz::America__Santiago;

/// The office: what applies to every agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OfficeRow {
    /// Name, zone, language and policies.
    #[serde(flatten)]
    pub policy: OfficePolicy,
    /// The types that can be booked, by code.
    pub appointment_types: Vec<AppointmentTypeRow>,
    /// Hours of every agent that inherits the office's.
    pub rules: Vec<AvailabilityRule>,
    /// Blocks for every agent, or for those they name.
    pub blocks: Vec<Block>,
    /// When the last event in the office's stream was recorded.
    pub updated_at: DateTime<Utc>,
    /// How often any of this has changed, counted from 1.
    pub version: u64,
}

/// An appointment type with its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AppointmentTypeRow {
    /// The type.
    #[serde(flatten)]
    pub appointment_type: AppointmentType,
    /// How often it has changed, counted from 1; being retired is a change.
    pub version: u64,
}

/// The office as the read model keeps it.
#[derive(Debug, Clone)]
pub(crate) struct OfficeView {
    pub(crate) policy: OfficePolicy,
    pub(crate) calendar: OfficeCalendar,
    /// The version of each type, retired ones included.
    pub(crate) type_versions: BTreeMap<AppointmentTypeCode, u64>,
    pub(crate) updated_at: DateTime<Utc>,
    /// None before the first event.
    pub(crate) version: Option<u64>,
}

impl Default for OfficeView {
    /// Before its first policy: in Chile's zone and language, without appointment types.
    fn default() -> Self {
        let policy = OfficePolicy {
            name: String::new(),
            time_zone: DEFAULT_ZONE,
            locale: DEFAULT_LOCALE.to_owned(),
            travel_minutes: 0,
            max_holds_per_lead: 2,
            meeting_link_template: None,
            parts_of_day: PartsOfDay::default(),
        };
        Self {
            calendar: OfficeCalendar::new(&policy),
            policy,
            type_versions: BTreeMap::new(),
            updated_at: DateTime::UNIX_EPOCH,
            version: None,
        }
    }
}

impl OfficeView {
    /// Applies one event of the office's stream.
    pub(crate) fn evolve(&mut self, event: &OfficeEvent, metadata: &Metadata) {
        match event {
            OfficeEvent::CommandHadNoEffect(_) => return,
            OfficeEvent::OfficePolicySet(event) => self.policy = event.policy.clone(),
            OfficeEvent::AppointmentTypeDefined(event) => self.count(&event.appointment_type.code),
            OfficeEvent::AppointmentTypeRetired(event) => self.count(&event.code),
            _ => {}
        }
        fold_office(&mut self.calendar, event);
        self.version = Some(self.version.map_or(1, |version| version + 1));
        self.updated_at = metadata.recorded_at;
    }

    /// One more change of a type.
    fn count(&mut self, code: &AppointmentTypeCode) {
        *self.type_versions.entry(code.clone()).or_default() += 1;
    }

    pub(crate) fn type_version(&self, code: &AppointmentTypeCode) -> u64 {
        self.type_versions.get(code).copied().unwrap_or(0)
    }

    pub(crate) fn row(&self) -> Option<OfficeRow> {
        self.version.map(|version| OfficeRow {
            policy: self.policy.clone(),
            appointment_types: self
                .calendar
                .types()
                .map(|kind| AppointmentTypeRow {
                    appointment_type: kind.clone(),
                    version: self.type_version(&kind.code),
                })
                .collect(),
            rules: self.calendar.rules().cloned().collect(),
            blocks: self.calendar.blocks().cloned().collect(),
            updated_at: self.updated_at,
            version,
        })
    }

    pub(crate) fn block(&self, block_id: BlockId) -> Result<BlockRow, QueryError> {
        let block = self.calendar.find_block(block_id).ok_or(QueryError::OfficeBlockNotFound(block_id))?;
        Ok(BlockRow::new(block, self.version.unwrap_or(0), &self.wording()))
    }

    pub(crate) fn blocks(&self, page: &PageRequest) -> Result<Page<BlockRow>, QueryError> {
        block::page_of(self.calendar.blocks(), self.version.unwrap_or(0), page, &self.wording())
    }

    pub(crate) const fn time_zone(&self) -> Tz {
        self.calendar.time_zone()
    }

    /// The language of its sentences.
    pub(crate) fn language(&self) -> Language {
        Language::of(&self.policy.locale)
    }

    /// The language of its times.
    pub(crate) fn wording(&self) -> Arc<Wording> {
        Wording::of(&self.policy.locale, self.policy.time_zone)
    }

    /// A type's display name; its code if it has none.
    pub(crate) fn type_name<'a>(&'a self, code: &'a AppointmentTypeCode) -> &'a str {
        self.calendar
            .appointment_type(code)
            .and_then(|found| by_language(&found.name, &self.policy.locale))
            .unwrap_or(code.as_str())
    }
}
