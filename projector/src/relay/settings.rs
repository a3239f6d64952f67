use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use schemas::trace::Sampling;

/// Which records are read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Isolation {
    /// Those of committed transactions.
    Committed,
    /// All, also those of a transaction whose commit is not in every partition yet.
    Uncommitted,
}

/// Where public events are written to.
#[derive(Debug, Clone)]
pub struct RelaySettings {
    /// How to connect: properties of librdkafka, `bootstrap.servers` among them.
    pub connection: ClientConfig,
    /// The topic, which must exist. It must keep its records for as long as the relay may be away. Partitions that are
    /// added to it stay unused, so that a key's events stay in one of them.
    pub topic: String,
    /// The `ce_source` of every message: a URI reference that identifies this Citas.
    pub source: String,
    /// Which traces are kept, for the flag in `ce_traceparent`.
    pub sampling: Sampling,
}

impl RelaySettings {
    /// The default settings, on these brokers in plain text.
    pub fn new(brokers: &str) -> Self {
        let mut connection = ClientConfig::new();
        connection.set("bootstrap.servers", brokers);
        Self {
            connection,
            topic: "appointments.events.v1".to_owned(),
            source: "/citas".to_owned(),
            sampling: Sampling::NONE,
        }
    }

    fn client(&self) -> ClientConfig {
        let mut config = self.connection.clone();
        config.set("client.id", "citas-relay");
        // The relay logs failures itself, once each.
        config.set_log_level(RDKafkaLogLevel::Critical);
        config
    }

    /// A producer that keeps order, and of which there is one at a time for the topic: a later one ends the transaction of
    /// this one, which then can write nothing more.
    pub(super) fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("transactional.id", format!("citas-relay-{}", self.topic))
            .set("acks", "all")
            // All records of a transaction are handed over at once, so none has to be waited for.
            .set("linger.ms", "0")
            .set("reconnect.backoff.max.ms", "1000");
        config
    }

    /// A consumer for the last records; it joins no group and commits nothing, although the client requires a group
    /// id.
    pub(super) fn consumer(&self, isolation: Isolation) -> ClientConfig {
        let mut config = self.client();
        let isolation = match isolation {
            Isolation::Committed => "read_committed",
            Isolation::Uncommitted => "read_uncommitted",
        };
        config
            .set("group.id", "citas-relay")
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "error")
            .set("enable.partition.eof", "true")
            .set("isolation.level", isolation);
        config
    }
}
