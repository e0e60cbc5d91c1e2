//! An insert gets the tenant column.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!("insert into customers (id, name) values ($1, $2)", 1_i64, "Ann");
}
