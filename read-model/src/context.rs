//! A lead's appointments as context for a conversation, also as text for a prompt.

use std::fmt::Write;

use availability::{Localized, zone};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use schemas::value::CancellationCause;
use schemas::{AgentId, LeadId, is_invisible};
use serde::Serialize;

use crate::AppointmentRow;
use crate::office::OfficeView;
use crate::wording::Language;

/// How many past appointments the text lists.
const PAST_IN_TEXT: usize = 5;
/// Free text from outside is cut to this many characters, which leaves little room for prompt injection.
const MAX_FREE_TEXT: usize = 120;

/// What a conversation with a lead should know of the lead's appointments.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LeadContext {
    /// The lead.
    pub lead_id: LeadId,
    /// The instant that divides `upcoming` from `past`.
    pub now: DateTime<Utc>,
    /// The office's zone.
    #[schemars(with = "String")]
    pub time_zone: Tz,
    /// Appointments that can still take place, earliest first, at most 50.
    pub upcoming: Vec<Localized<AppointmentRow>>,
    /// Appointments that are over or cancelled, latest first, at most 20.
    pub past: Vec<Localized<AppointmentRow>>,
    /// The same as text for a prompt, in the office's language: with the ids that commands need, without notes and
    /// contact.
    pub text: String,
}

impl LeadContext {
    pub(crate) const MAX_UPCOMING: usize = 50;
    pub(crate) const MAX_PAST: usize = 20;

    /// Whether an appointment can still take place.
    pub(crate) fn is_upcoming(row: &AppointmentRow, now: DateTime<Utc>) -> bool {
        !row.status.is_final() && now < row.end
    }

    pub(crate) fn new(
        lead_id: LeadId,
        now: DateTime<Utc>,
        office: &OfficeView,
        upcoming: Vec<AppointmentRow>,
        past: Vec<AppointmentRow>,
        agent_name: impl Fn(&AgentId) -> Option<String>,
    ) -> Self {
        let language = office.language();
        let date = language.dates(&office.policy.locale);
        let zone_name = language.zone_names(&office.policy.locale);
        let words = Words { office, language, date: &date, zone_name: &zone_name, agent_name: &agent_name };
        let text = words.context(now, &upcoming, &past);
        let wording = office.wording();
        let localized =
            |rows: Vec<AppointmentRow>| rows.into_iter().map(|row| row.localized(&wording)).collect();
        let (upcoming, past) = (localized(upcoming), localized(past));
        Self { lead_id, now, time_zone: office.time_zone(), upcoming, past, text }
    }
}

struct Words<'a> {
    office: &'a OfficeView,
    language: Language,
    date: &'a dyn Fn(NaiveDate) -> String,
    zone_name: &'a dyn Fn(Tz) -> String,
    agent_name: &'a dyn Fn(&AgentId) -> Option<String>,
}

impl Words<'_> {
    fn context(&self, now: DateTime<Utc>, upcoming: &[AppointmentRow], past: &[AppointmentRow]) -> String {
        let zone = self.office.time_zone();
        let here = zone::local(zone, now);
        let (date, time) = ((self.date)(here.date()), here.format("%H:%M"));
        let zone_name = (self.zone_name)(zone);
        let mut text = match self.language {
            Language::Spanish => format!("Ahora es {date}, {time} (hora de {zone_name}).\n"),
            Language::English => format!("It is now {date}, {time} ({zone_name} time).\n"),
        };
        let (none, some) = match self.language {
            Language::Spanish => ("El cliente no tiene citas próximas.", "Próximas citas del cliente:"),
            Language::English => {
                ("The client has no upcoming appointments.", "The client's upcoming appointments:")
            }
        };
        text.push_str(if upcoming.is_empty() { none } else { some });
        text.push('\n');
        for row in upcoming {
            self.line(&mut text, row, now);
        }
        if !past.is_empty() {
            text.push_str(match self.language {
                Language::Spanish => "Citas anteriores o canceladas, la más reciente primero:\n",
                Language::English => "Past or cancelled appointments, latest first:\n",
            });
            for row in past.iter().take(PAST_IN_TEXT) {
                self.line(&mut text, row, now);
            }
        }
        text
    }

    fn line(&self, text: &mut String, row: &AppointmentRow, now: DateTime<Utc>) {
        let spanish = self.language == Language::Spanish;
        let date = (self.date)(row.local_start.date());
        let start = row.local_start.format("%H:%M");
        let end = zone::local(row.time_zone, row.end).format("%H:%M").to_string();
        let kind = one_line(self.office.type_name(&row.appointment_type));
        let agent = (self.agent_name)(&row.agent_id).map_or_else(String::new, |name| one_line(&name));
        let agent_id = &row.agent_id;
        let mut parts = vec![if spanish {
            format!("{date}, {start} a {end}: {kind} con {agent} (agent_id {agent_id})")
        } else {
            format!("{date}, {start} to {end}: {kind} with {agent} (agent_id {agent_id})")
        }];
        if row.time_zone != self.office.time_zone() {
            let zone = (self.zone_name)(row.time_zone);
            parts.push(if spanish { format!("hora de {zone}") } else { format!("{zone} time") });
        }
        parts.push(self.language.status(row.status, row.no_show_by).to_owned());
        if row.cancellation_cause == Some(CancellationCause::Released) {
            let why = if spanish {
                "el cliente no la confirmó a tiempo"
            } else {
                "the client did not confirm it in time"
            };
            parts.push(why.to_owned());
        }
        if let Some(confirm_by) = row.confirm_by.filter(|confirm_by| now < *confirm_by) {
            let local = zone::local(row.time_zone, confirm_by);
            let (date, time) = ((self.date)(local.date()), local.format("%H:%M"));
            parts.push(if spanish {
                format!("se cancela si el cliente no la confirma antes del {date}, {time}")
            } else {
                format!("is cancelled unless the client confirms it before {date}, {time}")
            });
        }
        match (row.sequence, spanish) {
            (0, _) => {}
            (1, true) => parts.push("reprogramada una vez".to_owned()),
            (times, true) => parts.push(format!("reprogramada {times} veces")),
            (1, false) => parts.push("rescheduled once".to_owned()),
            (times, false) => parts.push(format!("rescheduled {times} times")),
        }
        if let Some(property_id) = &row.property_id {
            parts.push(if spanish {
                format!("propiedad {property_id}")
            } else {
                format!("property {property_id}")
            });
        }
        if let Some(location) = &row.location {
            let location = one_line(location);
            parts.push(if spanish {
                format!("lugar: «{location}»")
            } else {
                format!("place: \"{location}\"")
            });
        }
        parts.push(format!("appointment_id {}", row.id));
        writeln!(text, "- {}.", parts.join("; ")).expect("writing to a String does not fail");
    }
}

/// Text from outside as one line of bounded length that cannot close its quotes, without what people do not see of it.
fn one_line(text: &str) -> String {
    let seen = text.chars().filter(|c| !is_invisible(*c));
    let plain = seen.map(|c| if c.is_control() || matches!(c, '«' | '»' | '"') { ' ' } else { c });
    let mut line = plain.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(MAX_FREE_TEXT) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn text_from_outside_is_one_line_of_what_people_see() {
        let hidden = "Los \u{202e}Leones\u{200b} \u{e0049}\u{e0067}\u{e006e}12\n»; \u{feff}ok";
        assert_eq!(one_line(hidden), "Los Leones 12 ; ok");
    }
}
