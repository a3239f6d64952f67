//! What the queries of one process share.

use std::time::Duration;

use chrono::{DateTime, Utc};
use operation::{Clock, Prepared, Problem, QueryCall, SlotRefs};
use read_model::{ReadModel, SlotsAnswer};

use crate::refusal::{behind, reading_the_past};
use crate::response_cache::ResponseCache;
use crate::slot_search::{Offer, SlotsRequest};

/// How long a request waits for `min_position`.
const MAX_WAIT: Duration = Duration::from_secs(2);

/// The read side of one process.
#[derive(Debug, Clone)]
pub struct QueryApi {
    read_model: ReadModel,
    pub(crate) slot_refs: SlotRefs,
    pub(crate) offers: ResponseCache<SlotsRequest, Prepared<SlotsAnswer<Offer>>>,
    clock: Clock,
}

impl QueryApi {
    /// Queries this read model; `slot_refs` makes the references of offered slots.
    pub fn new(read_model: impl Into<ReadModel>, slot_refs: SlotRefs, clock: Clock) -> Self {
        Self { read_model: read_model.into(), slot_refs, offers: ResponseCache::default(), clock }
    }

    /// The read model, once it has reached the caller's `min_position`. Until it has caught up once, queries are
    /// refused: they would not find much of what exists.
    pub(crate) async fn read_model(&self, call: &QueryCall) -> Result<&ReadModel, Problem> {
        if self.read_model.is_catching_up() {
            return Err(reading_the_past());
        }
        self.read_model.wait_for(call.min_position, MAX_WAIT).await.map_err(behind)?;
        Ok(&self.read_model)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    /// Every query that depends on the time, by clocks that are wrong by days and by centuries.
    #[actix_web::test]
    async fn any_clock_has_an_answer() {
        let centuries = ["1969-12-31T23:59:59Z", "1900-01-01T00:00:00Z", "2262-04-12T00:00:00Z"];
        let clocks = centuries.map(|text| text.parse().unwrap());
        let ends = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::UNIX_EPOCH];
        for shown in clocks.into_iter().chain(ends) {
            let mut sample = Sample::new();
            sample.book(1, "7", "55", "2026-12-02T13:00:00Z");
            let sample = sample.asked_at(shown);
            for uri in [
                "/v1/slots?appointment_type=visita_propiedad",
                "/v1/slots?appointment_type=visita_propiedad&explain=true",
                "/v1/slots?appointment_type=visita_propiedad&from=2026-12-02T00:00:00Z",
                "/v1/agents/7/calendar?from=2026-12-01T00:00:00Z&to=2026-12-08T00:00:00Z",
                "/v1/agents/7/availability?from=2026-12-01T00:00:00Z&to=2026-12-08T00:00:00Z",
                "/v1/leads/55/context",
                "/v1/appointments?sort=start",
            ] {
                let answered = sample.get(uri).await;
                assert_eq!(answered.status, 200, "{shown}: {uri}: {}", answered.body);
            }
        }
    }
}
