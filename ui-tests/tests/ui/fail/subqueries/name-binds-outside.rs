//! `project_tasks` has no `tenant_id`: the name means the outer table's.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "select p.id
           from projects p
          where p.tenant_id = $tenant
            and exists (select 1 from project_tasks where tenant_id = $tenant)"
    );
}
