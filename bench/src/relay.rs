//! Measures the relay of a whole log to Kafka, and a plain producer of as many records of the same size.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, ensure};
use event_store::EventStore;
use operation::Clock;
use projector::relay::{RelaySettings, TopicNotice};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::runtime::Runtime;

use crate::measure::history;
use crate::process::{self, Process};
use crate::statistics::Series;
use crate::{Plan, table, tell};

const PARTITIONS: i32 = 3;
/// As many as the relay has in flight.
const IN_FLIGHT: usize = 1024;
/// Roughly the size of a public event with its headers.
const RECORD: [u8; 1024] = [b'x'; 1024];
const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) fn run(plan: &Plan, kafka: &str, events: u64) -> Result<()> {
    let bench = Bench::start(plan, kafka, events)?;
    let (mut relayed, mut baseline, mut records) = (Series::default(), Series::default(), 0);
    for repeat in 0..plan.repeats {
        let topic = format!("citas-bench-relay-{}-{repeat}", std::process::id());
        bench.runtime.block_on(bench.make_topic(&topic))?;
        let took = bench.relay(&topic)?;
        records = bench.records(&topic)?;
        let other = format!("{topic}-plain");
        bench.runtime.block_on(bench.make_topic(&other))?;
        let took_plain = bench.runtime.block_on(bench.produce(&other, records))?;
        for (took, series) in [(took, &mut relayed), (took_plain, &mut baseline)] {
            #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
            series.push(records as f64 / took.as_secs_f64());
        }
        tell(&format!("round {} of {}: relay {took:.2?}, plain {took_plain:.2?}", repeat + 1, plan.repeats));
        bench.runtime.block_on(bench.delete(&[&topic, &other]))?;
    }
    let heads = ["records", "relayed, 1/s", "plain records, 1/s", "relay ÷ plain"];
    let ratio = format!("{:.2}", relayed.over(&baseline));
    table::print(&heads, &[vec![records.to_string(), relayed.to_string(), baseline.to_string(), ratio]])?;
    table::line("\nMedian (least–greatest). The relay reads the log and decodes its events besides.")?;
    Ok(())
}

struct Bench {
    runtime: Runtime,
    node: String,
    settings: RelaySettings,
    _process: Process,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn start(plan: &Plan, kafka: &str, events: u64) -> Result<Self> {
        let folder = plan.scratch()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let mut process = process::itself(&[process::NODE.as_ref(), folder.path().join("node").as_os_str()])?;
        let node = process.line()?;
        let store = EventStore::new(&node)?;
        let events = runtime.block_on(history::write(&store, events, Clock::system().now()))?;
        tell(&format!("{events} events written"));
        Ok(Self { runtime, node, settings: RelaySettings::new(kafka), _process: process, _folder: folder })
    }

    /// From the start to the end of the log.
    fn relay(&self, topic: &str) -> Result<Duration> {
        let store = EventStore::new(&self.node)?;
        let settings = RelaySettings { topic: topic.to_owned(), ..self.settings.clone() };
        let clock = Clock::system();
        self.runtime.block_on(async {
            let started = Instant::now();
            let relay =
                projector::relay::spawn(&store, settings, TopicNotice::default(), move || clock.now());
            relay.caught_up().await?;
            let took = started.elapsed();
            relay.stop().await;
            Ok(took)
        })
    }

    /// How many records the topic has, without the marks of transactions' ends, which are few.
    fn records(&self, topic: &str) -> Result<u64> {
        let consumer: BaseConsumer = self.client().set("group.id", "citas-bench").create()?;
        let mut records = 0;
        for partition in 0..PARTITIONS {
            let (low, high) = consumer.fetch_watermarks(topic, partition, TIMEOUT)?;
            records += u64::try_from(high - low)?;
        }
        ensure!(records > 0, "nothing was relayed");
        Ok(records)
    }

    /// Writes records without transactions, as many at once as the relay.
    async fn produce(&self, topic: &str, records: u64) -> Result<Duration> {
        let producer: FutureProducer =
            self.client().set("enable.idempotence", "true").set("acks", "all").create()?;
        let started = Instant::now();
        let mut left = records;
        while left > 0 {
            let mut waiting = Vec::with_capacity(IN_FLIGHT);
            for number in 0..left.min(IN_FLIGHT as u64) {
                let partition = i32::try_from(number)? % PARTITIONS;
                let record = FutureRecord::<[u8], [u8]>::to(topic).partition(partition).payload(&RECORD);
                waiting.push(producer.send_result(record).map_err(|(error, _)| error)?);
            }
            left -= waiting.len() as u64;
            for delivery in waiting {
                delivery.await?.map_err(|(error, _)| error)?;
            }
        }
        Ok(started.elapsed())
    }

    async fn make_topic(&self, topic: &str) -> Result<()> {
        let topic = NewTopic::new(topic, PARTITIONS, TopicReplication::Fixed(1));
        let made = self.admin()?.create_topics([&topic], &AdminOptions::new()).await?;
        made.into_iter()
            .try_for_each(|made| made.map(drop).map_err(|(topic, error)| anyhow!("{topic}: {error}")))
    }

    async fn delete(&self, topics: &[&str]) -> Result<()> {
        self.admin()?.delete_topics(topics, &AdminOptions::new()).await.map(drop).context("the topics stay")
    }

    fn admin(&self) -> Result<AdminClient<DefaultClientContext>> {
        Ok(self.client().create()?)
    }

    fn client(&self) -> ClientConfig {
        self.settings.connection.clone()
    }
}
