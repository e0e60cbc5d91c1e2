//! SQLite lets `where` see the names of the select list.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select id, $tenant as tenant_id from project_tasks
          where tenant_id = $tenant"
    );
}
