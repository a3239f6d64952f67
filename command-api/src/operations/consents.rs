use std::sync::Arc;

use domain::{ConsentStatement, LeadAnswer, LeadCommand};
use operation::{Accepted, Access, Code, Command, CommandCall, Operation, Problem, check_length, check_name};
use schemars::JsonSchema;
use schemas::value::ContactChannel;
use schemas::{Personal, TimeInput};
use serde::{Deserialize, Serialize};

use super::targets::OfConsent;
use crate::CommandApi;
use crate::time_problems::resolve_past;

const MAX_SOURCE: usize = 200;
const MAX_WORDING: usize = 2_000;

/// Records what a lead said about being written to.
pub(crate) struct RecordConsent;

/// What a lead said about being written to for a purpose.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Consent {
    /// By which channel.
    channel: ContactChannel,
    /// Whether it agrees; false = it does not, or no longer.
    given: bool,
    /// When it said so; now if left out. The latest that it said stands, whichever is recorded first.
    at: Option<TimeInput>,
    /// Where it said so, such as a form or a conversation.
    source: String,
    /// In which words it was asked, or said so.
    wording: Option<String>,
}

impl Operation for RecordConsent {
    const NAME: &'static str = "RecordConsent";
    const SUMMARY: &'static str =
        "Records that a lead agrees to be written to for a purpose by a channel, or no longer does.";
    const ACCESS: Access = Access::BOOKING;
    const ERRORS: &'static [Code] = &[Code::InvalidTime];
    type Target = OfConsent;
    type Request = Consent;
    type Answer = LeadAnswer;
}

impl Command for RecordConsent {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfConsent { lead_id, purpose }: OfConsent,
        Consent { channel, given, at, source, wording }: Consent,
    ) -> Result<Accepted<LeadAnswer>, Problem> {
        check_name("source", &source, MAX_SOURCE)?;
        check_length("wording", wording.as_deref().unwrap_or_default(), MAX_WORDING)?;
        let at = at.map(|at| resolve_past("at", &at)).transpose()?;
        let personal = |text| Personal::new(lead_id.clone(), text);
        let (source, wording) = (personal(source), wording.map(personal));
        let statement = ConsentStatement { purpose, channel, at, source, wording };
        let command = if given {
            LeadCommand::GiveConsent { lead_id, statement }
        } else {
            LeadCommand::WithdrawConsent { lead_id, statement }
        };
        api.send_to_lead(call, command).await
    }
}
