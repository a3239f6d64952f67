//! Random requests, most of which make no sense: each is answered, and the node goes on.

use event_node::{Node, NodeConfig};
use eventstore::StreamState;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::support::{append, client, events, visible};
use crate::wire::messages::event_store::client as shared;
use crate::wire::messages::event_store::client::streams as proto;
use crate::wire::{Wire, append_of, batch_of, event, stream, target};
use proto::read_req as read_options;
use proto::read_req::options as read;
use proto::write_target::Expected;

const REQUESTS: u64 = 1_500;
const EMPTY: shared::Empty = shared::Empty {};
const NAMES: [&[u8]; 16] = [
    b"s",
    b"$$s",
    b"$$$$s",
    b"t",
    b"$$t",
    b"$streams",
    b"$all",
    b"$$$all",
    b"$",
    b"$$",
    b"$$$",
    b"$$$$",
    b"",
    b"\xff\xfe",
    b"a\0b",
    "año".as_bytes(),
];
const NUMBERS: [u64; 10] =
    [0, 1, 2, 63, 64, 200, i64::MAX as u64 - 1, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX];

/// The same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn of<T: Clone>(&mut self, values: &[T]) -> T {
        let at = usize::try_from(self.below(values.len() as u64)).unwrap();
        values[at].clone()
    }

    fn number(&mut self) -> u64 {
        if self.one_in(3) { self.below(3_000) } else { self.of(&NUMBERS) }
    }

    fn name(&mut self) -> Vec<u8> {
        match self.below(20) {
            0 => vec![b'$'; 4_096],
            1 => vec![b'x'; 4_097],
            // So that most requests meet the same streams.
            2..10 => self.of(&NAMES[..5]).to_vec(),
            _ => self.of(&NAMES).to_vec(),
        }
    }

    fn expected(&mut self) -> Expected {
        match self.below(5) {
            0 => Expected::Revision(self.number()),
            1 => Expected::NoStream(EMPTY),
            2 => Expected::StreamExists(EMPTY),
            _ => Expected::Any(EMPTY),
        }
    }

    fn target(&mut self) -> proto::WriteTarget {
        let mut target = target(&self.name(), self.expected());
        if self.one_in(30) {
            target.expected = None;
        }
        if self.one_in(30) {
            target.stream_identifier = None;
        }
        if self.one_in(10) {
            let (seconds, nanos) = (self.of(&[-1, 0, 1, i64::MAX]), self.of(&[-1, 0, i32::MAX]));
            let deadline = prost_types::Duration { seconds, nanos };
            target.deadline_option = Some(proto::write_target::DeadlineOption::Deadline(deadline));
        }
        target
    }

    fn events(&mut self) -> Vec<proto::ProposedMessage> {
        (0..self.below(4)).map(|_| self.event()).collect()
    }

    fn event(&mut self) -> proto::ProposedMessage {
        // Few, so that many are known.
        let id = Uuid::from_u128(self.below(60).into());
        let event_type = self.of(&["t", "$metadata", "$>", "$streamDeleted", "", "ñ\0"]);
        let mut event = event(id, event_type, self.of(&["application/json", "text/plain", ""]));
        let contents: [&[u8]; 9] = [
            b"{}",
            br#"{"$maxCount":1}"#,
            br#"{"$maxCount":0}"#,
            br#"{"$tb":9223372036854775807}"#,
            br#"{"$tb":2,"$maxAge":1}"#,
            br#"{"$maxAge":9223372036854775807}"#,
            b"1@s",
            b"18446744073709551615@$$s",
            b"\xef\xbb\xbf{\"$maxCount\":2}",
        ];
        event.data = self.of(&contents).into();
        if self.one_in(40) {
            event.data = vec![7; 1_100_000].into();
        }
        if self.one_in(20) {
            event.metadata.clear();
        }
        if self.one_in(20) {
            event.id = self.of(&[None, Some(shared::Uuid { value: None })]);
        }
        event
    }

    fn read(&mut self) -> read_options::Options {
        let position =
            shared::AllStreamPosition { commit_position: self.number(), prepare_position: self.number() };
        let of_stream = read::StreamOptions {
            stream_identifier: Some(stream(&self.name())),
            revision_option: self.of(&[
                None,
                Some(read::stream_options::RevisionOption::Revision(self.0 % 5)),
                Some(read::stream_options::RevisionOption::Revision(u64::MAX)),
                Some(read::stream_options::RevisionOption::Start(EMPTY)),
                Some(read::stream_options::RevisionOption::End(EMPTY)),
            ]),
        };
        let of_all = read::AllOptions {
            all_option: self.of(&[
                None,
                Some(read::all_options::AllOption::Position(position)),
                Some(read::all_options::AllOption::Position(position)),
                Some(read::all_options::AllOption::Start(EMPTY)),
                Some(read::all_options::AllOption::End(EMPTY)),
            ]),
        };
        let count = read::CountOption::Count(self.number());
        let subscription = read::CountOption::Subscription(read::SubscriptionOptions {});
        let expression = read::filter_options::Expression {
            regex: self.of(&["", "", "(", "^[^\\$].*", "(?!x)"]).to_owned(),
            prefix: self.of(&[vec![], vec![String::new()], vec!["s".to_owned()]]),
        };
        let filter = read::FilterOptions {
            filter: self.of(&[
                None,
                Some(read::filter_options::Filter::EventType(expression.clone())),
                Some(read::filter_options::Filter::StreamIdentifier(expression)),
            ]),
            window: self.of(&[
                None,
                Some(read::filter_options::Window::Max(0)),
                Some(read::filter_options::Window::Max(u32::MAX)),
                Some(read::filter_options::Window::Count(EMPTY)),
            ]),
            checkpoint_interval_multiplier: self.of(&[0, 1, u32::MAX]),
        };
        read_options::Options {
            stream_option: self.of(&[
                None,
                Some(read::StreamOption::Stream(of_stream.clone())),
                Some(read::StreamOption::Stream(of_stream)),
                Some(read::StreamOption::All(of_all)),
                Some(read::StreamOption::All(of_all)),
            ]),
            read_direction: self.of(&[0, 0, 1, 1, 7]),
            resolve_links: self.one_in(2),
            count_option: self.of(&[None, Some(count), Some(count), Some(count), Some(subscription)]),
            filter_option: self.of(&[
                None,
                Some(read::FilterOption::NoFilter(EMPTY)),
                Some(read::FilterOption::Filter(filter)),
            ]),
            uuid_option: None,
            control_option: Some(read::ControlOption { compatibility: 1 }),
        }
    }
}

/// Sends one request. Returns how it was refused, if it was.
async fn send(wire: &Wire, random: &mut Random) -> Result<(), Status> {
    match random.below(10) {
        0..4 => {
            let mut messages = append_of(random.target(), random.events());
            if random.one_in(30) {
                messages.reverse();
            }
            wire.append(messages).await.map(drop)
        }
        4 => {
            let mut message = batch_of(random.target(), random.events());
            if random.one_in(20) {
                message.options = None;
            }
            if random.one_in(20) {
                message.correlation_id = None;
            }
            message.is_final = !random.one_in(20);
            wire.batch(vec![message]).await.map(drop)
        }
        5 => wire.end("Delete", proto::DeleteReq { options: Some(random.target()) }).await.map(drop),
        6 if random.one_in(8) => {
            wire.end("Tombstone", proto::DeleteReq { options: Some(random.target()) }).await.map(drop)
        }
        _ => wire.read(random.read()).await.map(drop),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_is_answered_and_none_stops_the_node() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    let wire = Wire::open(&node.connection_string()).await.unwrap();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (mut done, mut refused) = (0, 0);
    for number in 0..REQUESTS {
        match send(&wire, &mut random).await {
            Ok(()) => done += 1,
            Err(status) => {
                let refusals =
                    [Code::InvalidArgument, Code::FailedPrecondition, Code::Unknown, Code::ResourceExhausted];
                assert!(refusals.contains(&status.code()), "request {number}: {status:?}");
                refused += 1;
            }
        }
    }
    assert!(done > REQUESTS / 4 && refused > REQUESTS / 4, "{done} done, {refused} refused");
    let client = client(&node.connection_string());
    append(&client, "after", StreamState::NoStream, events(0..2)).await.unwrap();
    assert_eq!(visible(&client, "after").await, 2);
    node.shutdown().await;
    let again = Node::start(NodeConfig::new(folder.path())).await.unwrap();
    again.shutdown().await;
}
