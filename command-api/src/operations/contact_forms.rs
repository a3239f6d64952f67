//! The forms of what a lead is reached by.

use operation::{Problem, check_length, check_name};

const MAX_NAME: usize = 200;
const MAX_EMAIL: usize = 320;
const MAX_LOCALE: usize = 35;

pub(super) fn check_lead_name(name: &str) -> Result<(), Problem> {
    check_name("name", name, MAX_NAME)
}

/// Refuses what is certainly no address: whether mail arrives there is not known from its form.
pub(super) fn check_email(email: &str) -> Result<(), Problem> {
    check_length("email", email, MAX_EMAIL)?;
    let is_seen = check_name("email", email, MAX_EMAIL).is_ok() && !email.contains(char::is_whitespace);
    let is_address = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.contains('@') && domain.split('.').all(|label| !label.is_empty())
    });
    if is_seen && is_address {
        return Ok(());
    }
    Err(Problem::malformed("email", "must be an address such as carla@example.org"))
}

/// Refuses what is not of the form of E.164.
pub(super) fn check_phone(phone: &str) -> Result<(), Problem> {
    let digits = phone.strip_prefix('+').unwrap_or_default();
    if (8..=15).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && !digits.starts_with('0')
    {
        return Ok(());
    }
    Err(Problem::malformed("phone", "must be + and 8 to 15 digits, such as +56912345678"))
}

/// Refuses what is not of the form of a BCP 47 language tag.
pub(super) fn check_locale(locale: &str) -> Result<(), Problem> {
    let mut parts = locale.split('-');
    let is_language =
        |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|letter| letter.is_ascii_alphabetic());
    let is_part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|letter| letter.is_ascii_alphanumeric())
    };
    if locale.len() <= MAX_LOCALE && parts.next().is_some_and(is_language) && parts.all(is_part) {
        return Ok(());
    }
    Err(Problem::malformed("locale", "must be a BCP 47 language tag, such as es-CL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telephones_are_international() {
        for good in ["+56977712345", "+12345678", "+123456789012345"] {
            assert!(check_phone(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "+",
            "56977712345",
            "+1234567",
            "+1234567890123456",
            "+56 9 7771",
            "+0912345678",
            "+5697771234a",
        ] {
            assert!(check_phone(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_have_two_parts() {
        for good in ["a@b", "zoraida.nunez+citas@example.org", "ñandú@correo.example"] {
            assert!(check_email(good).is_ok(), "{good}");
        }
        let long = format!("{}@example.org", "a".repeat(320));
        for bad in ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b..c", "a@.b", "a\u{200b}@b", &long] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn locales_are_tags() {
        for good in ["es", "es-CL", "es-419", "zh-Hant-TW", "arn"] {
            assert!(check_locale(good).is_ok(), "{good}");
        }
        for bad in ["", "e", "es_CL", "es-", "-CL", "es-CL-", "e5", "español", "es-abcdefghi"] {
            assert!(check_locale(bad).is_err(), "{bad}");
        }
    }
}
