use std::sync::Arc;

use domain::LeadAnswer;
use operation::{Accepted, Access, Code, Command, CommandCall, Operation, Problem};
use schemars::JsonSchema;
use schemas::LeadId;
use serde::{Deserialize, Serialize};

use super::targets::OfLead;
use crate::CommandApi;

/// Merges a lead into another.
pub(crate) struct MergeLeads;

/// The lead that stays.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Into {
    /// The lead that stays. If that was merged into another, the other.
    into: LeadId,
}

impl Operation for MergeLeads {
    const NAME: &'static str = "MergeLeads";
    const SUMMARY: &'static str = "Closes a lead that is another one too: the other takes over what it lacks of contact \
        and consents, and the appointments of both are found under it.";
    const ACCESS: Access = Access::STAFF;
    const ERRORS: &'static [Code] = &[Code::LeadMerged, Code::Overloaded];
    type Target = OfLead;
    type Request = Into;
    type Answer = LeadAnswer;
}

impl Command for MergeLeads {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfLead { lead_id }: OfLead,
        Into { into }: Into,
    ) -> Result<Accepted<LeadAnswer>, Problem> {
        api.merge_leads(call, lead_id, into).await
    }
}
