//! Clients that ask for slots again and again.

use std::time::Duration;

use anyhow::Result;

use crate::http::{Connection, Target};
use crate::load::{self, Client};

pub(crate) const CONNECTIONS: usize = 16;

/// More questions than anyone asks in an hour.
const LEAD_DIGITS: usize = 10;

/// Whether an answer can be given a second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// All ask the same.
    Alike,
    /// No two ask the same: each for another lead.
    Apart,
}

/// How many questions a second are answered. The path has its parameters already.
pub(crate) async fn rate(target: &Target, path: &str, asked: Asked, duration: Duration) -> Result<f64> {
    let mut askers = Vec::with_capacity(CONNECTIONS);
    for number in 0..CONNECTIONS {
        // A lead without holds changes the question and not the answer. The number has as many digits each time.
        let path = match asked {
            Asked::Apart => format!("{path}&lead_id={number:04}{:0LEAD_DIGITS$}", 0),
            Asked::Alike => path.to_owned(),
        };
        let request = target.request("GET", &path, "", "");
        let lead_at = (asked == Asked::Apart).then(|| path.len() + "GET ".len() - LEAD_DIGITS);
        askers.push(Asker {
            connection: Connection::open(target.address).await?,
            request,
            lead_at,
            asked: 0,
        });
    }
    load::rate(askers, duration).await
}

struct Asker {
    connection: Connection,
    request: Vec<u8>,
    /// Where the digits of the lead are in the request.
    lead_at: Option<usize>,
    asked: u64,
}

impl Client for Asker {
    async fn once(&mut self) -> Result<()> {
        if let Some(lead_at) = self.lead_at {
            self.asked += 1;
            let digits = format!("{:0LEAD_DIGITS$}", self.asked);
            self.request[lead_at..lead_at + LEAD_DIGITS].copy_from_slice(digits.as_bytes());
        }
        self.connection.send(&self.request).await?.expect(200)?;
        Ok(())
    }
}
