//! The properties of the demonstration, each at one address in its own comuna.

use schemas::PropertyId;

/// A property that is for sale or to let.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Property {
    /// Its id is this number after `P-`.
    number: u16,
    street: &'static str,
    pub(super) comuna: &'static str,
}

impl Property {
    pub(super) fn id(&self) -> PropertyId {
        PropertyId::parse(&format!("P-{}", self.number)).expect("a letter and a number are an id")
    }

    /// Where it is, the comuna last.
    pub(super) fn address(&self) -> String {
        format!("{}, {}", self.street, self.comuna)
    }
}

const fn property(number: u16, street: &'static str, comuna: &'static str) -> Property {
    Property { number, street, comuna }
}

/// The properties in these comunas.
pub(super) fn within(comunas: &[&str]) -> Vec<&'static Property> {
    PROPERTIES.iter().filter(|property| comunas.contains(&property.comuna)).collect()
}

const PROPERTIES: &[Property] = &[
    property(301, "Av. Providencia 1650, depto. 1204", "Providencia"),
    property(302, "Los Leones 1185, depto. 302", "Providencia"),
    property(303, "Av. Pedro de Valdivia 2340, depto. 81", "Providencia"),
    property(304, "Manuel Montt 755, depto. 1401", "Providencia"),
    property(305, "Av. Irarrázaval 2821, depto. 710", "Ñuñoa"),
    property(306, "Simón Bolívar 3455", "Ñuñoa"),
    property(307, "Av. Grecia 1010, depto. 1502", "Ñuñoa"),
    property(308, "Merced 562, depto. 43", "Santiago"),
    property(309, "Santa Isabel 385, depto. 1210", "Santiago"),
    property(310, "Av. Apoquindo 5680, depto. 903", "Las Condes"),
    property(311, "Av. Cristóbal Colón 6120", "Las Condes"),
    property(312, "Isabel la Católica 4470, depto. 52", "Las Condes"),
    property(313, "Av. Vitacura 7125, depto. 401", "Vitacura"),
    property(314, "Luis Pasteur 5840", "Vitacura"),
    property(315, "República 217", "Santiago"),
    property(316, "Av. Vicuña Mackenna 8720, depto. 1107", "La Florida"),
    property(317, "Walker Martínez 1530", "La Florida"),
    property(318, "Av. Pajaritos 3310, depto. 604", "Maipú"),
    property(319, "Av. 5 de Abril 480, casa 12", "Maipú"),
    property(320, "Av. Libertad 890, depto. 1501", "Viña del Mar"),
    property(321, "Av. San Martín 475, depto. 22", "Viña del Mar"),
    property(322, "3 Norte 610, depto. 704", "Viña del Mar"),
    property(323, "Álvarez 1822, depto. 93", "Viña del Mar"),
    property(324, "Av. Concón Reñaca 3850, depto. 1102", "Concón"),
    property(325, "Los Pellines 455", "Concón"),
    property(326, "Av. Alemania 5120", "Valparaíso"),
    property(327, "Lautaro Rosas 540, depto. 3", "Valparaíso"),
    property(328, "Av. Colón 1031", "Punta Arenas"),
    property(329, "Av. Bulnes 2750, casa 8", "Punta Arenas"),
    property(330, "José Menéndez 678", "Punta Arenas"),
    property(331, "Av. Chacabuco 1085, depto. 905", "Concepción"),
    property(332, "Barros Arana 1740, depto. 610", "Concepción"),
    property(333, "Av. Pedro de Valdivia 1220", "Concepción"),
    property(334, "Av. Michimalonco 1105", "San Pedro de la Paz"),
    property(335, "Los Canelos 85, depto. 31", "San Pedro de la Paz"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::agency::AGENTS;
    use super::*;

    #[test]
    fn every_property_is_another_at_another_address_and_somebody_shows_it() {
        let (mut ids, mut addresses) = (HashSet::new(), HashSet::new());
        for property in PROPERTIES {
            assert!(ids.insert(property.id()) && addresses.insert(property.address()), "{property:?}");
            let is_shown = AGENTS.iter().any(|agent| agent.comunas.contains(&property.comuna));
            assert!(is_shown, "nobody shows {property:?}");
        }
        for agent in AGENTS {
            assert!(agent.comunas.iter().all(|comuna| !within(&[comuna]).is_empty()), "{agent:?}");
        }
    }
}
