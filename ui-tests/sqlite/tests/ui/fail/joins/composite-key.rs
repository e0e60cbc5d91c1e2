//! SQLite does not check keys of rows that are already there.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select t.minutes, p.name
           from time_entries t
           join projects p on p.id = t.project_id
          where t.tenant_id = $tenant"
    );
}
