//! Goes through the parent.

use tenancy::tenant_query;

pub fn main() {
    let _ = tenant_query!(
        "insert into project_tasks (id, project_id, title)
         select $1, p.id, $2 from projects p where p.tenant_id = $tenant and p.id = $3",
        1_i64,
        "write",
        2_i64
    );
}
