//! Leads as queries return them: what each has said of itself, and what its bookings told.

mod search;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemas::event::{ConsentGiven, ConsentWithdrawn};
use schemas::value::{AppointmentDetail, ConsentPurpose, ContactChannel, LeadContact, LeadProfile};
use schemas::{AgentEvent, LeadEvent, LeadId, Metadata, Personal};
use serde::{Deserialize, Serialize};

pub use search::{LeadSearch, UnusableSearch};

/// A lead as queries return it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeadRow {
    /// Its id.
    pub lead_id: LeadId,
    /// When it was registered; null = it never was, and is known from its bookings or what it agreed to.
    pub registered_at: Option<DateTime<Utc>>,
    /// What to call it.
    pub name: Option<String>,
    /// The address for e-mails.
    pub email: Option<String>,
    /// In international form.
    pub phone: Option<String>,
    /// BCP 47 language tag, such as `es-CL`.
    pub locale: Option<String>,
    /// How it would rather be written to.
    pub preferred_channel: Option<ContactChannel>,
    /// Which of these it lacks, and a booking told: the latest that told it.
    pub from_booking: Vec<&'static str>,
    /// What it said last about each purpose and channel.
    pub consents: Vec<ConsentRow>,
    /// When anything of it was last recorded.
    pub updated_at: DateTime<Utc>,
    /// How often the lead itself has changed, counted from 1; 0 = only its bookings tell of it.
    pub version: u64,
}

/// What a lead said last about being written to for a purpose by a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConsentRow {
    /// For what.
    pub purpose: ConsentPurpose,
    /// By which channel.
    pub channel: ContactChannel,
    /// Whether it agrees.
    pub given: bool,
    /// When it said so.
    pub at: DateTime<Utc>,
    /// Where it said so.
    pub source: Option<String>,
    /// In which words.
    pub wording: Option<String>,
}

/// A lead as the read model keeps it.
///
/// Its own stream tells its contact and consents, its agents' streams what its bookings told. While one of these is parked,
/// the events of others come before those of that one: a value that is told has the position of its event, and the latest
/// stands in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeadView {
    pub(crate) lead_id: LeadId,
    pub(crate) registered_at: Option<DateTime<Utc>>,
    pub(crate) own: LeadContact,
    pub(crate) preferred_channel: Option<ContactChannel>,
    /// By purpose and channel.
    pub(crate) consents: Vec<ConsentRow>,
    /// By member of the contact.
    pub(crate) from_booking: BTreeMap<Member, BookingValue>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) version: u64,
}

/// A member of a lead's contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Member {
    Name,
    Email,
    Phone,
    Locale,
}

impl Member {
    const ALL: [Self; 4] = [Self::Name, Self::Email, Self::Phone, Self::Locale];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Locale => "locale",
        }
    }

    const fn of(self, contact: &LeadContact) -> Option<&String> {
        match self {
            Self::Name => contact.name.as_ref(),
            Self::Email => contact.email.as_ref(),
            Self::Phone => contact.phone.as_ref(),
            Self::Locale => contact.locale.as_ref(),
        }
    }
}

/// What a booking told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BookingValue {
    pub(crate) value: String,
    /// The position of its event.
    pub(crate) position: u64,
}

/// Shows when, never what.
impl std::fmt::Debug for BookingValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BookingValue").field("position", &self.position).finish_non_exhaustive()
    }
}

impl LeadView {
    fn new(lead_id: LeadId, updated_at: DateTime<Utc>) -> Self {
        Self {
            lead_id,
            registered_at: None,
            own: LeadContact::default(),
            preferred_channel: None,
            consents: Vec::new(),
            from_booking: BTreeMap::new(),
            updated_at,
            version: 0,
        }
    }

    /// Takes in the next event of a lead's own stream.
    pub(crate) fn evolve(known: &mut Option<Self>, lead_id: &LeadId, event: &LeadEvent, metadata: &Metadata) {
        let recorded_at = metadata.recorded_at;
        let statement = match event {
            LeadEvent::CommandHadNoEffect(_) => return,
            LeadEvent::ConsentGiven(event) => Some(ConsentRow::given(event.clone())),
            LeadEvent::ConsentWithdrawn(event) => Some(ConsentRow::withdrawn(event.clone())),
            LeadEvent::LeadRegistered(_) | LeadEvent::LeadUpdated(_) => None,
        };
        let view = known.get_or_insert_with(|| Self::new(lead_id.clone(), recorded_at));
        if let Some(statement) = statement {
            view.consents.retain(|known| known.key() != statement.key());
            view.consents.push(statement);
            view.consents.sort_by_key(ConsentRow::key);
        }
        match event {
            LeadEvent::LeadRegistered(event) => {
                view.registered_at = Some(recorded_at);
                view.describe(event.profile.clone());
            }
            LeadEvent::LeadUpdated(event) => view.describe(event.profile.clone()),
            _ => {}
        }
        view.version += 1;
        view.updated_at = view.updated_at.max(recorded_at);
    }

    fn describe(&mut self, profile: LeadProfile) {
        self.own = LeadContact {
            name: profile.name.map(Personal::disclose),
            email: profile.email.map(Personal::disclose),
            phone: profile.phone.map(Personal::disclose),
            locale: profile.locale.map(Personal::disclose),
        };
        self.preferred_channel = profile.preferred_channel;
    }

    /// Takes in what a booking told.
    pub(crate) fn note_booking(
        known: &mut Option<Self>,
        of_booking: BookingContact,
        position: u64,
        metadata: &Metadata,
    ) {
        let BookingContact { lead_id, contact } = of_booking;
        let recorded_at = metadata.recorded_at;
        let view = known.get_or_insert_with(|| Self::new(lead_id, recorded_at));
        for member in Member::ALL {
            let Some(value) = contact.as_ref().and_then(|contact| member.of(contact)) else { continue };
            if view.from_booking.get(&member).is_none_or(|told| told.position < position) {
                view.from_booking.insert(member, BookingValue { value: value.clone(), position });
            }
        }
        view.updated_at = view.updated_at.max(recorded_at);
    }

    fn shown(&self, member: Member) -> Option<&String> {
        member.of(&self.own).or_else(|| self.from_booking.get(&member).map(|told| &told.value))
    }

    /// What to call the lead.
    pub(crate) fn name(&self) -> Option<&String> {
        self.shown(Member::Name)
    }

    /// As queries return it.
    pub(crate) fn row(&self) -> LeadRow {
        let is_told =
            |member: &Member| member.of(&self.own).is_none() && self.from_booking.contains_key(member);
        LeadRow {
            lead_id: self.lead_id.clone(),
            registered_at: self.registered_at,
            name: self.shown(Member::Name).cloned(),
            email: self.shown(Member::Email).cloned(),
            phone: self.shown(Member::Phone).cloned(),
            locale: self.shown(Member::Locale).cloned(),
            preferred_channel: self.preferred_channel,
            from_booking: Member::ALL.into_iter().filter(is_told).map(Member::as_str).collect(),
            consents: self.consents.clone(),
            updated_at: self.updated_at,
            version: self.version,
        }
    }
}

/// What an event of an agent tells of a lead.
pub(crate) struct BookingContact {
    pub(crate) lead_id: LeadId,
    contact: Option<LeadContact>,
}

impl BookingContact {
    /// None if the event tells nothing.
    pub(crate) fn of(event: &AgentEvent) -> Option<Self> {
        let (lead_id, contact) = match event {
            AgentEvent::AppointmentBooked(event) => (&event.lead_id, &event.lead_contact),
            AgentEvent::AppointmentDetailsChanged(event)
                if event.changed.contains(&AppointmentDetail::LeadContact) =>
            {
                (&event.appointment.lead_id, &event.appointment.lead_contact)
            }
            _ => return None,
        };
        Some(Self { lead_id: lead_id.clone(), contact: contact.clone().map(Personal::disclose) })
    }
}

impl ConsentRow {
    const fn key(&self) -> (ConsentPurpose, ContactChannel) {
        (self.purpose, self.channel)
    }

    fn given(event: ConsentGiven) -> Self {
        let ConsentGiven { purpose, channel, at, source, wording, .. } = event;
        let (source, wording) = (source.map(Personal::disclose), wording.map(Personal::disclose));
        Self { purpose, channel, given: true, at, source, wording }
    }

    fn withdrawn(event: ConsentWithdrawn) -> Self {
        let ConsentWithdrawn { purpose, channel, at, source, wording, .. } = event;
        let (source, wording) = (source.map(Personal::disclose), wording.map(Personal::disclose));
        Self { purpose, channel, given: false, at, source, wording }
    }
}
