//! Times in words.

use availability::Wording;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn text(locale: &str, start: &str, end: &str, zone: Tz) -> String {
    Wording::of(locale, zone).time(at(start), at(end), zone).text
}

const SANTIAGO: Tz = Tz::America__Santiago;

#[test]
fn a_time_has_its_date_its_start_and_its_end() {
    let time =
        Wording::of("es-CL", SANTIAGO).time(at("2026-12-01T17:00:00Z"), at("2026-12-01T18:00:00Z"), SANTIAGO);
    assert_eq!(time.text, "martes 1 de diciembre, 14:00 a 15:00");
    assert_eq!((&*time.weekday, time.zone), ("martes", SANTIAGO));
    assert_eq!(time.local.to_string(), "2026-12-01 14:00:00");
    let of = |locale| text(locale, "2026-12-01T17:00:00Z", "2026-12-01T18:00:00Z", SANTIAGO);
    assert_eq!(of("en"), "Tuesday 1 December, 14:00 to 15:00");
    assert_eq!(of("xx"), "Tuesday 1 December, 14:00 to 15:00");
    assert_eq!(of("pt"), "terça-feira 1 de dezembro, 14:00 – 15:00");
}

#[test]
fn a_time_of_another_clock_than_the_offices_names_its_zone() {
    let of = |locale, start, zone| {
        let start = at(start);
        let wording = Wording::of(locale, SANTIAGO);
        let time = wording.time(start, start + TimeDelta::hours(1), zone);
        assert_eq!(wording.writer(zone).time(start, start + TimeDelta::hours(1)), time);
        time.text
    };
    let easter = Tz::Pacific__Easter;
    let noon = "2026-12-01T15:00:00Z";
    assert_eq!(of("es", noon, easter), "martes 1 de diciembre, 10:00 a 11:00 (hora de Isla de Pascua)");
    assert_eq!(of("en", noon, easter), "Tuesday 1 December, 10:00 to 11:00 (Easter Island time)");
    assert_eq!(of("pt", noon, easter), "terça-feira 1 de dezembro, 10:00 – 11:00 (Ilha de Páscoa)");
    assert_eq!(Wording::of("es", easter).zone_name(SANTIAGO), "Chile continental");
    assert_eq!(Wording::of("en", easter).zone_name(SANTIAGO), "Santiago");
    assert_eq!(Wording::of("es", easter).zone_name(Tz::UTC), "UTC");
    // Punta Arenas has the summer time of Santiago all year.
    let south = Tz::America__Punta_Arenas;
    assert_eq!(of("es", noon, south), "martes 1 de diciembre, 12:00 a 13:00");
    assert_eq!(
        of("es", "2026-07-01T15:00:00Z", south),
        "miércoles 1 de julio, 12:00 a 13:00 (hora de Magallanes)"
    );
}

#[test]
fn an_end_on_another_day_names_that_day() {
    let of = |locale| text(locale, "2026-12-02T02:30:00Z", "2026-12-02T03:30:00Z", SANTIAGO);
    assert_eq!(of("es"), "martes 1 de diciembre, 23:30 a 00:30 del miércoles 2 de diciembre");
    assert_eq!(of("en"), "Tuesday 1 December, 23:30 to 00:30 on Wednesday 2 December");
    assert_eq!(of("pt"), "terça-feira 1 de dezembro, 23:30 – quarta-feira 2 de dezembro, 00:30");
}

/// On 4 April 2026 the clock in Santiago goes from 24:00 back to 23:00, at 03:00 UTC.
#[test]
fn a_time_that_happens_twice_says_which_one_it_is() {
    let of = |start, end| text("es", start, end, SANTIAGO);
    assert_eq!(
        of("2026-04-05T02:30:00Z", "2026-04-05T03:30:00Z"),
        "sábado 4 de abril, 23:30 (primera vez) a 23:30 (segunda vez)"
    );
    assert_eq!(
        of("2026-04-05T02:30:00Z", "2026-04-05T03:00:00Z"),
        "sábado 4 de abril, 23:30 (primera vez) a 23:00 (segunda vez)"
    );
    assert_eq!(
        of("2026-04-05T03:30:00Z", "2026-04-05T04:00:00Z"),
        "sábado 4 de abril, 23:30 (segunda vez) a 00:00 del domingo 5 de abril"
    );
    assert_eq!(
        of("2026-04-05T01:30:00Z", "2026-04-05T02:30:00Z"),
        "sábado 4 de abril, 22:30 a 23:30 (primera vez)"
    );
    assert_eq!(
        text("en", "2026-04-05T02:30:00Z", "2026-04-05T03:30:00Z", SANTIAGO),
        "Saturday 4 April, 23:30 (first time) to 23:30 (second time)"
    );
    assert_eq!(
        text("pt", "2026-04-05T02:30:00Z", "2026-04-05T03:30:00Z", SANTIAGO),
        "sábado 4 de abril, 23:30 (UTC-03:00) – 23:30 (UTC-04:00)"
    );
}

#[test]
fn slots_of_the_same_wall_clock_time_differ_in_text() {
    let first =
        Wording::of("es", SANTIAGO).time(at("2026-04-05T02:00:00Z"), at("2026-04-05T02:30:00Z"), SANTIAGO);
    let second =
        Wording::of("es", SANTIAGO).time(at("2026-04-05T03:00:00Z"), at("2026-04-05T03:30:00Z"), SANTIAGO);
    assert_eq!(first.local, second.local);
    assert_ne!(first.text, second.text);
}

/// On 5 September 2026 the clock in Santiago goes from 24:00 on to 01:00, at 04:00 UTC.
#[test]
fn an_hour_that_is_skipped_is_not_in_the_text() {
    assert_eq!(
        text("es", "2026-09-06T03:30:00Z", "2026-09-06T04:30:00Z", SANTIAGO),
        "sábado 5 de septiembre, 23:30 a 01:30 del domingo 6 de septiembre"
    );
}

#[test]
fn whole_days_are_told_by_their_dates() {
    let wording = Wording::of("es", SANTIAGO);
    let date = |day| NaiveDate::from_ymd_opt(2026, 12, day).unwrap();
    let christmas = wording.days(date(25), date(25), SANTIAGO);
    assert_eq!((&*christmas.text, &*christmas.weekday), ("viernes 25 de diciembre", "viernes"));
    assert_eq!(christmas.local, date(25).and_hms_opt(0, 0, 0).unwrap());
    let days = wording.days(date(25), date(27), SANTIAGO);
    assert_eq!(days.text, "viernes 25 de diciembre a domingo 27 de diciembre");
}

#[test]
fn an_instant_has_its_date_and_its_time() {
    assert_eq!(
        Wording::of("es", SANTIAGO).instant(at("2026-04-05T03:30:00Z"), SANTIAGO).text,
        "sábado 4 de abril, 23:30 (segunda vez)"
    );
}

#[test]
fn every_time_has_a_text() {
    for time in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        assert!(!Wording::of("es", SANTIAGO).time(time, time, SANTIAGO).text.is_empty());
    }
}

#[test]
fn dates_read_as_people_say_them() {
    let date = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap();
    for (tag, short, long) in [
        ("es-CL", "martes 1 de diciembre", "martes 1 de diciembre de 2026"),
        ("es", "martes 1 de diciembre", "martes 1 de diciembre de 2026"),
        ("es_MX", "martes 1 de diciembre", "martes 1 de diciembre de 2026"),
        ("en", "Tuesday 1 December", "Tuesday 1 December 2026"),
        ("tlh", "Tuesday 1 December", "Tuesday 1 December 2026"),
        ("not a tag", "Tuesday 1 December", "Tuesday 1 December 2026"),
        ("pt-BR", "terça-feira 1 de dezembro", "terça-feira 1 de dezembro de 2026"),
    ] {
        let wording = Wording::of(tag, Tz::UTC);
        let text = wording.instant(at("2026-12-01T15:00:00Z"), Tz::UTC).text;
        assert_eq!((&*text, &*wording.date_with_year(date)), (&*format!("{short}, 15:00"), long), "{tag}");
    }
}

#[test]
fn every_day_is_named_on_its_weekday() {
    let wording = Wording::of("es-CL", Tz::UTC);
    let mut noon = at("2026-01-01T12:00:00Z");
    while noon < at("2033-01-01T00:00:00Z") {
        let time = wording.instant(noon, Tz::UTC);
        let day = noon.format("%-d de").to_string();
        assert!(time.text.starts_with(&format!("{} {day} ", time.weekday)), "{noon}: {time:?}");
        assert!(
            wording.date_with_year(noon.date_naive()).starts_with(time.text.strip_suffix(", 12:00").unwrap())
        );
        noon += TimeDelta::days(1);
    }
}

#[test]
fn many_times_are_written_as_one_by_one() {
    let wording = Wording::of("es", SANTIAGO);
    for (zone, first) in [
        (Tz::America__Santiago, "2026-04-03T00:00:00Z"),
        (Tz::America__Santiago, "2026-09-04T00:00:00Z"),
        (Tz::Europe__Lisbon, "2026-10-24T00:00:00Z"),
        (Tz::Australia__Lord_Howe, "2026-04-03T00:00:00Z"),
        (Tz::Pacific__Apia, "2011-12-28T00:00:00Z"),
    ] {
        let mut writer = wording.writer(zone);
        for quarter in 0..400 {
            let start = first.parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(15 * quarter);
            let end = start + TimeDelta::minutes(45);
            assert_eq!(writer.time(start, end), wording.time(start, end, zone));
        }
    }
}
