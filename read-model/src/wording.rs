//! Sentences and statuses in Spanish and English.

use std::collections::BTreeMap;
use std::sync::Arc;

use availability::Wording;
use chrono::NaiveDate;
use chrono_tz::Tz;
use schemas::value::{AppointmentStatus, NoShowBy};

/// The languages that texts can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Spanish,
    English,
}

impl Language {
    /// From a BCP 47 language tag; English for every language without texts.
    pub(crate) fn of(locale: &str) -> Self {
        if primary(locale).eq_ignore_ascii_case("es") { Self::Spanish } else { Self::English }
    }

    /// Writes dates as a sentence in this language has them, with their year: `martes 15 de diciembre de 2026`. `locale`
    /// is the office's.
    pub(crate) fn dates(self, locale: &str) -> impl Fn(NaiveDate) -> String {
        let wording = self.wording(locale);
        move |date| wording.date_with_year(date)
    }

    /// Names zones as a sentence in this language does: `Isla de Pascua`.
    pub(crate) fn zone_names(self, locale: &str) -> impl Fn(Tz) -> String {
        let wording = self.wording(locale);
        move |zone| wording.zone_name(zone).to_owned()
    }

    fn wording(self, locale: &str) -> Arc<Wording> {
        // A sentence has one language: where it is not the office's, so are its dates.
        let language = match self {
            Self::Spanish => "es",
            Self::English => "en",
        };
        let is_own = primary(locale).eq_ignore_ascii_case(language);
        // Dates and names have no zone.
        Wording::of(if is_own { locale } else { language }, Tz::UTC)
    }

    /// An appointment is *una cita*, so its status is feminine.
    pub(crate) const fn status(
        self,
        status: AppointmentStatus,
        no_show_by: Option<NoShowBy>,
    ) -> &'static str {
        match (self, status) {
            (Self::Spanish, AppointmentStatus::Scheduled) => "agendada, sin confirmar",
            (Self::Spanish, AppointmentStatus::Confirmed) => "confirmada",
            (Self::Spanish, AppointmentStatus::Completed) => "realizada",
            (Self::Spanish, AppointmentStatus::NoShow) => match no_show_by {
                Some(NoShowBy::Agent) => "el agente no asistió",
                Some(NoShowBy::Occupant) => "no hubo quien abriera la propiedad",
                Some(NoShowBy::Lead) | None => "el cliente no asistió",
            },
            (Self::Spanish, AppointmentStatus::Cancelled) => "cancelada",
            (Self::English, AppointmentStatus::Scheduled) => "scheduled, not confirmed",
            (Self::English, AppointmentStatus::Confirmed) => "confirmed",
            (Self::English, AppointmentStatus::Completed) => "completed",
            (Self::English, AppointmentStatus::NoShow) => match no_show_by {
                Some(NoShowBy::Agent) => "the agent did not come",
                Some(NoShowBy::Occupant) => "nobody opened the property",
                Some(NoShowBy::Lead) | None => "the client did not come",
            },
            (Self::English, AppointmentStatus::Cancelled) => "cancelled",
        }
    }
}

/// The name for a locale: of exactly that tag, else of the same language, else the first there is.
pub(crate) fn by_language<'a>(names: &'a BTreeMap<String, String>, locale: &str) -> Option<&'a str> {
    let same_language = || {
        names.iter().find(|(tag, _)| primary(tag).eq_ignore_ascii_case(primary(locale))).map(|(_, name)| name)
    };
    names.get(locale).or_else(same_language).or_else(|| names.values().next()).map(String::as_str)
}

fn primary(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_as_people_say_them() {
        let date = NaiveDate::from_ymd_opt(2026, 12, 15).unwrap();
        let of = |locale| Language::of(locale).dates(locale)(date);
        assert_eq!(of("es-CL"), "martes 15 de diciembre de 2026");
        assert_eq!(of("pt"), "Tuesday 15 December 2026", "in the language of its sentence");
    }

    #[test]
    fn a_name_falls_back_to_its_language_then_to_any() {
        let names = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(tag, name)| ((*tag).to_owned(), (*name).to_owned()))
                .collect::<BTreeMap<_, _>>()
        };
        let both = names(&[("en", "Visit"), ("es", "Visita"), ("es-CL", "Visita a propiedad")]);
        assert_eq!(by_language(&both, "es-CL"), Some("Visita a propiedad"));
        assert_eq!(by_language(&both, "es-MX"), Some("Visita"));
        assert_eq!(by_language(&both, "fr"), Some("Visit"));
        assert_eq!(by_language(&names(&[]), "es"), None);
    }
}
