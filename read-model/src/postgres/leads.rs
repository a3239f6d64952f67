//! Leads, each in one row, and the words under which they are found.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use schemas::LeadId;
use schemas::value::LeadContact;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::PostgresReadModel;
use super::columns::{maybe_named, name_of, named, number, signed};
use super::load::each;
use super::queries::rows_of;
use crate::lead::{BookingValue, LeadView, Member};
use crate::page::Cursor;
use crate::{Answer, ConsentRow, LeadRow, LeadSearch, Page, PageRequest, QueryError};

/// After every character that a word can have.
const END: char = char::MAX;

struct LeadRecord {
    /// By which it was found; none where none was searched for.
    word: Option<String>,
    lead_id: String,
    registered_at: Option<DateTime<Utc>>,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    locale: Option<String>,
    preferred_channel: Option<String>,
    consents: Json<Vec<ConsentRow>>,
    from_booking: Json<BTreeMap<Member, BookingValue>>,
    updated_at: DateTime<Utc>,
    version: i64,
}

/// A lead as it was before a batch, and as it is after it.
#[derive(Debug, Default)]
pub(super) struct LeadChange {
    pub(super) before: Option<LeadView>,
    pub(super) now: Option<LeadView>,
}

impl PostgresReadModel {
    pub(crate) async fn one_lead(&self, lead_id: &LeadId) -> Result<Answer<LeadRow>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        let found = load(&mut snapshot.transaction, &BTreeSet::from([lead_id.clone()])).await?;
        let view = found.into_values().find_map(|found| found.now);
        let view = view.ok_or_else(|| QueryError::LeadNotFound(lead_id.clone()))?;
        Ok(snapshot.answer(view.row()))
    }

    pub(crate) async fn leads(
        &self,
        search: Option<&LeadSearch>,
        page: &PageRequest,
    ) -> Result<Answer<Page<LeadRow>>, QueryError> {
        let last = Cursor::of_leads(page, search)?;
        let mut snapshot = self.snapshot().await?;
        let rows = match search {
            Some(search) => found(&mut snapshot.transaction, search, last, rows_of(page)).await?,
            None => listed(&mut snapshot.transaction, last, rows_of(page)).await?,
        };
        Ok(snapshot.answer(Page::of_leads(rows, page.limit)))
    }
}

/// Every lead, by id.
async fn listed(
    connection: &mut PgConnection,
    last: Option<(String, LeadId)>,
    count: i64,
) -> Result<Vec<(String, LeadRow)>, sqlx::Error> {
    // Every id comes after the empty text.
    let after = last.map_or_else(String::new, |(_, lead_id)| lead_id.to_string());
    let next = sqlx::query_as!(
        LeadRecord,
        r#"SELECT NULL::text AS word, lead_id, registered_at, name, email, phone, locale, preferred_channel,
            consents AS "consents: _", from_booking AS "from_booking: _", updated_at, version
        FROM leads WHERE lead_id > $1 ORDER BY lead_id LIMIT $2"#,
        after,
        count
    );
    each(next.fetch_all(connection).await?, with_word)
}

/// The leads that a search finds. Walks the words that its first term begins in their order, up to the end of the page: a
/// lead is found by the least of them. `OFFSET 0` keeps what is looked up for each from becoming a join, which would read
/// whole tables.
async fn found(
    connection: &mut PgConnection,
    search: &LeadSearch,
    last: Option<(String, LeadId)>,
    count: i64,
) -> Result<Vec<(String, LeadRow)>, sqlx::Error> {
    let end = |term: &str| format!("{term}{END}");
    let (after, after_id) = last.map_or_else(
        || (search.first().to_owned(), String::new()),
        |(word, lead_id)| (word, lead_id.to_string()),
    );
    let ends: Vec<String> = search.others().iter().map(|term| end(term)).collect();
    let next = sqlx::query_as!(
        LeadRecord,
        r#"SELECT found.word AS "word?", lead.lead_id, registered_at, name, email, phone, locale, preferred_channel,
            consents AS "consents: _", from_booking AS "from_booking: _", updated_at, version
        FROM (SELECT word, lead_id FROM lead_words AS begun
            WHERE (word, lead_id) > ($1, $2) AND word < $3
                AND NOT EXISTS (SELECT FROM lead_words AS lesser
                    WHERE lesser.lead_id = begun.lead_id AND $4 <= lesser.word AND lesser.word < begun.word OFFSET 0)
                AND NOT EXISTS (SELECT FROM UNNEST($5::text[], $6::text[]) AS other (term, term_end)
                    WHERE NOT EXISTS (SELECT FROM lead_words AS known WHERE known.lead_id = begun.lead_id
                        AND other.term <= known.word AND known.word < other.term_end OFFSET 0) OFFSET 0)
            ORDER BY word, lead_id LIMIT $7) AS found
        CROSS JOIN LATERAL (SELECT * FROM leads WHERE leads.lead_id = found.lead_id OFFSET 0) AS lead
        ORDER BY found.word, found.lead_id"#,
        after,
        after_id,
        end(search.first()),
        search.first(),
        search.others(),
        &ends[..],
        count
    );
    each(next.fetch_all(connection).await?, with_word)
}

fn with_word(mut record: LeadRecord) -> Result<(String, LeadRow), sqlx::Error> {
    let word = record.word.take().unwrap_or_default();
    Ok((word, view(record)?.row()))
}

fn view(record: LeadRecord) -> Result<LeadView, sqlx::Error> {
    let LeadRecord { name, email, phone, locale, .. } = record;
    Ok(LeadView {
        lead_id: named("lead_id", &record.lead_id)?,
        registered_at: record.registered_at,
        own: LeadContact { name, email, phone, locale },
        preferred_channel: maybe_named("preferred_channel", record.preferred_channel.as_deref())?,
        consents: record.consents.0,
        from_booking: record.from_booking.0,
        updated_at: record.updated_at,
        version: number("version", record.version)?,
    })
}

/// The leads of these ids, as they are now.
pub(super) async fn load(
    connection: &mut PgConnection,
    lead_ids: &BTreeSet<LeadId>,
) -> Result<BTreeMap<LeadId, LeadChange>, sqlx::Error> {
    let ids: Vec<&str> = lead_ids.iter().map(LeadId::as_str).collect();
    let found = sqlx::query_as!(
        LeadRecord,
        r#"SELECT NULL::text AS word, lead_id, registered_at, name, email, phone, locale, preferred_channel,
            consents AS "consents: _", from_booking AS "from_booking: _", updated_at, version
        FROM leads WHERE lead_id = ANY($1)"#,
        &ids[..] as _
    );
    let mut leads = BTreeMap::new();
    for record in found.fetch_all(connection).await? {
        let view = view(record)?;
        let change = LeadChange { before: Some(view.clone()), now: Some(view) };
        leads.insert(change.now.as_ref().expect("it was just put there").lead_id.clone(), change);
    }
    Ok(leads)
}

/// Writes those that a batch has changed.
pub(super) async fn write(
    connection: &mut PgConnection,
    leads: &BTreeMap<LeadId, LeadChange>,
) -> Result<(), sqlx::Error> {
    let changed = leads.values().filter(|change| change.before != change.now);
    let rows: Vec<&LeadView> = changed.clone().filter_map(|change| change.now.as_ref()).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let consents: Vec<Json<&Vec<ConsentRow>>> = rows.iter().map(|lead| Json(&lead.consents)).collect();
    let from_booking: Vec<Json<&BTreeMap<Member, BookingValue>>> =
        rows.iter().map(|lead| Json(&lead.from_booking)).collect();
    sqlx::query!(
        "INSERT INTO leads (lead_id, registered_at, name, email, phone, locale, preferred_channel, consents, from_booking,
            updated_at, version)
        SELECT * FROM UNNEST($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::jsonb[], $9::jsonb[], $10::timestamptz[], $11::bigint[])
        ON CONFLICT (lead_id) DO UPDATE SET
            (registered_at, name, email, phone, locale, preferred_channel, consents, from_booking, updated_at, version) =
            (EXCLUDED.registered_at, EXCLUDED.name, EXCLUDED.email, EXCLUDED.phone, EXCLUDED.locale,
                EXCLUDED.preferred_channel, EXCLUDED.consents, EXCLUDED.from_booking, EXCLUDED.updated_at, EXCLUDED.version)",
        column(&rows, |lead| lead.lead_id.as_str()) as _,
        column(&rows, |lead| lead.registered_at) as _,
        column(&rows, |lead| lead.own.name.as_deref()) as _,
        column(&rows, |lead| lead.own.email.as_deref()) as _,
        column(&rows, |lead| lead.own.phone.as_deref()) as _,
        column(&rows, |lead| lead.own.locale.as_deref()) as _,
        column(&rows, |lead| lead.preferred_channel.as_ref().map(name_of)) as _,
        consents as _,
        from_booking as _,
        &column(&rows, |lead| lead.updated_at)[..],
        &column(&rows, |lead| signed(lead.version))[..]
    )
    .execute(&mut *connection)
    .await?;
    let is_found_otherwise =
        |change: &&LeadChange| words(change.before.as_ref()) != words(change.now.as_ref());
    words_of(connection, changed.filter(is_found_otherwise)).await
}

fn words(lead: Option<&LeadView>) -> BTreeSet<String> {
    lead.map(LeadView::words).unwrap_or_default()
}

/// Replaces the words of these leads.
async fn words_of(
    connection: &mut PgConnection,
    changed: impl Iterator<Item = &LeadChange>,
) -> Result<(), sqlx::Error> {
    let leads: Vec<&LeadView> = changed.filter_map(|change| change.now.as_ref()).collect();
    if leads.is_empty() {
        return Ok(());
    }
    let ids = column(&leads, |lead| lead.lead_id.as_str());
    sqlx::query!("DELETE FROM lead_words WHERE lead_id = ANY($1)", &ids[..] as _)
        .execute(&mut *connection)
        .await?;
    let of_each = leads.iter().map(|lead| (lead.lead_id.as_str(), lead.words()));
    let (ids, words): (Vec<&str>, Vec<String>) =
        of_each.flat_map(|(id, words)| words.into_iter().map(move |word| (id, word))).unzip();
    sqlx::query!(
        "INSERT INTO lead_words (lead_id, word) SELECT * FROM UNNEST($1::text[], $2::text[])",
        &ids[..] as _,
        &words[..]
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn column<'a, T>(leads: &[&'a LeadView], value: impl Fn(&'a LeadView) -> T) -> Vec<T> {
    leads.iter().map(|lead| value(lead)).collect()
}
