//! The leads of the demonstration: who they are, and how they can be reached.

use schemas::value::LeadContact;
use schemas::{LeadId, Personal};

/// The first lead's number.
const FIRST_LEAD: usize = 6_001;

const GIVEN_NAMES: &[&str] = &[
    "Agustina",
    "Alonso",
    "Amanda",
    "Andrés",
    "Bárbara",
    "Benjamín",
    "Camilo",
    "Carolina",
    "Catalina",
    "Claudia",
    "Constanza",
    "Cristóbal",
    "Daniela",
    "Eduardo",
    "Elisa",
    "Emilia",
    "Esteban",
    "Felipe",
    "Fernanda",
    "Florencia",
    "Gabriel",
    "Gonzalo",
    "Isidora",
    "Javiera",
    "Joaquín",
    "José Tomás",
    "Juan Pablo",
    "Loreto",
    "Lucas",
    "Macarena",
    "Magdalena",
    "Marcela",
    "Martín",
    "María José",
    "Maximiliano",
    "Nicolás",
    "Pamela",
    "Patricio",
    "Paula",
    "Pilar",
    "Renato",
    "Ricardo",
    "Rodrigo",
    "Sebastián",
    "Sofía",
    "Tomás",
    "Valentina",
    "Vicente",
];

/// Their number and that of the given names have no divisor in common, so that no two leads have the same name.
const FAMILY_NAMES: &[&str] = &[
    "Acevedo",
    "Aguilera",
    "Alarcón",
    "Araya",
    "Arriagada",
    "Bravo",
    "Bustos",
    "Cáceres",
    "Carrasco",
    "Castillo",
    "Cifuentes",
    "Contreras",
    "Cortés",
    "Díaz",
    "Donoso",
    "Escobar",
    "Espinoza",
    "Farías",
    "Figueroa",
    "Garrido",
    "González",
    "Gutiérrez",
    "Henríquez",
    "Hernández",
    "Herrera",
    "Jara",
    "Lagos",
    "Leiva",
    "Medina",
    "Molina",
    "Morales",
    "Navarrete",
    "Núñez",
    "Olivares",
    "Orellana",
    "Ortiz",
    "Parra",
    "Peña",
    "Pizarro",
    "Poblete",
    "Reyes",
    "Riquelme",
    "Salazar",
    "Sandoval",
    "Sepúlveda",
    "Soto",
    "Tapia",
    "Toro",
    "Valdés",
    "Valenzuela",
    "Vera",
    "Vergara",
    "Zúñiga",
];

/// A lead, by a number that counts from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lead(pub(super) usize);

impl Lead {
    pub(super) fn id(self) -> LeadId {
        LeadId::parse(&(FIRST_LEAD + self.0).to_string()).expect("a number is an id")
    }

    /// Given name and two family names.
    fn name(self) -> [&'static str; 3] {
        let of = |names: &[&'static str], number: usize| names[number % names.len()];
        let Self(number) = self;
        [
            of(GIVEN_NAMES, 7 * number + 11),
            of(FAMILY_NAMES, 11 * number + 20),
            of(FAMILY_NAMES, 17 * number + 37 + number / FAMILY_NAMES.len()),
        ]
    }

    /// How the lead can be reached: at addresses and numbers that nobody can have.
    pub(super) fn contact(self) -> Personal<LeadContact> {
        Personal::new(self.id(), self.reached_at())
    }

    fn reached_at(self) -> LeadContact {
        let [given, family, second_family] = self.name();
        LeadContact {
            name: Some(format!("{given} {family} {second_family}")),
            email: Some(format!("{}.{}@example.com", in_ascii(given), in_ascii(family))),
            phone: Some(format!("+56 9 0{:03} {:04}", self.0 * 37 % 1_000, self.0 * 7_919 % 10_000)),
            locale: Some("es-CL".to_owned()),
        }
    }
}

/// A name as it stands in an e-mail address.
fn in_ascii(name: &str) -> String {
    let plain = |character| match character {
        'á' => 'a',
        'é' => 'e',
        'í' => 'i',
        'ó' => 'o',
        'ú' => 'u',
        'ñ' => 'n',
        ' ' => '.',
        other => other,
    };
    name.to_lowercase().chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_of_two_thousand_leads_are_called_the_same_or_have_the_same_address() {
        let (mut names, mut emails) = (HashSet::new(), HashSet::new());
        for number in 0..2_000 {
            let contact = Lead(number).reached_at();
            assert!(names.insert(contact.name.clone()), "{contact:?}");
            let email = contact.email.clone().unwrap();
            assert!(email.is_ascii() && !email.contains(' '), "{email}");
            assert!(emails.insert(email), "{contact:?}");
        }
    }

    #[test]
    fn a_number_can_be_nobodys() {
        // A mobile number of Chile has nine digits, the second of which is not 0.
        for number in [0, 1, 999] {
            let phone = Lead(number).reached_at().phone.unwrap();
            assert!(phone.starts_with("+56 9 0") && phone.len() == "+56 9 0123 4567".len(), "{phone}");
        }
    }
}
