use operation::{Problem, SlotRef};

use crate::CommandApi;

/// The slot that a reference stands for, if its signature is valid and it has not expired.
pub(super) fn slot_of(api: &CommandApi, slot_ref: &str) -> Result<SlotRef, Problem> {
    api.slot_refs.read(slot_ref, api.now()).map_err(|error| Problem::malformed("slot_ref", error.to_string()))
}

/// Refuses a value that contradicts the slot's.
pub(super) fn check_matches<T: PartialEq>(field: &str, said: Option<&T>, meant: &T) -> Result<(), Problem> {
    match said {
        Some(said) if said != meant => {
            Err(Problem::malformed(field, "does not agree with the slot; leave it out or correct it"))
        }
        _ => Ok(()),
    }
}
