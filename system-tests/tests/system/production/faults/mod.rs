//! One fault of the production shape in each file, with its bound.

mod stopped_upstream;
