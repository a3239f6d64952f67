//! What is true of the embedded node alone: its files, its start and its end.

mod disk;
mod durability;
mod gossip;
mod readers;
mod shutdown;
mod start;
