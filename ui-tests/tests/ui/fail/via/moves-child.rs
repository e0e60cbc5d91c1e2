//! Moves the task to a project that the caller names.

use tenancy::tenant_query;

fn main() {
    let _ = tenant_query!(
        "update project_tasks t set project_id = $1
           from projects p
          where p.id = t.project_id and p.tenant_id = $tenant",
        2_i64
    );
}
