use std::path::Path;

use tokio::net::TcpStream;

use crate::process::Running;
use crate::services::{TOKEN, quiet};
use crate::{Client, STEP_TIMEOUT};

/// The gateway as it is deployed, with the committed configuration, in front of the APIs.
#[derive(Debug)]
pub struct Gateway {
    running: Running,
    client: Client,
}

impl Gateway {
    /// Starts it on a free port. GET and HEAD go to `query_api`, all other methods to `command_api`.
    pub async fn start(query_api: &str, command_api: &str) -> Self {
        Self::in_front_of(&[query_api], &[command_api]).await
    }

    /// Starts it on a free port, with one or two processes of each API.
    pub async fn in_front_of(query_apis: &[&str], command_apis: &[&str]) -> Self {
        let address = free_address();
        let configuration = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/gateway/haproxy.cfg");
        let mut command = quiet("haproxy".into());
        command.arg("-db").arg("-f").arg(configuration).env("GATEWAY_ADDRESS", &address);
        // Debian's package puts it where only administrators look.
        command.env("PATH", "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/bin");
        for (name, processes) in [("QUERY_API", query_apis), ("COMMAND_API", command_apis)] {
            for (number, process) in (1..).zip(processes) {
                command.env(format!("{name}_{number}"), process);
            }
        }
        let running = Running::try_spawn(command).expect(
            "the gateway's program is HAProxy, which scripts/test installs (Debian's package haproxy)",
        );
        let client = Client::new(address, TOKEN.to_owned());
        let gateway = Self { running, client };
        gateway.until_it_listens().await;
        gateway
    }

    async fn until_it_listens(&self) {
        let listens = async {
            while TcpStream::connect(self.client.address()).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        let listens = tokio::time::timeout(STEP_TIMEOUT, listens).await;
        assert!(listens.is_ok(), "the gateway does not listen:\n{}", self.running.logs());
    }

    /// Waits until it has logged this text.
    pub async fn logged(&self, text: &str) {
        self.running.logged(text).await;
    }

    /// A client of the gateway, with the admin token.
    pub fn client(&self) -> Client {
        self.client.clone()
    }
}

/// The program takes an address but does not report one, so a free one is chosen for it.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback address can be listened on");
    listener.local_addr().expect("a listener has an address").to_string()
}
