//! The judge of the rules: a random statement that the prover accepts is run on two databases that agree on one
//! tenant's rows and on shared rows and differ in everybody else's. It must answer the same on both, must leave every
//! other tenant's rows alone, and must leave the tenant's rows the same.

mod data;
mod database;
mod export;
mod generate;
mod hunt;
mod judge;
mod node;
mod provers;
mod random;
mod report;
mod schema;
mod smith;

pub use database::Failure;
pub use export::dialect_name;
pub use hunt::{Hunt, Prover, Refused};
pub use provers::{Naive, Real};
pub use report::{Counts, Leak, Refusals, Report, Tried};
pub use smith::Smith;
