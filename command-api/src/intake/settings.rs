use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

/// How much is fetched ahead of processing, in KiB.
const FETCHED_AHEAD_KIB: &str = "16384";

/// Where commands come from and where replies go.
#[derive(Debug, Clone)]
pub struct IntakeSettings {
    /// How to connect: properties of librdkafka, `bootstrap.servers` among them.
    pub connection: ClientConfig,
    /// The topic of commands, which must exist, as the others must.
    pub commands: String,
    /// The topic of replies.
    pub replies: String,
    /// The topic of dead letters.
    pub dead_letters: String,
    /// The consumer group, whose members share the partitions.
    pub group: String,
    /// The `ce_source` of replies: a URI reference that identifies this Citas.
    pub source: String,
}

impl IntakeSettings {
    /// The default settings, on these brokers.
    pub fn new(brokers: &str) -> Self {
        let mut connection = ClientConfig::new();
        connection.set("bootstrap.servers", brokers);
        Self {
            connection,
            commands: "appointments.commands.v1".to_owned(),
            replies: "appointments.replies.v1".to_owned(),
            dead_letters: "appointments.commands.dlq.v1".to_owned(),
            group: "citas-commands".to_owned(),
            source: "/citas".to_owned(),
        }
    }

    fn client(&self) -> ClientConfig {
        let mut config = self.connection.clone();
        config.set("client.id", "citas-intake").set("reconnect.backoff.max.ms", "1000");
        // The intake logs failures itself, once each.
        config.set_log_level(RDKafkaLogLevel::Critical);
        config
    }

    /// A producer that retries until the broker is back, and leaves the limit on message size to the broker.
    pub(super) fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("message.timeout.ms", "0")
            .set("message.max.bytes", "1000000000");
        config
    }

    /// A member of the group that commits the offsets stored in it.
    pub(super) fn consumer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", &self.group)
            // A crashed member's partitions are reassigned after 10 s.
            .set("session.timeout.ms", "10000")
            .set("enable.auto.commit", "true")
            .set("auto.commit.interval.ms", "500")
            .set("enable.auto.offset.store", "false")
            // A new group starts with the first command in the topic, so that none is skipped.
            .set("auto.offset.reset", "earliest")
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("queued.max.messages.kbytes", FETCHED_AHEAD_KIB)
            .set("statistics.interval.ms", "1000");
        config
    }
}
