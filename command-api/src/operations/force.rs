//! Rules that are passed over on purpose, and who may do so.

use operation::{Code, CommandCall, Problem};
use schemas::ActorKind;
use schemas::value::ForcedRule;

/// The rules to pass over, each once and in their order. Only administrators may name any.
pub(super) fn rules_to_force(
    call: &CommandCall,
    named: Option<&[ForcedRule]>,
) -> Result<Vec<ForcedRule>, Problem> {
    let mut rules = named.unwrap_or_default().to_vec();
    if !rules.is_empty() && call.delivery.actor.kind != ActorKind::Admin {
        return Err(Problem::new(Code::Forbidden, "force is for administrators: leave it out"));
    }
    rules.sort_unstable();
    rules.dedup();
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use operation::Delivery;
    use schemas::{Actor, Origin};

    use super::*;

    fn call(kind: ActorKind) -> CommandCall {
        let delivery = Delivery {
            actor: Actor { kind, id: "1".to_owned() },
            origin: Origin::Dashboard,
            correlation_id: None,
            idempotency_key: None,
            if_match: None,
            if_none_match: None,
            dry_run: false,
        };
        CommandCall { delivery, digest: String::new() }
    }

    #[test]
    fn only_administrators_pass_over_rules() {
        let named = [ForcedRule::Blocked, ForcedRule::Past, ForcedRule::Blocked];
        let rules = rules_to_force(&call(ActorKind::Admin), Some(&named)).unwrap();
        assert_eq!(rules, [ForcedRule::Past, ForcedRule::Blocked]);
        for kind in [ActorKind::Dispatcher, ActorKind::Agent, ActorKind::Chat, ActorKind::Service] {
            let refused = rules_to_force(&call(kind), Some(&named)).unwrap_err();
            assert_eq!(refused.code(), Code::Forbidden);
            assert_eq!(rules_to_force(&call(kind), Some(&[])), Ok(Vec::new()));
            assert_eq!(rules_to_force(&call(kind), None), Ok(Vec::new()));
        }
    }
}
