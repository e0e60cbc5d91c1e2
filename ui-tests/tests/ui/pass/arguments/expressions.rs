//! Arguments are evaluated once, in their order, and may be temporaries.

use tenancy::tenant_query;

pub fn main() {
    let mut calls = Vec::new();
    let mut next = |name: &str| {
        calls.push(name.to_owned());
        name.to_owned()
    };
    let _ = tenant_query!(
        "select id from orders where tenant_id = $tenant and status = $2 and note = $1 and note <> $1",
        next("first").as_str(),
        Some(next("second"))
    );
    assert_eq!(calls, ["first", "second"]);
}
