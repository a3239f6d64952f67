//! The embedded node alone: its files, its start and its shutdown.

mod batch;
mod copies;
mod damage;
mod differences;
mod disk;
mod durability;
mod gossip;
mod probes;
mod random;
mod readers;
mod refused_copies;
mod shutdown;
mod silent;
mod start;
