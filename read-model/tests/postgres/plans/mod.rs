//! No statement reads a large table whole, whatever the planner believes of it: told by the server's own counts of what its
//! plans have read.

mod counts;
mod reading;
mod writing;
