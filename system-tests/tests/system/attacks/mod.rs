//! What a hostile or broken neighbour tries, and what becomes of it.

mod connections;
mod costly_requests;
#[cfg(target_os = "linux")]
mod full_disk;
mod inner_doors;
#[cfg(target_os = "linux")]
mod limits;
mod lost_files;
