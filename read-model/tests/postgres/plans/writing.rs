//! The projection, on 300,000 bookings of two thousand agents: what a batch reads goes by the batch, not by the tables.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use read_model::postgres::PostgresSettings;
use read_model::{Event, PostgresReadModel, ProjectedEvent, StoredText};
use schemas::event::{
    AppointmentCancelled, AppointmentConfirmed, AvailabilityRuleAdded, DateExceptionSet,
    ExternalBusyRecorded, ExternalBusyRemoved, HoldReleased, TimeBlocked, TimeUnblocked,
};
use schemas::value::DateException;
use schemas::{AgentEvent, AgentId, AppointmentId, BlockId, EventId, HoldId};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use super::ANALYZE;
use super::counts::{reads, until_gone};
use crate::support::{self, begin};

const AGENTS: u64 = 2_000;

/// How many agents the batches are of. No agent is in two of them: what a batch deletes stays in the indexes for as long
/// as any other test is in a transaction, and would be counted in the next.
const BATCHES: [u64; 3] = [1, 100, 500];

/// How many entries of a table's indexes may be read for an event: to find its row, and the few that are past.
const ENTRIES: u64 = 8;

/// The rows of agents number $1 to $2: appointments with their bookings, two of each agent long past, holds and external
/// busy time, of which two are past too, blocks, rules and dates with other hours. The ids are numbers, by agent.
const FILL: &str = r#"
INSERT INTO agents SELECT 'agent.' || agent, 'Ana', 'America/Santiago', NULL, NULL, true, true, now(), now(), 0, 0
    FROM agents_to_fill;
INSERT INTO appointments (id, lead_id, agent_id, appointment_type, status, start, "end", duration_minutes, local_start,
        time_zone, reminder_sent, created_at, updated_at, version, sequence, origin)
    SELECT uuid_of(number * 2000 + agent), 'lead.' || number, 'agent.' || agent, 'visita_propiedad', 'scheduled', at,
        at + interval '30 minutes', 30, at AT TIME ZONE 'America/Santiago', 'America/Santiago', false, at, at, 0, 0,
        'chat'
    FROM agents_to_fill, LATERAL (SELECT number, CASE WHEN number < 2 THEN past ELSE ahead END
        + number * interval '1 hour' AS at FROM generate_series(0, 149) AS number) AS times;
INSERT INTO bookings
    SELECT agent_id, id, lead_id, appointment_type, property_id, start, "end", 0, 0, 1, tstzrange(start, "end")
    FROM appointments WHERE agent_id IN (SELECT 'agent.' || agent FROM agents_to_fill);
INSERT INTO holds
    SELECT agent_id, appointment_id, lead_id, appointment_type, property_id, start, "end", 0, 0, 1, start + interval '1 day'
    FROM bookings WHERE agent_id IN (SELECT 'agent.' || agent FROM agents_to_fill) AND lead_id < 'lead.2';
INSERT INTO external_busy SELECT 'agent.' || agent, 'busy-' || number, 'google',
        CASE WHEN number < 2 THEN past ELSE ahead END + number * interval '1 hour',
        CASE WHEN number < 2 THEN past ELSE ahead END + number * interval '1 hour' + interval '30 minutes'
    FROM agents_to_fill, generate_series(0, 49) AS number;
INSERT INTO blocks SELECT 'agent-agent.' || agent, uuid_of(number * 2000 + agent), ahead, ahead, 'America/Santiago',
        ahead, ahead, '', NULL
    FROM agents_to_fill, generate_series(0, 19) AS number;
INSERT INTO availability_rules
    SELECT 'agent-agent.' || agent, uuid_of(number * 2000 + agent), 1, 540, 1080, true, NULL, NULL, NULL, 1
    FROM agents_to_fill, generate_series(0, 4) AS number;
INSERT INTO date_exceptions SELECT 'agent.' || agent, date '2026-01-01' + number, '[]'
    FROM agents_to_fill, generate_series(0, 9) AS number;
DROP VIEW agents_to_fill;
"#;

/// Without the indexes by which no row is found for a change: they would take most of the time.
const PREPARE: &str = "
ALTER TABLE bookings DROP CONSTRAINT bookings_do_not_overlap;
DROP INDEX bookings_in_reach, bookings_at_property, external_busy_in_calendar, appointments_by_start,
    appointments_by_created_at, appointments_by_updated_at, appointments_by_lead, appointments_by_property,
    appointments_by_status, appointments_by_type;
CREATE FUNCTION uuid_of(number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
    $$ SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid $$;
DO $$ DECLARE one text; BEGIN
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
        EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = off)', one);
    END LOOP;
END $$;
";

async fn fill(connection: &mut PgConnection, first: u64, last: u64) {
    let (past, ahead) = (begin() - TimeDelta::days(70), begin());
    let agents = format!(
        "CREATE VIEW agents_to_fill AS SELECT agent, timestamptz '{past}' AS past, timestamptz '{ahead}' AS ahead
        FROM generate_series({first}, {last}) AS agent; {FILL}"
    );
    run(connection, &agents).await;
}

async fn run(connection: &mut PgConnection, statements: &str) {
    sqlx::raw_sql(AssertSqlSafe(statements)).execute(connection).await.unwrap();
}

fn uuid_of(number: u64) -> Uuid {
    Uuid::from_u128(0x7000_8000_0000_0000_0000 + u128::from(number))
}

/// Events as of an agent's day, each of which changes a row of the tables: of every third agent the same ones.
fn day_of(agent: u64, agent_id: &AgentId, fresh: u64) -> Vec<AgentEvent> {
    let at = |hours: i64| -> DateTime<Utc> { begin() + TimeDelta::days(90) + TimeDelta::hours(hours) };
    let id = |number: u64| uuid_of(number * AGENTS + agent);
    let kept = |number: u64| AppointmentId::new(id(number));
    match agent % 3 {
        0 => vec![
            fixtures::booked(AppointmentId::new(uuid_of(fresh)), agent_id, at(0), 30).into(),
            fixtures::rescheduled(kept(10), at(1), 30).into(),
            AppointmentConfirmed { appointment_id: kept(11) }.into(),
            AppointmentCancelled {
                appointment_id: kept(12),
                cancelled_by: fixtures::actor(),
                reason: None,
                requested_by: None,
            }
            .into(),
        ],
        1 => vec![
            fixtures::held(HoldId::new(uuid_of(fresh)), at(0), 30, at(0)).into(),
            HoldReleased { hold_id: HoldId::new(id(10)) }.into(),
            ExternalBusyRecorded {
                busy_id: format!("busy-{fresh}").parse().unwrap(),
                source: "google".to_owned(),
                start: at(0),
                end: at(1),
            }
            .into(),
            ExternalBusyRemoved { busy_id: "busy-10".parse().unwrap() }.into(),
        ],
        _ => vec![
            TimeBlocked {
                block: fixtures::block(BlockId::new(uuid_of(fresh)), fixtures::ZONE, at(0), at(1)),
            }
            .into(),
            TimeUnblocked { block_id: BlockId::new(id(10)), date: None }.into(),
            AvailabilityRuleAdded { rule: fixtures::rule(u128::from(fresh), 2, "09:00", "18:00") }.into(),
            DateExceptionSet { exception: DateException { date: at(0).date_naive(), intervals: Vec::new() } }
                .into(),
        ],
    }
}

/// A batch of events of these agents.
fn batch(agents: Range<u64>, position: &mut u64) -> Vec<ProjectedEvent> {
    let mut events = Vec::new();
    for agent in agents {
        let agent_id: AgentId = format!("agent.{agent}").parse().unwrap();
        for event in day_of(agent, &agent_id, *position + 1_000_000) {
            *position += 1;
            let unique = Uuid::from_u128(u128::from(*position));
            let (event, metadata) =
                (Event::Agent(agent_id.clone(), event), fixtures::metadata(unique, begin()));
            let (event_id, stored) = (EventId::new(unique), StoredText::of(&event, &metadata));
            let revision = *position;
            events.push(ProjectedEvent { position: *position, revision, event_id, event, metadata, stored });
        }
    }
    events
}

#[tokio::test]
async fn a_batch_reads_no_more_than_its_own_rows() {
    let schema = format!("writing_{}", std::process::id());
    let application = format!("citas-{schema}");
    let settings = PostgresSettings::try_new(&support::url(), &schema)
        .unwrap()
        .with_application_name(&application)
        .for_projection();
    let empty = PostgresReadModel::new(settings.clone());
    empty.migrate().await.unwrap();
    empty.close().await;
    let mut server = PgConnection::connect(&support::url()).await.unwrap();
    run(&mut server, &format!("SET search_path = {schema}, public; {PREPARE}")).await;
    fill(&mut server, 0, 0).await;
    run(&mut server, ANALYZE).await;
    fill(&mut server, 1, AGENTS - 1).await;
    let mut position = 1;
    // The agent whose rows the planner may have seen, the first, is in no batch.
    let mut next = 1;
    let forget = format!(
        "DELETE FROM pg_statistic USING pg_class WHERE starelid = oid AND relnamespace = '{schema}'::regnamespace"
    );
    for (statistics, make) in [("of one agent", ""), ("none", forget.as_str()), ("of today", ANALYZE)] {
        run(&mut server, make).await;
        for agents in BATCHES {
            // One agent alone has bookings.
            let first = u64::next_multiple_of(next, 3);
            next = first + agents;
            let events = batch(first..next, &mut position);
            until_gone(&mut server, &application).await;
            let before = reads(&mut server, &schema).await;
            let projection = PostgresReadModel::new(settings.clone());
            projection.apply(&events, &[]).await.unwrap();
            projection.close().await;
            until_gone(&mut server, &application).await;
            let after = reads(&mut server, &schema).await;
            for (table, after) in after.iter().filter(|(table, _)| !is_one_row(table)) {
                let (whole, entries) =
                    (after.whole - before[table].whole, after.entries - before[table].entries);
                let what = format!("{table}, a batch of {agents} agents, statistics {statistics}");
                assert_eq!(whole, 0, "read whole: {what}");
                let most = i64::try_from(events.len() as u64 * ENTRIES).unwrap();
                assert!(entries <= most, "{entries} entries read, of {most} at most: {what}");
            }
        }
    }
    let past = r#"SELECT count(*) FROM bookings WHERE "end" <= '2026-09-29' AND agent_id = 'agent.7'"#;
    assert_eq!(sqlx::query_scalar::<_, i64>(past).fetch_one(&mut server).await.unwrap(), 0);
    run(&mut server, &format!("DROP SCHEMA {schema} CASCADE")).await;
}

/// Tables of one row, and those of streams that are parked, of which there are none or a few.
fn is_one_row(table: &str) -> bool {
    ["projection", "office", "parked_streams", "appointment_types", "_sqlx_migrations"].contains(&table)
}
