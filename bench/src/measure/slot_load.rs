//! Clients that query free slots again and again.

use std::time::Duration;

use anyhow::Result;

use crate::http::{Connection, Target};
use crate::load::{self, Client};

pub(crate) const CONNECTIONS: usize = 16;

/// Digits of the number of a lead: enough for more queries than an hour of load.
const LEAD_DIGITS: usize = 10;

/// Whether a response can be reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// All queries are equal.
    Alike,
    /// All queries are different: each is for another lead.
    Apart,
}

/// Queries answered per second. `path` already has its query parameters.
pub(crate) async fn rate(target: &Target, path: &str, asked: Asked, duration: Duration) -> Result<f64> {
    let mut askers = Vec::with_capacity(CONNECTIONS);
    for number in 0..CONNECTIONS {
        // A lead without holds changes the query, but not the response. Its number has a fixed number of digits.
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
