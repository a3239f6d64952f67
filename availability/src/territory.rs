//! Chile's comunas and regions by official name or code, and the zones of their clocks.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono_tz::Tz;

/// A comuna.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comuna {
    /// Its official code, whose first two digits are the region's.
    pub code: &'static str,
    /// Its official name.
    pub name: &'static str,
    /// Its region's official name.
    pub region: &'static str,
}

static TERRITORY: LazyLock<Territory> = LazyLock::new(|| Territory::read(include_str!("territory.csv")));

const REGION_DIGITS: usize = 2;
const EASTER: &str = "05201";
const AYSEN: &str = "11";
const MAGALLANES: &str = "12";

struct Territory {
    /// By code.
    names: BTreeMap<&'static str, &'static str>,
    /// Comunas by their folded names.
    comunas: BTreeMap<String, &'static str>,
}

impl Territory {
    fn read(lines: &'static str) -> Self {
        let lines = lines.lines().filter(|line| !line.starts_with('#'));
        let names: BTreeMap<_, _> = lines.filter_map(|line| line.split_once(',')).collect();
        let comunas = names.iter().filter(|(code, _)| code.len() > REGION_DIGITS);
        let comunas = comunas.map(|(code, name)| (folded(name), *code)).collect();
        Self { names, comunas }
    }
}

impl Comuna {
    /// The comuna of this official name or code. Capitals and accents make no difference.
    pub fn named(name_or_code: &str) -> Option<Self> {
        let wanted = name_or_code.trim();
        let code = TERRITORY.comunas.get(&folded(wanted)).copied().unwrap_or(wanted);
        let (code, name) =
            TERRITORY.names.get_key_value(code).filter(|(code, _)| code.len() > REGION_DIGITS)?;
        let region = TERRITORY.names.get(region_of(code)?)?;
        Some(Self { code, name, region })
    }

    /// Whether this is its region's official name or code.
    pub fn is_in_region(&self, name_or_code: &str) -> bool {
        let wanted = name_or_code.trim();
        folded(wanted) == folded(self.region) || region_of(self.code) == Some(wanted)
    }

    /// The zone of its clocks.
    pub fn time_zone(&self) -> Tz {
        match (self.code, region_of(self.code)) {
            (EASTER, _) => Tz::Pacific__Easter,
            (_, Some(AYSEN)) => Tz::America__Coyhaique,
            (_, Some(MAGALLANES)) => Tz::America__Punta_Arenas,
            _ => Tz::America__Santiago,
        }
    }
}

fn region_of(code: &str) -> Option<&str> {
    code.get(..REGION_DIGITS)
}

/// In small letters without accents.
fn folded(name: &str) -> String {
    let without = |letter| match letter {
        'á' => 'a',
        'é' => 'e',
        'í' => 'i',
        'ó' => 'o',
        'ú' | 'ü' => 'u',
        'ñ' => 'n',
        '’' => '\'',
        other => other,
    };
    name.to_lowercase().chars().map(without).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_comuna_is_found_by_name_and_code_and_has_a_region() {
        let codes: Vec<_> =
            TERRITORY.names.keys().filter(|code| code.len() > REGION_DIGITS).copied().collect();
        assert_eq!((codes.len(), TERRITORY.names.len()), (346, 346 + 16));
        for code in codes {
            let comuna = Comuna::named(code).unwrap();
            assert_eq!(Comuna::named(comuna.name), Some(comuna));
            assert!(comuna.is_in_region(&code[..2]) && comuna.is_in_region(comuna.region));
        }
    }

    #[test]
    fn capitals_and_accents_make_no_difference() {
        let found = Comuna::named(" nunoa ").unwrap();
        assert_eq!((found.code, found.name, found.region), ("13120", "Ñuñoa", "Metropolitana de Santiago"));
        for nothing in ["", "13", "99999", "Mendoza", "Metropolitana de Santiago"] {
            assert_eq!(Comuna::named(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn clocks_differ_in_the_south_and_on_the_island() {
        for (name, zone) in [
            ("Isla de Pascua", Tz::Pacific__Easter),
            ("Valparaíso", Tz::America__Santiago),
            ("Coyhaique", Tz::America__Coyhaique),
            ("Punta Arenas", Tz::America__Punta_Arenas),
            ("Putre", Tz::America__Santiago),
        ] {
            assert_eq!(Comuna::named(name).unwrap().time_zone(), zone, "{name}");
        }
    }
}
