use super::*;

fn parsed(text: &str) -> ConnectionString {
    ConnectionString::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> String {
    ConnectionString::parse(text).err().unwrap_or_else(|| panic!("{text} is understood")).to_string()
}

fn servers(text: &str) -> Vec<String> {
    parsed(text).servers.iter().map(ToString::to_string).collect()
}

#[test]
fn a_server_is_spoken_with_alone_and_several_are_a_cluster() {
    assert_eq!(servers("esdb://host"), ["host:2113"]);
    assert_eq!(
        servers("esdb://a:1,b,[::1]:3,127.0.0.1:4/?tls=false"),
        ["a:1", "b:2113", "[::1]:3", "127.0.0.1:4"]
    );
    assert!(!parsed("esdb://host:2113?tls=false").is_cluster);
    assert!(parsed("esdb+discover://cluster.example").is_cluster && parsed("kurrentdb://a,b").is_cluster);
}

#[test]
fn a_login_is_decoded() {
    let credentials = parsed("esdb://ci%40tas:p%3A%25:w@host").credentials.unwrap();
    assert_eq!((&*credentials.user, &*credentials.password), ("ci@tas", "p:%:w"));
    assert!(parsed("esdb://host").credentials.is_none());
}

#[test]
fn every_parameter_is_honoured_in_whatever_case_it_is_written() {
    let all = parsed(
        "esdb://a,b?TLS=True&tlsVERIFYcert=true&tlsCAFile=/etc/ca%20b.pem&userCertFile=c.pem&userKeyFile=k.pem\
         &nodePreference=LEADER&keepAliveInterval=7000&keepAliveTimeout=3000&gossipTimeout=400&discoveryInterval=20\
         &maxDiscoverAttempts=5&defaultDeadline=8000&connectionName=citas%201",
    );
    let tls = Tls { ca_file: Some("/etc/ca b.pem".into()), identity: Some(("c.pem".into(), "k.pem".into())) };
    assert_eq!(all.tls, Some(tls));
    let milliseconds = Duration::from_millis;
    assert_eq!(all.keep_alive, Some((milliseconds(7_000), milliseconds(3_000))));
    assert_eq!(all.gossip_timeout, milliseconds(400));
    assert_eq!(all.discovery_interval, milliseconds(20));
    assert_eq!((all.max_discover_attempts, all.default_deadline), (Some(5), Some(milliseconds(8_000))));
    assert_eq!(all.connection_name.as_deref(), Some("citas 1"));
}

#[test]
fn connections_are_encrypted_and_probed_unless_it_says_otherwise() {
    assert_eq!(parsed("esdb://host").tls, Some(Tls::default()));
    assert_eq!(parsed("esdb://host?tls=false").tls, None);
    assert_eq!(parsed("esdb://host").keep_alive, Some((KEEP_ALIVE, KEEP_ALIVE)));
    for off in ["keepAliveInterval=-1", "keepAliveTimeout=-1"] {
        assert_eq!(parsed(&format!("esdb://host?{off}")).keep_alive, None);
    }
}

#[test]
fn what_is_not_understood_is_refused_by_its_name() {
    for (query, says) in [
        ("tls=no", "tls in"),
        ("tls=false&tls=true", "twice"),
        ("tls=false&tlsCaFile=ca.pem", "tls in"),
        ("tlsVerifyCert=false", "tlsCaFile"),
        ("nodePreference=follower", "must be leader"),
        ("keepAliveInterval=-2", "keepAliveInterval"),
        ("gossipTimeout=0", "gossipTimeout"),
        ("maxDiscoverAttempts=0", "maxDiscoverAttempts"),
        ("defaultDeadline=-1", "defaultDeadline"),
        ("userCertFile=c.pem", "userKeyFile"),
        ("connectionName=%C3%B1", "connectionName"),
        ("throwOnAppendFailure=false", "throwOnAppendFailure"),
        ("tls", "tls in"),
    ] {
        let message = refused(&format!("esdb://host?{query}"));
        assert!(message.contains(says), "{query}: {message}");
    }
    for (text, says) in [
        ("host:2113", "esdb://"),
        ("http://host", "esdb://"),
        ("esdb://", "server 1"),
        ("esdb://a,b:port", "server 2"),
        ("esdb://a:1,,c", "server 2"),
        ("esdb://a:70000", "server 1"),
        ("esdb://a/b", "server 1"),
    ] {
        let message = refused(text);
        assert!(message.contains(says), "{text}: {message}");
    }
}

#[test]
fn a_refused_connection_string_is_not_quoted() {
    for bad in [
        "esdb://admin:s3cret@host:port",
        "admin:s3cret",
        "esdb://admin:s3cret@host?tls=s3cret",
        "esdb://admin:?s3cret@host",
        "esdb://admin:pass?s3cret=1",
        "esdb://admin:/s3cret",
        "http://admin:s3cret@host",
    ] {
        let message = refused(bad);
        assert!(!message.contains("s3cret"), "{message}");
    }
}
