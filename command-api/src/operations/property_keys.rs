//! Where the keys of a property are.

use std::sync::Arc;

use domain::{KeyAnswer, PropertyCommand};
use operation::{Accepted, Access, Code, Command, CommandCall, Operation, Problem, check_name};
use schemars::JsonSchema;
use schemas::AgentId;
use serde::{Deserialize, Serialize};

use super::answer::answer;
use super::targets::OfProperty;
use crate::CommandApi;

const MAX_PLACE: usize = 200;

/// Records where the keys of a property are.
pub(crate) struct RecordKeys;

/// What was done with the keys.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum KeyAction {
    /// They are at a place, wherever they were.
    Placed,
    /// An agent took them.
    Taken,
    /// The agent who had them brought them back.
    Returned,
}

/// What was done with the keys, and where they are now.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeysForm {
    /// What was done.
    action: KeyAction,
    /// Where they are, such as `oficina` or `conserjería`; not if an agent took them.
    at: Option<String>,
    /// Who took them or brought them back; when they come back, the one who is known to have them if left out.
    agent_id: Option<AgentId>,
}

impl KeysForm {
    fn command(self) -> Result<PropertyCommand, Problem> {
        match (self.action, self.at, self.agent_id) {
            (KeyAction::Placed, Some(at), None) => Ok(PropertyCommand::PlaceKey { at: place(at)? }),
            (KeyAction::Taken, None, Some(agent_id)) => Ok(PropertyCommand::TakeKey { agent_id }),
            (KeyAction::Returned, Some(at), agent_id) => {
                Ok(PropertyCommand::ReturnKey { agent_id, at: place(at)? })
            }
            (KeyAction::Placed | KeyAction::Returned, None, _) => {
                Err(Problem::malformed("at", "is missing: say where the keys are"))
            }
            (KeyAction::Placed, Some(_), Some(_)) => {
                Err(Problem::malformed("agent_id", "is for keys that an agent took or brought back"))
            }
            (KeyAction::Taken, _, None) => {
                Err(Problem::malformed("agent_id", "is missing: say who took them"))
            }
            (KeyAction::Taken, Some(_), Some(_)) => {
                Err(Problem::malformed("at", "is not known while an agent has the keys"))
            }
        }
    }
}

fn place(at: String) -> Result<String, Problem> {
    check_name("at", &at, MAX_PLACE)?;
    Ok(at)
}

impl Operation for RecordKeys {
    const NAME: &'static str = "RecordKeys";
    const SUMMARY: &'static str =
        "Records where the keys of a property are, who took them, or that they came back.";
    const ACCESS: Access = Access::CALENDARS;
    const ERRORS: &'static [Code] = &[Code::UnknownProperty, Code::KeysNotTaken];
    type Target = OfProperty;
    type Request = KeysForm;
    type Answer = KeyAnswer;
}

impl Command for RecordKeys {
    type Api = CommandApi;

    async fn execute(
        api: &Arc<CommandApi>,
        call: &CommandCall,
        OfProperty { property_id }: OfProperty,
        request: KeysForm,
    ) -> Result<Accepted<KeyAnswer>, Problem> {
        answer(api.send_to_property(call, &property_id, request.command()?).await?)
    }
}
