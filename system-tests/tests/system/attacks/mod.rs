//! What a hostile or broken neighbour tries, and what becomes of it.

mod inner_doors;
mod lost_files;
