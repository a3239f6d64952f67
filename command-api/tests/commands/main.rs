//! The write side against the embedded node, through its own routes.

mod assignment;
mod given;
mod holds;
mod lost_answers;
mod office;
mod proxy;
mod reassignment;
mod writers;
