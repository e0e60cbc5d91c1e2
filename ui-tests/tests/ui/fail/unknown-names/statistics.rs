//! Statistics views show what others ask.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!("select query from pg_stat_activity");
}
