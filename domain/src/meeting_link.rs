//! Addresses of video calls: an agent's own room, and the office's template.

use schemas::AppointmentId;
use thiserror::Error;

/// What stands in a template for the appointment's id.
const PLACEHOLDER: &str = "{appointment_id}";
/// The longest address, in bytes: with the id in it, it is still shorter than the longest location.
const MAX_LENGTH: usize = 400;

/// Why an address is not used for video calls. Display says what is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidMeetingLink {
    /// It is not one that a browser opens safely.
    #[error("must be an https address, such as https://meet.example.cl/sala")]
    NoHttps,
    /// It is too long.
    #[error("may have {MAX_LENGTH} characters at most")]
    TooLong,
    /// All appointments would have the same link.
    #[error("must contain {PLACEHOLDER} once, such as https://meet.example.cl/{PLACEHOLDER}")]
    NoPlaceholder,
}

/// Checks the address of an agent's room.
pub fn check_meeting_room(url: &str) -> Result<(), InvalidMeetingLink> {
    if url.len() > MAX_LENGTH {
        return Err(InvalidMeetingLink::TooLong);
    }
    if is_https(url) { Ok(()) } else { Err(InvalidMeetingLink::NoHttps) }
}

/// Checks the office's template.
pub fn check_meeting_link_template(template: &str) -> Result<(), InvalidMeetingLink> {
    if template.len() > MAX_LENGTH {
        return Err(InvalidMeetingLink::TooLong);
    }
    if !is_https(&template.replace(PLACEHOLDER, "id")) {
        return Err(InvalidMeetingLink::NoHttps);
    }
    // Twice says nothing more, and makes the link longer than the longest location.
    if template.matches(PLACEHOLDER).count() == 1 { Ok(()) } else { Err(InvalidMeetingLink::NoPlaceholder) }
}

/// The link of one appointment.
pub(crate) fn filled_in(template: &str, appointment_id: AppointmentId) -> String {
    template.replace(PLACEHOLDER, &appointment_id.to_string())
}

/// Whether it is `https://`, a host with or without a port, and characters that stand in an address as they are.
fn is_https(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return false };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    host.split('.').all(is_label) && port.parse::<u16>().is_ok() && path.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_room_is_an_https_address() {
        for url in [
            "https://meet.example.cl/catalina",
            "https://meet.example.cl",
            "https://meet.example.cl:8443/a/b?c=d%20e#f",
            "https://localhost/x",
        ] {
            assert_eq!(check_meeting_room(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "catalina",
            "http://meet.example.cl/catalina",
            "HTTPS://meet.example.cl/catalina",
            "javascript:alert(1)",
            "https://",
            "https:///catalina",
            "https://meet..cl/catalina",
            "https://catalina@meet.example.cl/",
            "https://meet.example.cl:https/",
            "https://meet.example.cl:99999/",
            "https://meet.example.cl/a b",
            "https://meet.example.cl/a\nb",
            "https://meet.example.cl/{appointment_id}",
            "https://meet.example.cl/sal\u{f3}n",
            " https://meet.example.cl/catalina",
        ] {
            assert_eq!(check_meeting_room(url), Err(InvalidMeetingLink::NoHttps), "{url}");
        }
    }

    #[test]
    fn a_template_has_the_place_of_the_appointments_id() {
        for template in
            ["https://meet.example.cl/{appointment_id}", "https://meet.example.cl/?room={appointment_id}#now"]
        {
            assert_eq!(check_meeting_link_template(template), Ok(()), "{template}");
        }
        for template in
            ["https://meet.example.cl/sala", "https://meet.example.cl/{appointment_id}/{appointment_id}"]
        {
            let refused = check_meeting_link_template(template);
            assert_eq!(refused, Err(InvalidMeetingLink::NoPlaceholder), "{template}");
        }
        for template in
            ["meet.example.cl/{appointment_id}", "https://meet.example.cl/{agent_id}/{appointment_id}"]
        {
            let refused = check_meeting_link_template(template);
            assert_eq!(refused, Err(InvalidMeetingLink::NoHttps), "{template}");
        }
    }

    #[test]
    fn no_address_is_longer_than_a_location() {
        let long = |length: usize| format!("https://meet.example.cl/{}", "a".repeat(length - 24));
        assert_eq!(check_meeting_room(&long(400)), Ok(()));
        assert_eq!(check_meeting_room(&long(401)), Err(InvalidMeetingLink::TooLong));
        let template = format!("{}{PLACEHOLDER}", long(401 - PLACEHOLDER.len()));
        assert_eq!(check_meeting_link_template(&template), Err(InvalidMeetingLink::TooLong));
    }

    #[test]
    fn a_template_is_filled_in() {
        let appointment_id = AppointmentId::new(Uuid::from_u128(0x17));
        let link = filled_in("https://meet.example.cl/{appointment_id}?x", appointment_id);
        assert_eq!(link, "https://meet.example.cl/00000000-0000-0000-0000-000000000017?x");
    }
}
