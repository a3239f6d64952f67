use availability::{Reason, check, slots};
use chrono_tz::America::Santiago;

use crate::given::{CALL, VISIT, agent, at, block, booking, code, hold, office, query, request, visit};

const MONDAY: &str = "2026-12-14";

fn monday(time: &str) -> chrono::DateTime<chrono::Utc> {
    at(&format!("{MONDAY}T{time}:00-03:00"))
}

#[test]
fn a_day_of_hours_is_cut_into_starts_on_the_grid() {
    let (agent, office, visits) = (agent(Santiago, "09:00", "11:00"), office(Santiago), code(VISIT));
    let found = slots(
        &agent,
        &office,
        &query(&visits, "2026-12-14T00:00:00Z", "2026-12-15T00:00:00Z"),
        monday("00:00"),
    );
    let starts: Vec<_> = found.iter().map(|slot| slot.start).collect();
    assert_eq!(starts, [monday("09:00"), monday("09:30"), monday("10:00")]);
}

#[test]
fn each_reason_is_given_for_what_it_says() {
    let now = monday("08:00");
    let visits = code(VISIT);
    let office = office(Santiago);
    let check = |agent: &_, office: &_, start, now| check(agent, office, &request(&visits, start), now).err();

    let plain = agent(Santiago, "09:00", "18:00");
    assert_eq!(check(&plain, &office, monday("10:00"), now), None);
    assert_eq!(check(&plain, &office, monday("10:10"), now), Some(Reason::OutsideHours));
    assert_eq!(check(&plain, &office, monday("17:30"), now), Some(Reason::OutsideHours));
    assert_eq!(check(&plain, &office, monday("10:00"), monday("10:01")), Some(Reason::TooSoon));

    let mut blocked = plain.clone();
    blocked.block(block(1, Santiago, "2026-12-14T10:30:00", "2026-12-14T10:45:00"));
    assert_eq!(check(&blocked, &office, monday("10:00"), now), Some(Reason::Blocked));
    assert_eq!(check(&blocked, &office, monday("11:00"), now), None);

    let mut booked = plain.clone();
    booked.book(booking(1, &visit(), monday("10:00")));
    assert_eq!(check(&booked, &office, monday("10:00"), now), Some(Reason::AlreadyBooked));
    assert_eq!(check(&booked, &office, monday("10:30"), now), Some(Reason::AlreadyBooked));
    assert_eq!(check(&booked, &office, monday("11:00"), now), None);

    let mut held = plain;
    held.hold(hold(1, &visit(), monday("10:00"), monday("08:05")));
    assert_eq!(check(&held, &office, monday("10:00"), now), Some(Reason::Held));
    assert_eq!(check(&held, &office, monday("10:00"), monday("08:05")), None);
    let _ = CALL;
}
