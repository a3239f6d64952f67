use std::sync::Arc;

use domain::{Change, PropertyChange, PropertyCommand, PropertyDetails};
use operation::{Accepted, Access, Code, Command, CommandCall, Operation, Problem};
use schemars::JsonSchema;
use schemas::AgentId;
use schemas::value::{Coordinates, PropertyProfile, VisitApproval, VisitOverlap};
use serde::{Deserialize, Serialize};

use super::answer::answer;
use super::named::{Named, given, known, named, named_known};
use super::property_forms::{
    Caps, OverlapRule, agents, approval, area, caps, check_address, check_title, instructions, notice,
    overlap, overlap_change, time_zone,
};
use super::targets::OfProperty;
use crate::CommandApi;

/// Registers a property, or replaces what is known of it.
pub(crate) struct RegisterProperty;

/// Everything about a property besides its hours; it replaces what was known as a whole.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PropertyForm {
    /// What to call it.
    title: String,
    /// Street, number and what else finds the door.
    address: String,
    /// The comuna's official name or code.
    comuna: String,
    /// The region's official name or code; it follows from the comuna.
    region: Option<String>,
    /// IANA zone in which its hours are read; that of the comuna if left out.
    time_zone: Option<String>,
    /// Where it is on the map.
    #[serde(default, deserialize_with = "known")]
    coordinates: Option<Coordinates>,
    /// The agents who may show it; those who work there if left out.
    agent_ids: Option<Vec<AgentId>>,
    /// How long before its start a visit has to be booked, in minutes; 0 if left out.
    notice_minutes: Option<u32>,
    /// How many visits it may have at once; exclusive if left out.
    overlap: Option<OverlapRule>,
    /// How many where overlap is shared.
    simultaneous_visits: Option<u16>,
    /// How many visits it may have in a while; any number if left out.
    caps: Option<Caps>,
    /// Who says of each visit that it may take place; nobody has to if left out.
    #[serde(default, deserialize_with = "known")]
    approval: Option<VisitApproval>,
    /// How to get in. Only the agent of a confirmed visit is told, shortly before it.
    access_instructions: Option<String>,
    /// Whether it is on the market; true if left out.
    active: Option<bool>,
}

impl PropertyForm {
    fn profile(self) -> Result<PropertyProfile, Problem> {
        check_title(&self.title)?;
        check_address(&self.address)?;
        let area = area(&self.comuna, self.region.as_deref())?;
        let zone = self.time_zone.as_deref().map(time_zone).transpose()?;
        Ok(PropertyProfile {
            title: self.title,
            address: self.address,
            time_zone: zone.unwrap_or(area.time_zone),
            comuna: area.comuna,
            comuna_code: area.comuna_code,
            region: area.region,
            coordinates: self.coordinates,
            agent_ids: agents(self.agent_ids.unwrap_or_default())?,
            notice_minutes: notice(self.notice_minutes.unwrap_or_default())?,
            overlap: match (self.overlap, self.simultaneous_visits) {
                (None, None) => VisitOverlap::default(),
                (rule, number) => overlap(rule.unwrap_or(OverlapRule::Exclusive), number)?,
            },
            caps: self.caps.map(caps).transpose()?.unwrap_or_default(),
            approval: self.approval.map(approval).transpose()?,
            access_instructions: self.access_instructions.map(instructions).transpose()?,
        })
    }
}

impl Operation for RegisterProperty {
    const NAME: &'static str = "RegisterProperty";
    const SUMMARY: &'static str = "Registers a property, or replaces what is known of it besides its hours.";
    const ACCESS: Access = Access::STAFF;
    const ERRORS: &'static [Code] = &[];
    type Target = OfProperty;
    type Request = PropertyForm;
    type Answer = PropertyDetails;
}

impl Command for RegisterProperty {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfProperty { property_id }: OfProperty,
        request: PropertyForm,
    ) -> Result<Accepted<PropertyDetails>, Problem> {
        let active = request.active.unwrap_or(true);
        let profile = Box::new(request.profile()?);
        let of_it = property_id.clone();
        let command = PropertyCommand::RegisterProperty { property_id: of_it, profile, active };
        answer(api.send_to_property(call, &property_id, command).await?)
    }
}

/// Changes members of a property.
pub(crate) struct UpdateProperty;

/// Members that are left out stay as they are.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PropertyChangeForm {
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    title: Option<String>,
    /// Street, number and what else finds the door.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    address: Option<String>,
    /// The comuna's official name or code. In another comuna, the property is in that one's zone, unless one is named.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    comuna: Option<String>,
    /// The region's official name or code; only together with the comuna, from which it follows.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    region: Option<String>,
    /// IANA zone in which its hours are read.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    time_zone: Option<String>,
    /// Where it is on the map; null = not known any more.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named_known")]
    #[schemars(with = "Option<Coordinates>")]
    coordinates: Option<Named<Coordinates>>,
    /// The agents who may show it; empty = those who work there.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    agent_ids: Option<Vec<AgentId>>,
    /// How long before its start a visit has to be booked, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    notice_minutes: Option<u32>,
    /// How many visits it may have at once.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    overlap: Option<OverlapRule>,
    /// How many where overlap is shared, which it then is.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    simultaneous_visits: Option<u16>,
    /// How many visits it may have in a while, as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    caps: Option<Caps>,
    /// Who says of each visit that it may take place; null = nobody has to.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named_known")]
    #[schemars(with = "Option<VisitApproval>")]
    approval: Option<Named<VisitApproval>>,
    /// How to get in; null = not known any more.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<String>")]
    access_instructions: Option<Named<String>>,
    /// Whether it is on the market.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    active: Option<bool>,
}

impl PropertyChangeForm {
    fn change(self) -> Result<PropertyChange, Problem> {
        self.title.as_deref().map_or(Ok(()), check_title)?;
        self.address.as_deref().map_or(Ok(()), check_address)?;
        let area = match (self.comuna, self.region) {
            (Some(comuna), region) => Some(area(&comuna, region.as_deref())?),
            (None, Some(_)) => return Err(Problem::malformed("region", "follows from comuna: send that")),
            (None, None) => None,
        };
        Ok(PropertyChange {
            title: self.title,
            address: self.address,
            area,
            time_zone: self.time_zone.as_deref().map(time_zone).transpose()?,
            coordinates: change(self.coordinates),
            agent_ids: self.agent_ids.map(agents).transpose()?,
            notice_minutes: self.notice_minutes.map(notice).transpose()?,
            overlap: overlap_change(self.overlap, self.simultaneous_visits)?,
            caps: self.caps.map(caps).transpose()?,
            approval: match self.approval {
                Some(Named(Some(asked))) => Change::Set(approval(asked)?),
                Some(Named(None)) => Change::Removed,
                None => Change::Kept,
            },
            access_instructions: match self.access_instructions {
                Some(Named(Some(text))) => Change::Set(instructions(text)?),
                Some(Named(None)) => Change::Removed,
                None => Change::Kept,
            },
            active: self.active,
        })
    }
}

fn change<T>(named: Option<Named<T>>) -> Change<T> {
    match named {
        None => Change::Kept,
        Some(Named(Some(value))) => Change::Set(value),
        Some(Named(None)) => Change::Removed,
    }
}

impl Operation for UpdateProperty {
    const NAME: &'static str = "UpdateProperty";
    const SUMMARY: &'static str =
        "Changes the members of a property that it names; active = false takes it off the market.";
    const ACCESS: Access = Access::STAFF;
    const ERRORS: &'static [Code] = &[Code::UnknownProperty];
    type Target = OfProperty;
    type Request = PropertyChangeForm;
    type Answer = PropertyDetails;
}

impl Command for UpdateProperty {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfProperty { property_id }: OfProperty,
        request: PropertyChangeForm,
    ) -> Result<Accepted<PropertyDetails>, Problem> {
        let change = Box::new(request.change()?);
        let command = PropertyCommand::UpdateProperty { change };
        answer(api.send_to_property(call, &property_id, command).await?)
    }
}
