//! What the migrations say: tables, columns, keys, foreign keys, views, triggers, functions.

mod model;

pub use model::*;
