//! The tenant column is left out.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("insert into settings (key, value) values ('theme', 'dark')");
}
