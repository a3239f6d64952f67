//! Imports of many at once: a line is the body of the `PUT` of one, with its id.

use operation::Import;

use super::{RegisterLead, RegisterProperty, UpdateAgentProfile};

/// Registers many leads.
pub(crate) struct ImportLeads;

impl Import for ImportLeads {
    type Of = RegisterLead;
    const NAME: &'static str = "ImportLeads";
    const SUMMARY: &'static str = "Registers up to 10,000 leads or replaces their contacts: one in each line of NDJSON, with its lead_id.";
}

/// Registers many agents.
pub(crate) struct ImportAgents;

impl Import for ImportAgents {
    type Of = UpdateAgentProfile;
    const NAME: &'static str = "ImportAgents";
    const SUMMARY: &'static str = "Registers up to 10,000 agents or replaces their profiles: one in each line of NDJSON, with its agent_id.";
}

/// Registers many properties.
pub(crate) struct ImportProperties;

impl Import for ImportProperties {
    type Of = RegisterProperty;
    const NAME: &'static str = "ImportProperties";
    const SUMMARY: &'static str = "Registers up to 10,000 properties or replaces what is known of them: one in each line of \
        NDJSON, with its property_id.";
}
