//! What bookings are measured against, and what is bookable.

pub(crate) mod agency;
pub(crate) mod appends;
pub(crate) mod syncs;
