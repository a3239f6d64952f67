//! The embedded node alone: its files, its start and its shutdown.

mod copies;
mod damage;
mod disk;
mod durability;
mod gossip;
mod readers;
mod refused_copies;
mod shutdown;
mod start;
