//! Both tables are the tenant's, each read as a type.

use tenancy::tenant_query_as;

#[derive(sqlx::FromRow)]
pub struct Row {
    pub id: i64,
    pub name: String,
}

pub fn main() {
    let _ = tenant_query_as!(
        Row,
        "select o.id, p.name from orders o join projects p on p.tenant_id = o.tenant_id and p.id = o.id
          where o.tenant_id = $tenant and o.status = ?",
        "open"
    );
}
