use std::sync::Arc;

use domain::{Change, LeadAnswer, LeadChange, LeadCommand};
use operation::{Accepted, Access, Code, Command, CommandCall, Operation, Problem};
use schemars::JsonSchema;
use schemas::value::{ContactChannel, LeadProfile};
use schemas::{LeadId, Personal};
use serde::{Deserialize, Serialize};

use super::contact_forms::{check_email, check_lead_name, check_locale, check_phone};
use super::named::{Named, named};
use super::targets::OfLead;
use crate::CommandApi;

/// Registers a lead, or replaces a lead's contact.
pub(crate) struct RegisterLead;

/// How to reach a lead; it replaces what was known as a whole.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contact {
    /// What to call the lead.
    name: Option<String>,
    /// The address for e-mails.
    email: Option<String>,
    /// In international form: + and 8 to 15 digits. Several leads may share one.
    phone: Option<String>,
    /// BCP 47 language tag, such as es-CL.
    locale: Option<String>,
    /// How the lead would rather be written to.
    preferred_channel: Option<ContactChannel>,
}

impl Operation for RegisterLead {
    const NAME: &'static str = "RegisterLead";
    const SUMMARY: &'static str = "Registers a lead, or replaces a lead's contact.";
    const ACCESS: Access = Access::BOOKING;
    const ERRORS: &'static [Code] = &[];
    type Target = OfLead;
    type Request = Contact;
    type Answer = LeadAnswer;
}

impl Command for RegisterLead {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfLead { lead_id }: OfLead,
        Contact { name, email, phone, locale, preferred_channel }: Contact,
    ) -> Result<Accepted<LeadAnswer>, Problem> {
        check(name.as_deref(), email.as_deref(), phone.as_deref(), locale.as_deref())?;
        let personal = |value: Option<String>| value.map(|value| Personal::new(lead_id.clone(), value));
        let profile = LeadProfile {
            name: personal(name),
            email: personal(email),
            phone: personal(phone),
            locale: personal(locale),
            preferred_channel,
        };
        api.send_to_lead(call, LeadCommand::RegisterLead { lead_id, profile }).await
    }
}

/// Changes members of a lead's contact.
pub(crate) struct UpdateLead;

/// Members that are left out stay as they are.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContactChange {
    /// What to call the lead; null = not known any more.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<String>")]
    name: Option<Named<String>>,
    /// The address for e-mails; null = none any more.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<String>")]
    email: Option<Named<String>>,
    /// In international form: + and 8 to 15 digits; null = none any more.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<String>")]
    phone: Option<Named<String>>,
    /// BCP 47 language tag, such as es-CL; null = not known any more.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<String>")]
    locale: Option<Named<String>>,
    /// How the lead would rather be written to; null = not known any more.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named")]
    #[schemars(with = "Option<ContactChannel>")]
    preferred_channel: Option<Named<ContactChannel>>,
}

impl Operation for UpdateLead {
    const NAME: &'static str = "UpdateLead";
    const SUMMARY: &'static str =
        "Changes the members of a lead's contact that it names; registers a lead that never was.";
    const ACCESS: Access = Access::BOOKING;
    const ERRORS: &'static [Code] = &[];
    type Target = OfLead;
    type Request = ContactChange;
    type Answer = LeadAnswer;
}

impl Command for UpdateLead {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfLead { lead_id }: OfLead,
        ContactChange { name, email, phone, locale, preferred_channel }: ContactChange,
    ) -> Result<Accepted<LeadAnswer>, Problem> {
        check(value(name.as_ref()), value(email.as_ref()), value(phone.as_ref()), value(locale.as_ref()))?;
        let change = LeadChange {
            name: personal(&lead_id, name),
            email: personal(&lead_id, email),
            phone: personal(&lead_id, phone),
            locale: personal(&lead_id, locale),
            preferred_channel: change(preferred_channel),
        };
        api.send_to_lead(call, LeadCommand::UpdateLead { lead_id, change }).await
    }
}

fn check(
    name: Option<&str>,
    email: Option<&str>,
    phone: Option<&str>,
    locale: Option<&str>,
) -> Result<(), Problem> {
    name.map_or(Ok(()), check_lead_name)?;
    email.map_or(Ok(()), check_email)?;
    phone.map_or(Ok(()), check_phone)?;
    locale.map_or(Ok(()), check_locale)
}

fn value(named: Option<&Named<String>>) -> Option<&str> {
    named.and_then(|Named(value)| value.as_deref())
}

fn change<T>(named: Option<Named<T>>) -> Change<T> {
    match named {
        None => Change::Kept,
        Some(Named(Some(value))) => Change::Set(value),
        Some(Named(None)) => Change::Removed,
    }
}

fn personal(lead_id: &LeadId, named: Option<Named<String>>) -> Change<Personal<String>> {
    change(named.map(|Named(value)| Named(value.map(|value| Personal::new(lead_id.clone(), value)))))
}
