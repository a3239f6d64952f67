//! Zones as people call them: by a city, in every language, by the data of ICU4X; those of Chile, in Spanish, by their part of
//! the country.

use std::sync::OnceLock;

use chrono_tz::{TZ_VARIANTS, Tz};
use icu_datetime::fieldsets::zone::ExemplarCity;
use icu_datetime::input::TimeZone;
use icu_datetime::{DateTimeFormatterPreferences, NoCalendarFormatter};
use icu_locale_core::Locale;
use icu_time::zone::iana::IanaParser;

/// The names of zones in one language, each made when it is first asked for.
pub(super) struct ZoneNames {
    locale: Locale,
    /// In the order of [`TZ_VARIANTS`], which is that of `Tz`.
    names: Box<[OnceLock<Box<str>>]>,
}

impl ZoneNames {
    pub(super) fn of(locale: &Locale) -> Self {
        let names = TZ_VARIANTS.iter().map(|_| OnceLock::new()).collect();
        Self { locale: locale.clone(), names }
    }

    /// `Isla de Pascua`
    pub(super) fn name(&self, zone: Tz) -> &str {
        self.names[zone as usize].get_or_init(|| self.make(zone).into())
    }

    fn make(&self, zone: Tz) -> String {
        let is_spanish = self.locale.id.language.as_str() == "es";
        match zone {
            Tz::America__Santiago | Tz::Chile__Continental if is_spanish => "Chile continental".to_owned(),
            Tz::America__Punta_Arenas if is_spanish => "Magallanes".to_owned(),
            Tz::America__Coyhaique if is_spanish => "Aysén".to_owned(),
            _ => self.city(zone).unwrap_or_else(|| zone.name().to_owned()),
        }
    }

    /// None for zones of no place, such as `UTC`.
    fn city(&self, zone: Tz) -> Option<String> {
        let has_place = zone.name().contains('/') && !zone.name().starts_with("Etc/");
        let known = has_place.then(|| IanaParser::new().parse(zone.name()));
        let known = known.filter(|known| *known != TimeZone::UNKNOWN)?;
        let preferences = DateTimeFormatterPreferences::from(&self.locale);
        let formatter = NoCalendarFormatter::try_new(preferences, ExemplarCity).ok()?;
        Some(formatter.format(&known.without_offset()).to_string())
    }
}
