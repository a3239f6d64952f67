//! The write side against the embedded node, through its own routes.

mod assignment;
mod given;
mod holds;
mod office;
mod reassignment;
mod writers;
