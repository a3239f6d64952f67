use operation::{CommandCall, Problem};

/// Refuses preconditions where something is made that is new each time.
pub(super) fn refuse_conditions(call: &CommandCall) -> Result<(), Problem> {
    let field = match (&call.delivery.if_match, &call.delivery.if_none_match) {
        (Some(_), _) => "if_match",
        (None, Some(_)) => "if_none_match",
        (None, None) => return Ok(()),
    };
    Err(Problem::malformed(field, "has no place here: what is new has no version yet"))
}
