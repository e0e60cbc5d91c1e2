//! The tenant column of this table has another name.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!("select total_cents from invoices where org_id = $tenant");
}
