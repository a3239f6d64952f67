//! At 200,000 appointments no query scans a whole table.

use std::collections::BTreeMap;

use availability::Interval;
use chrono::TimeDelta;
use read_model::postgres::{MemorySlotCache, SlotCache};
use read_model::{
    AppointmentFilter, AppointmentSort, CalendarLayer, CalendarSearch, ConflictSearch, Explain, LeadSearch,
    Limit, Outcomes, PageRequest, PostgresReadModel, ReadModel, SlotSearch, StartFilter, SummaryKey,
    SummarySearch,
};
use schemas::value::AppointmentStatus;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::ANALYZE;
use super::counts::{reads, until_gone};
use crate::history::{History, VISIT, block_id, hold_id};
use crate::support::{self, appointment_id, begin};

/// 200 agents, 20,000 leads, 5,000 properties; appointments of ten years until soon after the present, and bookings
/// since two months before it, as the projection keeps them.
const FILL: &str = r#"
INSERT INTO agents SELECT 'agent.' || n, 'Agente ' || n, 'America/Santiago', NULL, NULL, true, true, now(), now(), 0
    FROM generate_series(1, 200) n;
INSERT INTO appointments (id, lead_id, agent_id, appointment_type, status, start, "end", duration_minutes, local_start,
        time_zone, property_id, reminder_sent, created_at, updated_at, version, sequence, origin)
    SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'lead.' || n % 20000, 'agent.' || (n % 200 + 1),
        CASE n % 3 WHEN 0 THEN 'llamada' ELSE 'visita_propiedad' END,
        (ARRAY['scheduled', 'confirmed', 'completed', 'no_show', 'cancelled'])[1 + n / 7 % 5],
        at, at + interval '30 minutes', 30, at AT TIME ZONE 'America/Santiago', 'America/Santiago',
        'P-' || n % 5000, false, at - interval '5 days' - n % 1000 * interval '1 minute',
        at - interval '1 day' - n % 777 * interval '1 minute', n, 0, 'chat'
    FROM (SELECT n, timestamptz '2017-06-01 12:00Z' + n / 200 * interval '85 hours' AS at
        FROM generate_series(1, 200000) n) made;
INSERT INTO appointment_history
    SELECT id, row_number() OVER (), agent_id, version, id, 'AppointmentBooked', '{}', json_build_object(
        'command_id', id, 'command_digest', '', '$correlationId', id, '$causationId', id,
        'actor', json_build_object('kind', 'chat', 'id', '1'), 'origin', 'chat', 'recorded_at', created_at,
        'schema_version', 1, 'tzdb_version', '2025b') FROM appointments;
INSERT INTO bookings
    SELECT agent_id, id, lead_id, appointment_type, property_id, start, "end", 0, 0, 1, tstzrange(start, "end")
    FROM appointments WHERE status <> 'cancelled' AND start > '2026-10-01';
INSERT INTO holds SELECT agent_id, id, lead_id, appointment_type, property_id, start, "end", 0, 0, 1, start
    FROM appointments WHERE start < '2026-12-01' ORDER BY start DESC LIMIT 20000;
INSERT INTO external_busy SELECT agent_id, 'busy-' || version, 'google', start, "end" FROM appointments
    WHERE version % 10 = 0;
INSERT INTO leads SELECT 'lead.' || n, NULL, 'Ana Núñez ' || n, NULL, NULL, NULL, NULL, '[]', '{}', now(), 1
    FROM generate_series(0, 19999) n;
INSERT INTO lead_words SELECT lead_id, word
    FROM leads, LATERAL (VALUES ('ana'), ('nunez'), (substr(lead_id, 6))) AS words (word);
"#;

/// Small tables are best scanned whole.
const LARGE: [&str; 7] =
    ["appointments", "appointment_history", "bookings", "holds", "external_busy", "leads", "lead_words"];

#[expect(clippy::too_many_lines, reason = "one question after the other")]
async fn ask_everything(model: &ReadModel) {
    let now = begin();
    let (week, later) = (Interval::new(now, now + TimeDelta::days(7)), now + TimeDelta::days(60));
    let filters = [
        AppointmentFilter::default(),
        AppointmentFilter { agent_ids: vec!["agent.7".parse().unwrap()], ..Default::default() },
        AppointmentFilter {
            agent_ids: (1..100).map(|n| format!("agent.{n}").parse().unwrap()).collect(),
            ..Default::default()
        },
        AppointmentFilter { lead_ids: vec!["lead.55".parse().unwrap()], ..Default::default() },
        AppointmentFilter { statuses: vec![AppointmentStatus::Confirmed], ..Default::default() },
        AppointmentFilter {
            statuses: vec![AppointmentStatus::Scheduled, AppointmentStatus::Confirmed],
            from: Some(now),
            ..Default::default()
        },
        AppointmentFilter {
            outcomes: Some(Outcomes { recorded: Vec::new(), unresolved_at: Some(now) }),
            ..Default::default()
        },
        AppointmentFilter { appointment_types: vec![VISIT.parse().unwrap()], ..Default::default() },
        AppointmentFilter { property_ids: vec!["P-1".parse().unwrap()], ..Default::default() },
        AppointmentFilter { lead_ids: vec!["nobody".parse().unwrap()], ..Default::default() },
        AppointmentFilter { from: Some(now), to: Some(later), ..Default::default() },
        AppointmentFilter {
            agent_ids: vec!["agent.7".parse().unwrap()],
            from: Some(now),
            to: Some(week.end),
            ..Default::default()
        },
        AppointmentFilter { wall_time_changed: Some(false), ..Default::default() },
    ];
    for filter in &filters {
        for sort in [AppointmentSort::Start, AppointmentSort::CreatedAtDescending, AppointmentSort::UpdatedAt]
        {
            let mut page = PageRequest { limit: Limit::try_new(50).unwrap(), cursor: None };
            for _ in 0..2 {
                let answer = model.appointments(filter, sort, &page).await.unwrap();
                page.cursor = answer.value.next_cursor;
            }
        }
    }
    let id = appointment_id(0x7000_8000_0000_0000_0077);
    assert!(model.appointment(id).await.is_ok() && model.history(id).await.unwrap().value.len() == 1);
    let (one, other) = (hold_id(77), block_id(77));
    assert!(model.hold(one, now).await.is_err(), "unheard of");
    let agent_id = "agent.7".parse().unwrap();
    assert!(model.agent_block(&agent_id, other).await.is_err(), "unheard of");
    model.agent_blocks(&agent_id, &PageRequest::default()).await.unwrap();
    model.office_blocks(&PageRequest::default()).await.unwrap();
    assert!(!model.agent_calendar(&agent_id, week, now).await.unwrap().value.appointments.is_empty());
    model.agent_availability(&agent_id, week, now).await.unwrap();
    let agents = (1..=20).map(|n| format!("agent.{n}").parse().unwrap()).collect::<Vec<_>>();
    for agent_ids in [agents.clone(), Vec::new()] {
        let question = CalendarSearch {
            agent_ids,
            range: week,
            layers: CalendarLayer::ALL.to_vec(),
            appointment_type: None,
            page: PageRequest { limit: Limit::try_new(20).unwrap(), cursor: None },
        };
        let calendars = model.calendars(&question, now).await.unwrap().value.items;
        assert!(calendars.iter().any(|row| row.appointments.as_ref().is_some_and(|rows| !rows.is_empty())));
    }
    for (agent_ids, statuses) in
        [(Vec::new(), Vec::new()), (agents, Vec::new()), (Vec::new(), vec![AppointmentStatus::Confirmed])]
    {
        let question = SummarySearch {
            range: week,
            agent_ids,
            statuses,
            appointment_types: Vec::new(),
            by: vec![SummaryKey::Day, SummaryKey::Status],
            zone: None,
        };
        assert!(model.summary(&question).await.unwrap().value.total > 0);
    }
    model.lead_context(&"lead.55".parse().unwrap(), now).await.unwrap();
    model.agents(&PageRequest::default()).await.unwrap();
    model.lead(&"lead.55".parse().unwrap()).await.unwrap();
    for search in [None, Some("nun"), Some("123 nunez"), Some("nobody")] {
        let search = search.map(|text| LeadSearch::read(text).unwrap());
        let mut page = PageRequest::default();
        for _ in 0..2 {
            page.cursor = model.leads(search.as_ref(), &page).await.unwrap().value.next_cursor;
        }
    }
    for agent_ids in [vec![], vec![agent_id.clone()]] {
        let question = ConflictSearch { agent_ids, range: week, page: PageRequest::default() };
        assert!(!model.conflicts(&question).await.unwrap().value.items.is_empty(), "there are no hours");
    }
    for agent_ids in [vec![], vec![agent_id]] {
        for (explain, property) in [(None, None), (None, Some("P-1")), (Some(Explain::Start(now)), None)] {
            let question = SlotSearch {
                appointment_type: VISIT.parse().unwrap(),
                from: now,
                to: if agent_ids.is_empty() { week.start + TimeDelta::days(1) } else { week.end },
                agent_ids: agent_ids.clone(),
                starts: StartFilter::default(),
                property_id: property.map(|property| property.parse().unwrap()),
                lead_id: None,
                zone: None,
                explain,
                page: PageRequest::default(),
            };
            model.slots(&question, now).await.unwrap();
        }
    }
}

/// How often each large table was scanned whole, by connections that have ended.
async fn whole_reads(connection: &mut PgConnection, schema: &str) -> BTreeMap<String, i64> {
    let reads = reads(connection, schema).await.into_iter().map(|(table, reads)| (table, reads.whole));
    reads.filter(|(table, _)| LARGE.contains(&table.as_str())).collect()
}

#[tokio::test]
async fn no_question_reads_a_large_table_whole() {
    let schema = format!("plans_{}", std::process::id());
    let application = format!("citas-{schema}");
    let settings = read_model::postgres::PostgresSettings::try_new(&support::url(), &schema)
        .unwrap()
        .with_application_name(&application)
        // One connection, so that every statement runs often enough to be planned once for all values.
        .with_max_connections(1);
    let office = PostgresReadModel::new(settings.clone());
    office.migrate().await.unwrap();
    office.apply(&History::new().log.events, &[]).await.unwrap();
    office.close().await;
    let mut other = PgConnection::connect(&support::url()).await.unwrap();
    let fill = format!("SET search_path = {schema}, public; {FILL} {ANALYZE}");
    sqlx::raw_sql(AssertSqlSafe(fill)).execute(&mut other).await.unwrap();
    until_gone(&mut other, &application).await;
    other.close().await.unwrap();

    let mut other = PgConnection::connect(&support::url()).await.unwrap();
    let before = whole_reads(&mut other, &schema).await;
    assert_eq!(before.len(), LARGE.len());
    let postgres = PostgresReadModel::new(settings.clone());
    for _ in 0..7 {
        ask_everything(&ReadModel::from(postgres.clone())).await;
        // The cache is still empty: all entries are computed.
        let cache = SlotCache::Memory(MemorySlotCache::default());
        ask_everything(&ReadModel::from(postgres.clone().with_slot_cache(cache.clone()))).await;
        assert!(cache.usage().misses > 200 && cache.usage().hits > 0, "{:?}", cache.usage());
    }
    postgres.close().await;
    until_gone(&mut other, &application).await;
    assert_eq!(whole_reads(&mut other, &schema).await, before);

    // A scan of a whole table is noticed.
    let careless = format!("SELECT count(notes) FROM {schema}.appointments");
    let mut one =
        PgConnection::connect(&format!("{}?application_name={application}", support::url())).await.unwrap();
    sqlx::query(AssertSqlSafe(careless)).execute(&mut one).await.unwrap();
    one.close().await.unwrap();
    until_gone(&mut other, &application).await;
    assert!(before["appointments"] < whole_reads(&mut other, &schema).await["appointments"]);
}
