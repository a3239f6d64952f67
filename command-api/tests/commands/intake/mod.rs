//! Commands from Kafka: decided as those by HTTP, answered, none lost and none decided twice, whatever fails.

mod asking;
mod breaking;
mod contract;
mod poison;
#[cfg(feature = "service")]
mod process;
mod sharing;
mod support;
