//! No statement reads a large table whole, whatever the planner believes of it: told by the server's own counts of what its
//! plans have read.

mod counts;
mod reading;
mod writing;

/// Of the tables that the connection's search path begins with, and no others: statistics that are taken of a table while
/// another test fills it would have the planner believe that it has large indexes and few rows.
const ANALYZE: &str =
    "ANALYZE agents, appointments, appointment_history, bookings, holds, external_busy, blocks,
    availability_rules, date_exceptions, leads, lead_words";
