use std::path::Path;

use crate::Client;
use crate::process::Running;
use crate::services::{TOKEN, quiet};

/// The gateway as it is deployed, with the committed Caddyfile, in front of two APIs.
#[derive(Debug)]
pub struct Gateway {
    _running: Running,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Gateway {
    /// Starts it on a free port. GET and HEAD go to `query_api`, all other methods to `command_api`.
    pub async fn start(query_api: &str, command_api: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let address = free_address();
        let configuration = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/gateway/Caddyfile");
        let mut command = quiet("caddy".into());
        command.arg("run").args(["--adapter", "caddyfile", "--config"]).arg(configuration);
        command.env("GATEWAY_ADDRESS", format!("http://{address}")).env("GATEWAY_BIND", "127.0.0.1");
        command.env("QUERY_API", query_api).env("COMMAND_API", command_api);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", folder.path()).env("XDG_CONFIG_HOME", folder.path());
        command.env("XDG_DATA_HOME", folder.path());
        let running = Running::try_spawn(command)
            .expect("the gateway's program is Caddy, which scripts/test installs (Debian's package caddy)");
        running.logged("serving initial configuration").await;
        let client = Client::new(address, TOKEN.to_owned());
        Self { _running: running, client, _folder: folder }
    }

    /// A client of the gateway, with the admin token.
    pub fn client(&self) -> Client {
        self.client.clone()
    }
}

/// Caddy takes an address but does not report one, so a free one is chosen for it.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback address can be listened on");
    listener.local_addr().expect("a listener has an address").to_string()
}
