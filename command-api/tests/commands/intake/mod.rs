//! Commands by Kafka: decided as those by HTTP, answered, none lost and none decided twice, whatever fails.

mod asking;
mod breaking;
mod given;
mod poison;
mod sharing;
