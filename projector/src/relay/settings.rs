use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use schemas::trace::Sampling;

/// Where public events are written to.
#[derive(Debug, Clone)]
pub struct RelaySettings {
    /// How to connect: properties of librdkafka, `bootstrap.servers` among them.
    pub connection: ClientConfig,
    /// The topic, which must exist. It must keep the last record of each partition for as long as the relay may be
    /// away, and its number of partitions must not change, as for any topic that is read in the order of its keys.
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

    /// A producer that keeps order, leaves no gap, and retries until the broker is back.
    pub(super) fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("message.timeout.ms", "0")
            // Without these two, records after one that is refused for good would still be written: because they are
            // sent later, or because they are in flight already.
            .set("enable.gapless.guarantee", "true")
            .set("max.in.flight.requests.per.connection", "1")
            .set("reconnect.backoff.max.ms", "1000");
        config
    }

    /// A consumer for the last records; it joins no group and commits nothing, although the client requires a group
    /// id.
    pub(super) fn consumer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", "citas-relay")
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "error");
        config
    }
}
