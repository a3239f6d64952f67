use super::*;

const STREAMS: u64 = 5;
const PARTITIONS: usize = 3;

/// Some appointments have events in several streams, as they were handed over.
fn key(event: &RecordedEvent) -> String {
    (event.revision * 5 % 13).to_string()
}

fn log() -> Vec<RecordedEvent> {
    let event = |number: u64| RecordedEvent {
        event_id: schemas::EventId::new(uuid::Uuid::from_u128(number.into())),
        stream: format!("agent-{}", number * 7 % 11 % STREAMS).into(),
        revision: number,
        position: 100 + number * 10,
        event_type: String::new(),
        payload: Vec::new().into(),
        metadata: Vec::new().into(),
    };
    (0..60).map(event).collect()
}

/// The records in the topic, by partition.
type Topic = Vec<Vec<(u64, RecordProgress)>>;

/// One run of a relay until it is killed after `life` events; every record is acknowledged at once.
fn relay(topic: &mut Topic, log: &[RecordedEvent], is_bad: impl Fn(&RecordedEvent) -> bool, life: usize) {
    let mut tails = Tails::empty(PARTITIONS);
    for (partition, records) in topic.iter().enumerate() {
        if let Some((_, mark)) = records.last() {
            tails.add(i32::try_from(partition).unwrap(), mark.clone());
        }
    }
    let after = tails.settled();
    for event in log.iter().filter(|event| after < Some(event.position)).take(life) {
        if tails.parked.contains_key(&*event.stream) {
            continue;
        }
        if is_bad(event) {
            tails.park(&event.stream, event.revision);
            continue;
        }
        if let Some(partition) = tails.partition_if_unwritten(event, &key(event)) {
            tails.acknowledged(None);
            let stated = Some(tails.committed().to_vec());
            let mark = RecordProgress { partitions: stated, ..tails.next(partition, event) };
            topic[index(partition)].push((event.position, mark));
            tails.acknowledged(Some(event.position));
        }
        tails.seen(event.position);
    }
}

#[test]
fn wherever_it_is_killed_and_whatever_was_parked_every_event_is_in_once_and_in_the_order_of_its_stream() {
    let log = log();
    for life in 1..log.len() {
        for (first, second) in [(3, 9), (10, 11), (20, 25), (0, 59)] {
            let mut topic: Topic = vec![Vec::new(); PARTITIONS];
            let bad = |numbers: &[usize], event: &RecordedEvent| {
                numbers.iter().any(|number| log[*number].position == event.position)
            };
            relay(&mut topic, &log, |event| bad(&[first, second], event), life);
            relay(&mut topic, &log, |event| bad(&[first, second], event), log.len());
            // One event can be handled from now on, and then the other.
            relay(&mut topic, &log, |event| bad(&[second], event), life);
            relay(&mut topic, &log, |event| bad(&[second], event), log.len());
            relay(&mut topic, &log, |_| false, life);
            relay(&mut topic, &log, |_| false, log.len());
            let told: Vec<u64> = topic.iter().flatten().map(|(position, _)| *position).collect();
            let mut sorted = told.clone();
            sorted.sort_unstable();
            let all: Vec<u64> = log.iter().map(|event| event.position).collect();
            assert_eq!(sorted, all, "killed after {life}, with {first} and {second} parked");
            for records in &topic {
                let mut last = std::collections::BTreeMap::new();
                for (position, _) in records {
                    let event = log.iter().find(|event| event.position == *position).unwrap();
                    let before = last.insert(&event.stream, position);
                    assert!(before < Some(position), "{} in {records:?}", event.stream);
                }
            }
        }
    }
}

fn end(first: i64, mark: Option<RecordProgress>) -> PartitionEnd {
    PartitionEnd { first, last: mark.map(|mark| (first + 10, mark)), landmark: None }
}

/// The last record of a partition that reached this position, where the partitions had reached these before.
fn stating(reached: u64, partitions: &[Option<u64>]) -> RecordProgress {
    let partitions = Some(partitions.to_vec());
    RecordProgress {
        position: reached,
        revision: 0,
        reached,
        settled: Some(reached - 1),
        missing: Vec::new(),
        partitions,
    }
}

fn unstated(reached: u64) -> RecordProgress {
    RecordProgress { partitions: None, ..stating(reached, &[]) }
}

#[test]
fn a_topic_that_has_what_its_records_state_is_continued() {
    let found = [
        end(0, Some(stating(80, &[Some(40), None, Some(70)]))),
        end(0, None),
        end(0, Some(stating(70, &[Some(40), None, Some(50)]))),
    ];
    let (tails, lacks) = Tails::new(&found, true);
    assert!(!lacks);
    assert_eq!((tails.settled(), tails.committed()), (Some(79), &[Some(80), None, Some(70)][..]));
}

#[test]
fn a_partition_that_lacks_what_a_record_states_has_the_log_read_from_its_beginning() {
    let newest = end(0, Some(stating(80, &[Some(40), Some(60), Some(70)])));
    let of_third = end(0, Some(unstated(70)));
    for second in [end(0, None), end(0, Some(unstated(59)))] {
        let reached = second.last.as_ref().map(|(_, mark)| mark.reached);
        let (tails, lacks) = Tails::new(&[newest.clone(), second, of_third.clone()], true);
        assert!(lacks);
        assert_eq!((tails.settled(), tails.committed()), (None, &[Some(80), reached, Some(70)][..]));
    }
    // This process knows better.
    let second = end(0, Some(unstated(60)));
    let (tails, lacks) = Tails::new(&[newest, second, of_third.clone()], false);
    assert!(lacks);
    assert_eq!(tails.settled(), None);
    // The end of the last transaction is missing, and with it what it stated.
    let (tails, lacks) = Tails::new(&[end(0, Some(unstated(80))), of_third], true);
    assert!(lacks);
    assert_eq!(tails.settled(), None);
}

#[test]
fn records_that_were_deleted_for_their_age_are_not_written_again() {
    let newest = end(0, Some(stating(80, &[Some(40), Some(60)])));
    let (tails, lacks) = Tails::new(&[newest, end(61, None)], true);
    assert!(!lacks);
    assert_eq!((tails.settled(), tails.committed()), (Some(79), &[Some(80), Some(60)][..]));
}

#[test]
fn partitions_that_were_added_are_not_used_and_fewer_than_before_are_filled_anew() {
    let newest = end(0, Some(stating(80, &[Some(40), Some(60)])));
    let second = end(0, Some(unstated(60)));
    let (more, lacks) = Tails::new(&[newest.clone(), second, end(0, None), end(0, None)], true);
    assert!(!lacks);
    assert_eq!((more.settled(), more.partitions()), (Some(79), 2));
    assert_eq!(Tails::new(&[newest], true), (Tails::empty(1), true));
}

#[test]
fn a_stream_that_is_parked_again_where_it_was_skipped_repeats_nothing_that_came_after() {
    let log = log();
    let event = &log[30];
    let of_partition = partition_of(key(event).as_bytes(), PARTITIONS);
    let mut tails = Tails::empty(PARTITIONS);
    let missing = vec![(event.stream.to_string(), event.revision + 1)];
    let mark = RecordProgress { missing, ..unstated(log[59].position) };
    tails.add(i32::try_from(of_partition).unwrap(), mark);
    // The process that had skipped it was killed, and this one knows nothing of that.
    tails.park(&event.stream, event.revision - 5);
    assert_eq!(tails.partition_if_unwritten(event, &key(event)), None, "it was written after the skip");
    let later = RecordedEvent { revision: event.revision + 1, ..event.clone() };
    assert!(tails.partition_if_unwritten(&later, &key(event)).is_some());
}
