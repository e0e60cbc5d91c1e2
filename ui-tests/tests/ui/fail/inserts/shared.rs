//! Shared tables are read-only for tenants.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("insert into countries (code, name) values ('de', 'Germany')");
}
