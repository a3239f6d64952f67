//! Random operations on streams and on the streams of their metadata: the writer goes on whatever it is asked, and it and the
//! readers agree with a model in memory.

mod model;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseResult, TestRng, TestRunner};
use tempfile::TempDir;
use uuid::Uuid;

use self::model::{Content, Decided, END, Model};
use crate::opening;
use crate::reader::{ReadError, Readers, StreamCursor, StreamPage};
use crate::record::{BINARY, Direction, Expected, JSON, Proposed, ReadFrom, StreamName};
use crate::writer::{Operation, Signals, WriteError, WriterHandle, Written};

const CASES: u32 = 96;
/// The `#` is replaced by what no other case has.
const STREAMS: [&str; 8] = ["#", "$$#", "$$$$#", "o#", "$$o#", "$streams#", "$$$all#", "$$$$$#"];

/// What a caller expects; `Last` is whatever the stream is at.
#[derive(Clone, Copy, Debug)]
enum Wish {
    Any,
    NoStream,
    StreamExists,
    Last,
    Revision(u64),
}

#[derive(Clone, Debug)]
enum Step {
    Append {
        stream: usize,
        wish: Wish,
        count: usize,
        content: Content,
    },
    /// An earlier append, as it was.
    Again(prop::sample::Index),
    Delete {
        stream: usize,
        wish: Wish,
    },
    Tombstone {
        stream: usize,
        wish: Wish,
    },
}

fn wish() -> impl Strategy<Value = Wish> {
    prop_oneof![
        3 => Just(Wish::Any),
        2 => Just(Wish::NoStream),
        2 => Just(Wish::StreamExists),
        3 => Just(Wish::Last),
        1 => prop::sample::select(vec![0, 1, 2, END - 1, END, u64::MAX - 1, u64::MAX]).prop_map(Wish::Revision),
    ]
}

fn content() -> impl Strategy<Value = Content> {
    let metadata = ["{}", r#"{"$maxCount":2}"#, r#"{"$tb":1}"#, r#"{"$tb":9223372036854775807}"#, "["];
    prop_oneof![
        2 => Just(Content::Binary),
        5 => prop::sample::select(metadata.to_vec()).prop_map(Content::Json),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let stream = || prop_oneof![3 => 0..2_usize, 2 => 0..STREAMS.len()];
    prop_oneof![
        8 => (stream(), wish(), 0..4_usize, content())
            .prop_map(|(stream, wish, count, content)| Step::Append { stream, wish, count, content }),
        3 => any::<prop::sample::Index>().prop_map(Step::Again),
        3 => (stream(), wish()).prop_map(|(stream, wish)| Step::Delete { stream, wish }),
        1 => (stream(), wish()).prop_map(|(stream, wish)| Step::Tombstone { stream, wish }),
    ]
}

/// The parts of a node below its services.
struct Parts {
    writer: WriterHandle,
    readers: Arc<Readers>,
    signals: Signals,
    _folder: TempDir,
}

impl Parts {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let signals = Signals::new();
        let (writer, inbox) = WriterHandle::new();
        let opened = opening::open(folder.path().to_owned(), None, signals.clone()).await.unwrap();
        let readers = Readers::new(opened.path, signals.clone());
        std::thread::spawn(move || opened.writer.run(inbox));
        Self { writer, readers, signals, _folder: folder }
    }

    async fn write(&self, name: &str, operation: Operation) -> Result<Written, WriteError> {
        self.writer.write(StreamName::stored(name), operation).await
    }

    /// What a reader gets, as [`Model::visible`] says it.
    async fn visible(&self, name: &str) -> Result<Option<Vec<(u64, Uuid)>>, ()> {
        let cursor = StreamCursor {
            stream: StreamName::stored(name),
            direction: Direction::Forwards,
            from: ReadFrom::Start,
            wanted: u64::MAX,
            resolve_links: true,
        };
        match self.readers.stream_page(cursor).await {
            Ok(StreamPage::NotFound) => Ok(None),
            Ok(StreamPage::Found(page)) => {
                Ok(Some(page.events.iter().map(|event| (event.record.revision, event.record.id)).collect()))
            }
            Err(ReadError::StreamDeleted) => Err(()),
            Err(error) => panic!("{error}"),
        }
    }
}

/// One case: a model, and what was appended so far.
struct Case<'a> {
    parts: &'a Parts,
    model: Model,
    number: u64,
    ids: u64,
    appends: Vec<(String, Expected, Vec<Uuid>, Content)>,
}

impl Case<'_> {
    fn name(&self, stream: usize) -> String {
        STREAMS[stream].replace('#', &self.number.to_string())
    }

    fn expected(&mut self, name: &str, wish: Wish) -> Expected {
        match wish {
            Wish::Any => Expected::Any,
            Wish::NoStream => Expected::NoStream,
            Wish::StreamExists => Expected::StreamExists,
            Wish::Last => self.model.last(name).map_or(Expected::NoStream, Expected::Revision),
            Wish::Revision(revision) => Expected::Revision(revision),
        }
    }

    async fn take(&mut self, step: &Step) -> TestCaseResult {
        match step {
            Step::Append { stream, wish, count, content } => {
                let name = self.name(*stream);
                let expected = self.expected(&name, *wish);
                let ids = (0..*count).map(|_| self.new_id()).collect();
                self.appends.push((name, expected, ids, *content));
                self.append(self.appends.len() - 1).await
            }
            Step::Again(_) if self.appends.is_empty() => Ok(()),
            Step::Again(which) => self.append(which.index(self.appends.len())).await,
            Step::Delete { stream, wish } => {
                let name = self.name(*stream);
                let expected = self.expected(&name, *wish);
                let done = self.parts.write(&name, Operation::Delete { expected }).await;
                prop_assert_eq!(done.map(drop), self.model.delete(&name, expected), "delete {}", name);
                Ok(())
            }
            Step::Tombstone { stream, wish } => {
                let name = self.name(*stream);
                let expected = self.expected(&name, *wish);
                let done = self.parts.write(&name, Operation::Tombstone { expected }).await;
                prop_assert_eq!(done.map(drop), self.model.tombstone(&name, expected), "tombstone {}", name);
                Ok(())
            }
        }
    }

    async fn append(&mut self, which: usize) -> TestCaseResult {
        let (name, expected, ids, content) = self.appends[which].clone();
        let (content_type, data) = match content {
            Content::Binary => (BINARY, ""),
            Content::Json(json) => (JSON, json),
        };
        let event = |id: &Uuid| Proposed {
            id: *id,
            event_type: "random".to_owned(),
            content_type: content_type.to_owned(),
            data: data.into(),
            metadata: bytes::Bytes::new(),
        };
        let events = ids.iter().map(event).collect();
        let written = self.parts.write(&name, Operation::Append { expected, events }).await;
        let revision = match self.model.decide(&name, expected, &ids) {
            Decided::Refused(error) => Err(error),
            Decided::Before(revision) => Ok(Some(revision)),
            Decided::Write => Ok(self.model.append(&name, &ids, content)),
        };
        prop_assert_eq!(written.map(|written| written.revision), revision, "append to {}", name);
        Ok(())
    }

    fn new_id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u64_pair(self.number + 1, self.ids)
    }

    async fn compare(&mut self) -> TestCaseResult {
        for stream in 0..STREAMS.len() {
            let name = self.name(stream);
            let expected = self.model.visible(&name);
            let mut read = self.parts.visible(&name).await;
            if let (Ok(Some(read)), Ok(Some(expected))) = (&mut read, &expected)
                && read.len() == expected.len()
            {
                // The ids of the node's own events are the node's own.
                for (read, expected) in
                    read.iter_mut().zip(expected).filter(|(_, expected)| expected.1.is_nil())
                {
                    read.1 = expected.1;
                }
            }
            prop_assert_eq!(read, expected, "{}", name);
        }
        prop_assert!(self.parts.signals.failure.borrow().is_none());
        Ok(())
    }
}

#[test]
fn random_operations_are_refused_or_carried_out_as_a_model_says_and_stop_nothing() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let parts = runtime.block_on(Parts::start());
    let cases = AtomicU64::new(0);
    let config = ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let run = |steps: Vec<Step>| {
        let number = cases.fetch_add(1, Ordering::Relaxed);
        let mut case = Case { parts: &parts, model: Model::default(), number, ids: 0, appends: Vec::new() };
        runtime.block_on(async {
            for step in &steps {
                case.take(step).await?;
            }
            case.compare().await
        })
    };
    runner.run(&prop::collection::vec(step(), 1..30), run).unwrap();
}
