//! Properties of every id and every time; and the schemas accept exactly what the readers accept.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::TZ_VARIANTS;
use proptest::prelude::*;
use schemars::JsonSchema;
use schemas::{
    AgentId, AppointmentId, BusyId, CommandId, DayOfWeek, LeadId, LocalDateTime, LocalTime, TimeInput, stream,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

fn through_json<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).expect("it can be written")).expect("it can be read")
}

/// Texts of which about half are valid ids: the alphabet with a few other characters, lengths around the limit.
fn nearly_an_id() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::collection::vec(prop::sample::select(b"aZ09._-".to_vec()), 0..70)
            .prop_map(|bytes| String::from_utf8(bytes).expect("the alphabet is ASCII")),
        (r"[A-Za-z0-9._-]{0,63}", any::<char>()).prop_map(|(text, stranger)| format!("{text}{stranger}")),
        any::<String>(),
        prop::sample::select(vec![".", "..", "...", ".a", "..-"]).prop_map(str::to_owned),
    ]
}

fn wall_clock() -> impl Strategy<Value = NaiveDateTime> {
    let midnight = NaiveDate::from_ymd_opt(1970, 1, 1).expect("a date").and_time(chrono::NaiveTime::MIN);
    (0..4_102_444_800_i64).prop_map(move |seconds| midnight + TimeDelta::seconds(seconds))
}

fn offset() -> impl Strategy<Value = FixedOffset> {
    (-14 * 60..=14 * 60_i32).prop_map(|minutes| FixedOffset::east_opt(minutes * 60).expect("under a day"))
}

fn schema_takes<T: JsonSchema>(instance: &Value) -> bool {
    let schema = schemars::schema_for!(T).to_value();
    jsonschema::validator_for(&schema).expect("a schema that was made is valid").is_valid(instance)
}

proptest! {
    #[test]
    fn ids_of_others_are_their_text(text in nearly_an_id()) {
        let in_form = (1..=64).contains(&text.chars().count())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
            && text != "."
            && text != "..";
        let id = AgentId::parse(&text);
        prop_assert_eq!(id.is_ok(), in_form);
        prop_assert_eq!(serde_json::from_value::<LeadId>(json!(text)).is_ok(), in_form);
        if let Ok(id) = id {
            prop_assert_eq!(id.to_string(), text);
            prop_assert_eq!(through_json(&id), id);
        }
    }

    #[test]
    fn our_own_ids_read_back_as_themselves(number in any::<u128>()) {
        let id = AppointmentId::new(Uuid::from_u128(number));
        prop_assert_eq!(id.to_string().parse::<AppointmentId>().unwrap(), id);
        prop_assert_eq!(through_json(&id), id);
        prop_assert_eq!(json!(CommandId::new(id.uuid())), json!(id));
    }

    #[test]
    fn a_stream_names_its_agent_and_no_other_stream_does(text in "[A-Za-z0-9._-]{0,63}[A-Za-z0-9]") {
        let id = AgentId::parse(&text).unwrap();
        prop_assert_eq!(stream::agent_of(&stream::agent(&id)), Some(id.clone()));
        prop_assert_eq!(stream::agent_of(&format!("snapshot-{}", stream::agent(&id))), None);
        prop_assert_eq!(stream::agent_of(stream::OFFICE), None);
    }

    #[test]
    fn times_of_day_sort_as_their_texts_do(one in 0..=1440_u16, other in 0..=1440_u16) {
        let (one, other) = (LocalTime::try_from_minutes(one).unwrap(), LocalTime::try_from_minutes(other).unwrap());
        prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
        prop_assert_eq!(through_json(&one), one);
    }

    #[test]
    fn a_time_of_day_has_one_text(text in r"[0-9:]{4,6}|[0-2][0-9]:[0-6][0-9]") {
        if let Ok(time) = text.parse::<LocalTime>() {
            prop_assert_eq!(time.to_string(), text);
        }
    }

    #[test]
    fn a_wall_clock_time_reads_back_as_itself(
        local in wall_clock(),
        zone in prop::sample::select(TZ_VARIANTS.to_vec()),
        offset in proptest::option::of(offset()),
    ) {
        let input = TimeInput::Local(LocalDateTime { local, zone, offset });
        prop_assert_eq!(through_json(&input), input);
    }

    #[test]
    fn an_instant_reads_back_as_itself(local in wall_clock(), offset in offset()) {
        let instant: DateTime<FixedOffset> = DateTime::from_naive_utc_and_offset(local, offset);
        let TimeInput::Instant(read) = through_json(&TimeInput::Instant(instant)) else {
            return Err(TestCaseError::fail("an instant was read as a wall-clock time"));
        };
        prop_assert_eq!((read, *read.offset()), (instant, offset));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_schema_of_an_id_takes_what_the_reader_takes(text in nearly_an_id()) {
        prop_assert_eq!(schema_takes::<BusyId>(&json!(text)), BusyId::parse(&text).is_ok());
    }

    #[test]
    fn the_schema_of_a_time_of_day_takes_what_the_reader_takes(text in r"[0-9:]{4,6}|[0-2][0-9]:[0-6][0-9]\n?") {
        prop_assert_eq!(schema_takes::<LocalTime>(&json!(text)), text.parse::<LocalTime>().is_ok());
    }
}

#[test]
fn the_schema_of_a_day_of_the_week_takes_what_the_reader_takes() {
    for number in -1..=300 {
        let read = serde_json::from_value::<DayOfWeek>(json!(number));
        assert_eq!(schema_takes::<DayOfWeek>(&json!(number)), read.is_ok(), "{number}");
        assert_eq!(read.is_ok(), (0..=6).contains(&number), "{number}");
    }
}
