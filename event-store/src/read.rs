use std::sync::Arc;
use std::time::Duration;

use event_store_protocol::event_store::client::streams::read_resp::read_event::RecordedEvent as WireEvent;

use crate::event::{RecordedEvent, is_system};
use crate::fault::Asked;
use crate::filter::StreamFilter;
use crate::read_error::ReadError;
use crate::reading::{Next, Reading};
use crate::request::{self, Position};
use crate::store::{EventStore, TRY_TIMEOUT};

impl EventStore {
    /// The stream's events in order, those after a revision or all; none if there is no such stream.
    pub async fn load(&self, stream: &str, after: Option<u64>) -> Result<Vec<RecordedEvent>, ReadError> {
        let mut from = after.map(|revision| revision.saturating_add(1));
        let mut name = Arc::from(stream);
        let mut events = Vec::new();
        let mut reading = self.reading(Asked::Stream(stream), TRY_TIMEOUT);
        loop {
            reading.begin(request::stream_from(stream, from)).await?;
            loop {
                match reading.next().await? {
                    Next::Event(event) => {
                        from = Some(event.stream_revision.saturating_add(1));
                        if !is_system(&event) {
                            events.push(reading.recorded(event, &mut name)?);
                        }
                    }
                    Next::End => return Ok(events),
                    Next::Broken => break,
                }
            }
        }
    }

    /// The stream's event of this revision, if there is one.
    pub async fn load_event(&self, stream: &str, revision: u64) -> Result<Option<RecordedEvent>, ReadError> {
        let mut reading = self.reading(Asked::Stream(stream), TRY_TIMEOUT);
        let event = reading.one(request::stream_event(stream, revision)).await?;
        let event = event.filter(|event| event.stream_revision == revision);
        event.map(|event| reading.recorded(event, &mut Arc::from(stream))).transpose()
    }

    /// The revision of the stream's last event, if it has one.
    pub async fn stream_revision(&self, stream: &str) -> Result<Option<u64>, ReadError> {
        Ok(self.last_of(stream).await?.map(|event| event.revision))
    }

    /// The position of the last event that passes the filter and is not the server's own, if there is one.
    pub async fn head_of(&self, filter: &StreamFilter) -> Result<Option<u64>, ReadError> {
        // Events that pass the filter are almost never the server's own, so one usually suffices.
        match self.end_of_log(1, filter).await? {
            LogEnd::At(position) => Ok(Some(position)),
            LogEnd::Empty => Ok(None),
            LogEnd::OnlyTheServers => match self.end_of_log(u64::MAX, filter).await? {
                LogEnd::At(position) => Ok(Some(position)),
                LogEnd::Empty | LogEnd::OnlyTheServers => Ok(None),
            },
        }
    }

    /// At most `max` events of the whole log in order, after a position or from its beginning.
    ///
    /// Fewer than `max` means that there were no more.
    pub async fn read_all(
        &self,
        after: Option<u64>,
        max: usize,
        filter: &StreamFilter,
    ) -> Result<Vec<RecordedEvent>, ReadError> {
        let mut cursor = after.and_then(Position::after);
        let mut name = Arc::from("");
        let mut events = Vec::new();
        let mut reading = self.reading(Asked::Log { has_position: cursor.is_some() }, self.log_silence());
        while events.len() < max {
            // The server begins at the position itself, so the known event comes again.
            let count = (max - events.len()).saturating_add(usize::from(cursor.is_some())) as u64;
            reading.begin(request::log_from(cursor, count, filter)).await?;
            let mut received = 0;
            let is_broken = loop {
                let event = match reading.next().await? {
                    Next::Event(event) => event,
                    Next::End => break false,
                    Next::Broken => break true,
                };
                received += 1;
                let position = Position::of_event(&event);
                let known = cursor.is_some_and(|known| position <= known);
                cursor = cursor.max(Some(position));
                if !known && !is_system(&event) && events.len() < max {
                    events.push(reading.recorded(event, &mut name)?);
                }
            };
            if !is_broken && received < count {
                break;
            }
        }
        Ok(events)
    }

    /// The last event of a stream, of whatever kind it is.
    pub(crate) async fn last_of(&self, stream: &str) -> Result<Option<RecordedEvent>, ReadError> {
        let mut reading = self.reading(Asked::Stream(stream), TRY_TIMEOUT);
        let last = reading.one(request::stream_end(stream)).await?;
        last.map(|event| reading.recorded(event, &mut Arc::from(stream))).transpose()
    }

    async fn end_of_log(&self, count: u64, filter: &StreamFilter) -> Result<LogEnd, ReadError> {
        let mut reading = self.reading(Asked::Log { has_position: false }, self.log_silence());
        loop {
            reading.begin(request::log_end(count, filter)).await?;
            let mut end = LogEnd::Empty;
            loop {
                match reading.next().await? {
                    Next::Event(event) if is_system(&event) => end = LogEnd::OnlyTheServers,
                    Next::Event(event) => {
                        if count == 1 {
                            reading.read_to_end().await;
                        }
                        return Ok(LogEnd::At(event.commit_position));
                    }
                    Next::End => return Ok(end),
                    Next::Broken => break,
                }
            }
        }
    }

    pub(crate) fn reading<'a>(&'a self, asked: Asked<'a>, silence: Duration) -> Reading<'a> {
        Reading::new(self, asked, silence)
    }

    /// A server that searches a long log for what passes a filter is silent for as long. One that hangs is noticed all the same, as
    /// its connection is probed.
    fn log_silence(&self) -> Duration {
        self.inner.settings.read_deadline
    }
}

/// Where the events of the log end that pass a filter.
enum LogEnd {
    At(u64),
    OnlyTheServers,
    Empty,
}

impl Reading<'_> {
    fn recorded(&self, event: WireEvent, name: &mut Arc<str>) -> Result<RecordedEvent, ReadError> {
        RecordedEvent::from_wire(event, name)
            .ok_or_else(|| ReadError::Rejected(self.garbled("an event without an id")))
    }
}
