//! What MySQL and MariaDB mean where they differ from the other servers.
//!
//! Every rule holds on MariaDB 10.11 and on MySQL 8.0; what only one of them accepts is an error of the other, which
//! leaks nothing.

pub(super) mod alias;
pub(super) mod change;
pub(super) mod insert;
mod json_table;
mod name;
pub(super) mod operator;
mod recursion;
pub(super) mod targets;
pub(super) mod types;
