//! Statements of any size, one shape each.

use tenancy_prover::Project;
use tenancy_prover::config::Config;

/// What grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Conditions behind `and`.
    Terms,
    /// Columns of the select list.
    Columns,
    /// Numbered arguments in a list.
    Arguments,
    /// `$tenant`, again and again.
    Tenants,
    /// Inner joins.
    Joins,
    /// Left joins.
    LeftJoins,
    /// Common table expressions, each of which reads the one before.
    Ctes,
    /// Arms of a `union all`.
    Arms,
    /// Rows of an insert.
    Rows,
    /// Derived tables inside each other.
    Nested,
    /// Subqueries beside each other.
    Exists,
    /// Names that nobody knows: each is a diagnostic.
    Mistakes,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Terms,
        Self::Columns,
        Self::Arguments,
        Self::Tenants,
        Self::Joins,
        Self::LeftJoins,
        Self::Ctes,
        Self::Arms,
        Self::Rows,
        Self::Nested,
        Self::Exists,
        Self::Mistakes,
    ];

    /// By its name on the command line.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::Columns => "columns",
            Self::Arguments => "arguments",
            Self::Tenants => "tenants",
            Self::Joins => "joins",
            Self::LeftJoins => "left-joins",
            Self::Ctes => "ctes",
            Self::Arms => "arms",
            Self::Rows => "rows",
            Self::Nested => "nested",
            Self::Exists => "exists",
            Self::Mistakes => "mistakes",
        }
    }

    /// The smallest size that is looked at; eight times as much is still within the prover's limits.
    pub fn size(self) -> usize {
        match self {
            Self::Nested => 4,
            Self::Joins | Self::LeftJoins | Self::Exists => 20,
            Self::Ctes => 30,
            Self::Arms => 25,
            Self::Terms => 40,
            Self::Columns | Self::Rows | Self::Mistakes => 100,
            Self::Arguments | Self::Tenants => 250,
        }
    }

    /// The statement of that size.
    pub fn statement(self, size: usize) -> String {
        let list = |part: &dyn Fn(usize) -> String, separator: &str| {
            (1..=size).map(part).collect::<Vec<_>>().join(separator)
        };
        match self {
            Self::Terms => format!(
                "select id from orders where tenant_id = $tenant and {}",
                list(&|n| format!("total <> {n}"), " and ")
            ),
            Self::Columns => format!(
                "select {} from orders where tenant_id = $tenant",
                list(&|n| format!("total as c{n}"), ", ")
            ),
            Self::Arguments => format!(
                "select id from orders where tenant_id = $tenant and id in ({})",
                list(&|n| format!("${n}"), ", ")
            ),
            Self::Tenants => format!(
                "select id from orders where tenant_id = $tenant and tenant_id in ({})",
                list(&|_| "$tenant".to_owned(), ", ")
            ),
            Self::Joins | Self::LeftJoins => {
                let join = if self == Self::Joins { "join" } else { "left join" };
                let part = |n: usize| {
                    format!(
                        "{join} orders o{n} on o{n}.tenant_id = o{}.tenant_id and o{n}.id = o{}.parent",
                        n - 1,
                        n - 1
                    )
                };
                format!(
                    "select o0.id from orders o0 {} where o0.tenant_id = $tenant",
                    list(&part, " ")
                )
            }
            Self::Ctes => {
                let part = |n: usize| match n {
                    1 => "c1 as (select id, tenant_id from orders where tenant_id = $tenant)".to_owned(),
                    _ => format!("c{n} as (select id, tenant_id from c{} where id > {n})", n - 1),
                };
                format!("with {} select id from c{size}", list(&part, ", "))
            }
            Self::Arms => list(
                &|n| format!("select id from orders where tenant_id = $tenant and id = {n}"),
                " union all ",
            ),
            Self::Rows => format!(
                "insert into orders (tenant_id, id, total) values {}",
                list(&|n| format!("($tenant, {n}, {n})"), ", ")
            ),
            Self::Nested => {
                let mut inner = "select id, tenant_id from orders".to_owned();
                for n in 1..=size {
                    inner = format!("select id, tenant_id from ({inner}) d{n} where id > {n}");
                }
                format!("select id from ({inner}) d where tenant_id = $tenant")
            }
            Self::Exists => {
                let part = |n: usize| {
                    format!(
                        "exists (select 1 from orders x where x.tenant_id = o.tenant_id and x.parent = o.id and x.total > {n})"
                    )
                };
                format!(
                    "select o.id from orders o where o.tenant_id = $tenant and {}",
                    list(&part, " and ")
                )
            }
            Self::Mistakes => format!(
                "select {} from orders where tenant_id = $tenant",
                list(&|n| format!("mistake{n}"), ", ")
            ),
        }
    }

    /// A project for all of them.
    ///
    /// # Errors
    /// None: it is always the same.
    pub fn project() -> Result<Project, Box<dyn std::error::Error>> {
        let settings = "dialect = \"postgres\"\nisolation = \"rows\"\n[tenant]\ncolumn = \"tenant_id\"\ntable = \"tenants\"\n";
        let schema = "create table tenants (id uuid primary key);
            create table orders (tenant_id uuid not null references tenants (id), id bigint not null, parent bigint, total bigint,
                primary key (tenant_id, id));";
        let config = Config::parse(settings, "tenancy.toml".as_ref())?;
        Ok(Project::from_parts(
            config,
            &[("0001_shop.sql".into(), schema.to_owned())],
        )?)
    }
}
