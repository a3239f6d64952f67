use sqlx::{Postgres, QueryBuilder};

use super::columns::{maybe_named, number};
use super::list::push_filter;
use super::{PostgresReadModel, Snapshot, load};
use crate::appointment_summary::{LocalDays, MAX_GROUPS};
use crate::budget::OF_A_COUNT;
use crate::{Answer, QueryError, SummaryAnswer, SummaryGroup, SummaryKey, SummarySearch};

/// A group as the database returns it; null = not grouped by that.
#[derive(sqlx::FromRow)]
struct GroupRecord {
    /// How many of the days had begun.
    day: Option<i32>,
    status: Option<String>,
    agent_id: Option<String>,
    appointment_type: Option<String>,
    count: i64,
}

impl PostgresReadModel {
    pub(crate) async fn summary(
        &self,
        question: &SummarySearch,
    ) -> Result<Answer<SummaryAnswer>, QueryError> {
        let mut snapshot = self.snapshot().await?;
        snapshot.check_agents(&question.agent_ids).await?;
        let zone = match question.zone {
            Some(zone) => zone,
            None => load::office(&mut snapshot.transaction).await?.time_zone(),
        };
        let days = LocalDays::around(zone, question.range);
        let most = self.costly.max_units() / OF_A_COUNT;
        let records = snapshot.counts(question, &days, most).await?;
        if records.len() > MAX_GROUPS {
            return Err(QueryError::TooManyGroups(MAX_GROUPS));
        }
        let groups =
            records.into_iter().map(|record| group(&record, &days)).collect::<Result<Vec<_>, _>>()?;
        let summary = question.answer(zone, groups);
        if usize::try_from(summary.total).is_ok_and(|total| total <= most) {
            Ok(snapshot.answer(summary))
        } else {
            Err(QueryError::TooCostly)
        }
    }
}

impl Snapshot {
    /// Counts one appointment more than `most` at most, in one group more than there may be at most.
    async fn counts(
        &mut self,
        question: &SummarySearch,
        days: &LocalDays,
        most: usize,
    ) -> Result<Vec<GroupRecord>, sqlx::Error> {
        let filter = question.filter();
        let began_after = self.began_after(&filter).await?;
        let one_more = |count: usize| i64::try_from(count.saturating_add(1)).unwrap_or(i64::MAX);
        let mut query = QueryBuilder::<Postgres>::new("SELECT ");
        let mut grouped = Vec::new();
        if question.is_by(SummaryKey::Day) {
            query.push("width_bucket(start, ").push_bind(days.starts().to_vec()).push(") AS day");
            grouped.push("1");
        } else {
            query.push("NULL::int AS day");
        }
        for (key, column, ordinal) in [
            (SummaryKey::Status, "status", "2"),
            (SummaryKey::Agent, "agent_id", "3"),
            (SummaryKey::Type, "appointment_type", "4"),
        ] {
            if question.is_by(key) {
                query.push(format!(", {column}"));
                grouped.push(ordinal);
            } else {
                query.push(format!(", NULL::text AS {column}"));
            }
        }
        query.push(
            ", count(*) AS count FROM (SELECT start, status, agent_id, appointment_type FROM appointments",
        );
        push_filter(&mut query, &filter, began_after);
        query.push(" LIMIT ").push_bind(one_more(most)).push(") AS counted");
        if !grouped.is_empty() {
            query.push(format!(" GROUP BY {}", grouped.join(", ")));
        }
        query.push(" LIMIT ").push_bind(one_more(MAX_GROUPS));
        let mut found: Vec<GroupRecord> = query.build_query_as().fetch_all(&mut *self.transaction).await?;
        // Without a group, nothing is counted as none.
        found.retain(|record| record.count > 0);
        Ok(found)
    }
}

fn group(record: &GroupRecord, days: &LocalDays) -> Result<SummaryGroup, sqlx::Error> {
    Ok(SummaryGroup {
        day: record.day.map(|day| number("day", day).map(|day| days.date(day))).transpose()?,
        status: maybe_named("status", record.status.as_deref())?,
        agent_id: maybe_named("agent_id", record.agent_id.as_deref())?,
        appointment_type: maybe_named("appointment_type", record.appointment_type.as_deref())?,
        count: number("count", record.count)?,
    })
}
