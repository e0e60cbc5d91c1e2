//! The foreign key carries the tenant, and `projects.id` is unique.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "select t.minutes, p.name
           from time_entries t
           join projects p on p.id = t.project_id
          where t.tenant_id = $tenant"
    );
}
