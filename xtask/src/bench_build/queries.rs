//! The queries: joins of three tables, each text different from every other.

/// How the tenant is written in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TenantIs {
    /// `$tenant`.
    Named,
    /// The first `?`.
    Bound,
}

/// The text of query number `index`.
pub(super) fn text(index: usize, tenant: TenantIs) -> String {
    let mut left = index;
    let mut pick = |choices: &[&'static str]| {
        let choice = choices.get(left % choices.len()).copied().unwrap_or_default();
        left /= choices.len();
        choice
    };
    let customer = pick(&["name", "city", "email"]);
    let product = pick(&["title", "sku"]);
    let amount = pick(&["total", "quantity"]);
    let order = pick(&["o.id", "o.total desc, o.id", "c.name, o.id"]);
    let tenant = match tenant {
        TenantIs::Named => "$tenant",
        TenantIs::Bound => "?",
    };
    format!(
        "select o.id, c.{customer} as customer, p.{product} as product, o.{amount} as amount \
           from orders o \
           join customers c on c.tenant_id = o.tenant_id and c.id = o.customer_id \
           join products p on p.tenant_id = o.tenant_id and p.id = o.product_id \
          where o.tenant_id = {tenant} and o.total > ? and p.price <> {index} \
          order by {order} limit 50"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{TenantIs, text};

    #[test]
    fn every_text_is_another() {
        let texts: BTreeSet<String> = (0..1_000).map(|index| text(index, TenantIs::Named)).collect();
        assert_eq!(texts.len(), 1_000);
    }

    #[test]
    fn the_two_spellings_differ_in_the_tenant_alone() {
        assert_eq!(
            text(7, TenantIs::Named).replace("$tenant", "?"),
            text(7, TenantIs::Bound)
        );
    }
}
