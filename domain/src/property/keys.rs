//! Where the keys of a property are.

use schemas::AgentId;
use schemas::event::{KeyPlaced, KeyReturned, KeyTaken, PropertyEvent};
use schemas::value::KeyWhereabouts;

use super::{Property, PropertyRejection};

impl Property {
    pub(super) fn decide_place_key(&self, at: &str) -> Result<Vec<PropertyEvent>, PropertyRejection> {
        let property_id = self.registered()?.property_id.clone();
        if self.has_keys_at(at) {
            return Ok(Vec::new());
        }
        Ok(vec![KeyPlaced { property_id, at: at.to_owned() }.into()])
    }

    pub(super) fn decide_take_key(
        &self,
        agent_id: &AgentId,
    ) -> Result<Vec<PropertyEvent>, PropertyRejection> {
        let property_id = self.registered()?.property_id.clone();
        if self.key_holder() == Some(agent_id) {
            return Ok(Vec::new());
        }
        Ok(vec![KeyTaken { property_id, agent_id: agent_id.clone() }.into()])
    }

    /// Brought back twice to the same place, they are there.
    pub(super) fn decide_return_key(
        &self,
        agent_id: Option<&AgentId>,
        at: &str,
    ) -> Result<Vec<PropertyEvent>, PropertyRejection> {
        let property_id = self.registered()?.property_id.clone();
        if self.has_keys_at(at) {
            return Ok(Vec::new());
        }
        let agent_id = agent_id.or_else(|| self.key_holder()).ok_or(PropertyRejection::KeysNotTaken)?;
        Ok(vec![KeyReturned { property_id, agent_id: agent_id.clone(), at: at.to_owned() }.into()])
    }

    fn has_keys_at(&self, at: &str) -> bool {
        let are_there = |keys: &KeyWhereabouts| keys.agent_id.is_none() && keys.at.as_deref() == Some(at);
        self.keys.as_ref().is_some_and(are_there)
    }

    fn key_holder(&self) -> Option<&AgentId> {
        self.keys.as_ref().and_then(|keys| keys.agent_id.as_ref())
    }
}
