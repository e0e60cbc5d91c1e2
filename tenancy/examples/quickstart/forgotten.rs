//! What does not compile: the join takes every tenant's customers. The quickstart prints what the compiler says to
//! it, from `forgotten.stderr`.

use sqlx::Sqlite;
use tenancy::{Query, tenant_query};

pub(crate) fn waiting() -> Query<Sqlite> {
    tenant_query!(
        "select o.id, o.item, c.name
           from orders o
           join customers c on c.id = o.customer_id
          where o.tenant_id = $tenant"
    )
}
