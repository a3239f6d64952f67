use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::Secret;

/// Where Kafka is and how to connect to it: the settings that all its users share.
///
/// It yields properties of librdkafka by name, and does not depend on a client.
#[derive(Debug, Clone, Args)]
pub struct Kafka {
    /// Kafka's brokers, such as `kafka-1:9092,kafka-2:9092`; without them Kafka is not used.
    #[arg(long, env = "CITAS_KAFKA", value_name = "HOST:PORT,…")]
    pub kafka: Option<String>,
    /// The protocol to the brokers; do not use `plaintext` over a shared network.
    #[arg(
        long,
        env = "CITAS_KAFKA_SECURITY",
        value_enum,
        default_value_t = Security::Plaintext,
        value_name = "PROTOCOL"
    )]
    pub kafka_security: Security,
    /// The SASL mechanism, for `sasl_plaintext` and `sasl_ssl`.
    #[arg(
        long,
        env = "CITAS_KAFKA_SASL_MECHANISM",
        value_enum,
        default_value_t = Mechanism::ScramSha512,
        value_name = "MECHANISM"
    )]
    pub kafka_sasl_mechanism: Mechanism,
    /// The user, for `sasl_plaintext` and `sasl_ssl`.
    #[arg(long, env = "CITAS_KAFKA_USER", value_name = "NAME")]
    pub kafka_user: Option<String>,
    /// The user's password.
    #[arg(long, env = "CITAS_KAFKA_PASSWORD", hide_env_values = true, value_name = "PASSWORD")]
    pub kafka_password: Option<Secret>,
    /// A PEM file with the CA certificates of the brokers; without it, those of the system.
    #[arg(long, env = "CITAS_KAFKA_CA_FILE", value_name = "FILE")]
    pub kafka_ca_file: Option<PathBuf>,
}

/// The protocol to the brokers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Security {
    /// Neither encrypted nor authenticated.
    #[value(name = "plaintext")]
    Plaintext,
    /// Encrypted.
    #[value(name = "ssl")]
    Ssl,
    /// Authenticated by user and password, not encrypted.
    #[value(name = "sasl_plaintext")]
    SaslPlaintext,
    /// Encrypted, and authenticated by user and password.
    #[value(name = "sasl_ssl")]
    SaslSsl,
}

/// The SASL mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mechanism {
    /// Sends the password itself.
    #[value(name = "plain")]
    Plain,
    /// Proves knowledge of the password, by SHA-256.
    #[value(name = "scram-sha-256")]
    ScramSha256,
    /// Proves knowledge of the password, by SHA-512.
    #[value(name = "scram-sha-512")]
    ScramSha512,
}

impl Kafka {
    /// The properties of a connection; none if there are no brokers. `has_tls` says whether the client was built with
    /// encryption.
    pub fn properties(&self, has_tls: bool) -> Result<Option<Vec<(String, String)>>> {
        let Some(brokers) = self.kafka.clone().filter(|brokers| !brokers.trim().is_empty()) else {
            if self.kafka_security != Security::Plaintext {
                bail!("Kafka's security is set, but no brokers: give --kafka too");
            }
            return Ok(None);
        };
        let security = self.kafka_security;
        let is_encrypted = matches!(security, Security::Ssl | Security::SaslSsl);
        let is_authenticated = matches!(security, Security::SaslPlaintext | Security::SaslSsl);
        let needs_tls = is_encrypted || is_authenticated && self.kafka_sasl_mechanism != Mechanism::Plain;
        if needs_tls && !has_tls {
            bail!(
                "this program was built without encryption for Kafka: build it with --features kafka-tls for ssl, sasl_ssl \
                 and SCRAM"
            );
        }
        if !is_encrypted && self.kafka_ca_file.is_some() {
            bail!("--kafka-ca-file is for ssl and sasl_ssl: choose one with --kafka-security");
        }
        let mut properties = vec![("bootstrap.servers", brokers), ("security.protocol", name_of(&security))];
        if let Some(file) = &self.kafka_ca_file {
            properties.push(("ssl.ca.location", file.display().to_string()));
        }
        match (&self.kafka_user, &self.kafka_password) {
            (Some(user), Some(password)) if is_authenticated => {
                properties.push(("sasl.mechanism", name_of(&self.kafka_sasl_mechanism).to_uppercase()));
                properties.push(("sasl.username", user.clone()));
                properties.push(("sasl.password", password.reveal().to_owned()));
            }
            (None, None) if !is_authenticated => {}
            _ if is_authenticated => bail!("sasl needs both --kafka-user and --kafka-password"),
            _ => bail!(
                "--kafka-user and --kafka-password are for sasl_plaintext and sasl_ssl: choose one with \
                 --kafka-security"
            ),
        }
        Ok(Some(properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
    }
}

fn name_of(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Some {
        #[command(flatten)]
        kafka: Kafka,
    }

    fn properties(arguments: &[&str], has_tls: bool) -> Result<Option<Vec<(String, String)>>> {
        Some::parse_from([&["some"], arguments].concat()).kafka.properties(has_tls)
    }

    fn of(properties: &[(&str, &str)]) -> Vec<(String, String)> {
        properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn without_brokers_there_is_no_kafka_and_no_security_of_it() {
        assert_eq!(properties(&[], false).unwrap(), None);
        assert_eq!(properties(&["--kafka", ""], false).unwrap(), None);
        assert!(properties(&["--kafka-security", "ssl"], true).unwrap_err().to_string().contains("--kafka"));
    }

    #[test]
    fn a_connection_is_in_plain_text_unless_told_otherwise() {
        let expected = of(&[("bootstrap.servers", "a:9092,b:9092"), ("security.protocol", "plaintext")]);
        assert_eq!(properties(&["--kafka", "a:9092,b:9092"], false).unwrap(), Some(expected));
    }

    #[test]
    fn a_connection_is_encrypted_and_authenticated() {
        let arguments = ["--kafka", "a:9093", "--kafka-security", "sasl_ssl", "--kafka-user", "citas"];
        let besides = ["--kafka-password", "s3cret", "--kafka-ca-file", "ca.pem"];
        let expected = of(&[
            ("bootstrap.servers", "a:9093"),
            ("security.protocol", "sasl_ssl"),
            ("ssl.ca.location", "ca.pem"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
            ("sasl.username", "citas"),
            ("sasl.password", "s3cret"),
        ]);
        assert_eq!(properties(&[&arguments[..], &besides].concat(), true).unwrap(), Some(expected));
    }

    #[test]
    fn what_the_client_cannot_do_is_refused_before_it_is_tried() {
        let user = ["--kafka", "a:1", "--kafka-user", "citas", "--kafka-password", "s3cret"];
        for (security, mechanism, works) in [
            ("ssl", "plain", false),
            ("sasl_ssl", "plain", false),
            ("sasl_plaintext", "scram-sha-256", false),
            ("sasl_plaintext", "plain", true),
        ] {
            let besides = ["--kafka-security", security, "--kafka-sasl-mechanism", mechanism];
            let given = properties(&[&user[..], &besides].concat(), false);
            assert_eq!(given.is_ok(), works, "{security} {mechanism}: {given:?}");
            if let Err(error) = given {
                assert!(error.to_string().contains("--features kafka-tls"), "{error}");
                assert!(!error.to_string().contains("s3cret"));
            }
        }
    }

    #[test]
    fn settings_that_contradict_one_another_are_refused() {
        for contradicting in [
            &["--kafka-security", "sasl_ssl"][..],
            &["--kafka-security", "sasl_ssl", "--kafka-user", "citas"],
            &["--kafka-user", "citas", "--kafka-password", "s3cret"],
            &["--kafka-security", "ssl", "--kafka-password", "s3cret"],
            &["--kafka-ca-file", "ca.pem"],
        ] {
            let given = properties(&[&["--kafka", "a:1"], contradicting].concat(), true);
            assert!(given.is_err(), "{contradicting:?}");
        }
    }
}
