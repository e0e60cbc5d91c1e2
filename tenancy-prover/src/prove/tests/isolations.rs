//! What discharges a table besides the statement: its policy, the tenant's schema, the tenant's database.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{SHOP, Shop};
use crate::config::{Config, Isolation};
use crate::{Code, Project, Verdict};

const TENANT: &str = "tenant_id = (select coalesce(nullif(current_setting('tenancy.tenant', true), ''), \
                      concat('tenancy: no tenant is set')::int::text))";

/// The canonical protection of a table.
fn protected(table: &str, expression: &str) -> String {
    format!(
        "alter table {table} enable row level security; alter table {table} force row level security;
         create policy tenancy on {table} as permissive for all to app using ({expression}) with check ({expression});"
    )
}

impl Shop {
    /// The tables of the shop, all of them protected, and `ddl`.
    fn rls(ddl: &str) -> Self {
        let mut all = SHOP.to_owned();
        for table in ["orders", "customers", "drafts", "projects"] {
            all.push_str(&protected(table, TENANT));
        }
        all.push_str(&protected("tenants", &TENANT.replace("tenant_id", "id")));
        all.push_str(&protected("bills", &TENANT.replace("tenant_id", "org_id")));
        all.push_str(&protected(
            "items",
            "exists (select 1 from projects where projects.id = items.project_id)",
        ));
        all.push_str(&protected(
            "parts",
            "exists (select 1 from items where items.id = parts.item_id)",
        ));
        Self::of_rls(&format!("{all}{ddl}"))
    }

    fn of_rls(ddl: &str) -> Self {
        let settings = format!("isolation = \"rls\"\n{}", super::SETTINGS);
        Self::new("postgres", &settings, ddl)
    }

    fn database(dialect: &str, ddl: &str) -> Self {
        Self::new(dialect, "isolation = \"database\"\n", &format!("{SHOP}{ddl}"))
    }

    fn schema(shared: &str, own: &str) -> Self {
        Self(
            Self::try_schema("", shared, own)
                .unwrap_or_else(|error| panic!("the project does not load: {error}")),
        )
    }

    fn try_schema(settings: &str, shared: &str, own: &str) -> Result<Project, crate::ProjectError> {
        let text = format!(
            "dialect = \"postgres\"\nisolation = \"schema\"\nshared_migrations = \"./shared\"\n{settings}"
        );
        let config = Config::parse(&text, Path::new("tenancy.toml")).unwrap();
        let sources = [
            (PathBuf::from("migrations/0001_shop.sql"), own.to_owned()),
            (PathBuf::from("shared/0001_plans.sql"), shared.to_owned()),
        ];
        Project::from_parts(config, &sources)
    }

    /// Refused for an unprotected table, with that in the message or the notes.
    #[track_caller]
    fn unprotected(&self, sql: &str, why: &str) {
        let Verdict::Refused(found) = crate::prove(&self.0, sql) else {
            panic!("proved: {sql}");
        };
        assert!(
            found.iter().any(|one| one.code == Code::UnprotectedTable),
            "{found:?}"
        );
        let mut said = String::new();
        for one in found {
            let _ = write!(said, "{} {}", one.message, one.notes.join(" "));
        }
        assert!(said.contains(why), "{said}\n{sql}");
    }
}

/// Statements without any predicate, where every table is protected.
#[test]
fn a_policy_discharges_its_table() {
    let shop = Shop::rls("");
    for sql in [
        "select * from orders",
        "select count(*) from orders group by note",
        "select o.id, c.name from orders o left join customers c on c.id = o.customer_id limit 5",
        "select id from orders union select id from customers",
        "select 1 where not exists (select 1 from orders where id = $1)",
        "select i.name, p.name from items i full join parts p on p.item_id = i.id",
        "select name from tenants",
        "select b.id from bills b where b.org_id = $tenant",
        "with recursive up as (select id, boss from customers where id = $1 union all select c.id, c.boss from customers c join up on c.id = up.boss) select id from up",
        "update orders set note = $1",
        "update orders o set note = c.name from customers c where c.id = o.customer_id returning o.id, c.name",
        "delete from items where id = $1 returning *",
        "insert into orders (tenant_id, id, customer_id) values ($tenant, $1, $2)",
        "insert into orders (tenant_id, id, customer_id) values ($1, $2, $3)",
        "insert into items (id, project_id) values ($1, $2)",
        "insert into parts (id, item_id) select $1, id from items",
        "update items set project_id = $1 where id = $2",
        "insert into orders (tenant_id, id, customer_id) values ($tenant, 1, 2) on conflict (tenant_id, id) do update set note = 'x'",
        "merge into orders o using customers c on c.id = o.customer_id when matched then update set note = c.name when not matched then insert (tenant_id, id, customer_id) values ($1, 1, c.id)",
        "select orders.id, plans.name from orders, plans",
    ] {
        shop.proves(sql);
    }
}

/// The verdict names the isolation.
#[test]
fn a_verdict_holds_for_its_isolation() {
    let isolation = |shop: &Shop| match crate::prove(&shop.0, "select id from orders") {
        Verdict::Proved(proved) => proved.isolation,
        Verdict::Refused(found) => panic!("{found:?}"),
    };
    assert_eq!(isolation(&Shop::rls("")), Isolation::Rls);
    assert_eq!(isolation(&Shop::database("sqlite", "")), Isolation::Database);
    assert_eq!(
        isolation(&Shop::schema("create table plans (id int);", SHOP)),
        Isolation::Schema
    );
}

/// What row security does not cover stays refused.
#[test]
fn policies_do_not_cover_everything() {
    let shop = Shop::rls(
        "create table notes (tenant_id text not null, id int primary key, project_id int references projects (id) on delete cascade);
         alter table notes enable row level security; alter table notes force row level security;",
    );
    shop.refuses_with(Code::SharedWrite, "update plans set name = 'x'");
    shop.refuses_with(Code::SystemCatalog, "select * from pg_class");
    shop.refuses_with(Code::SessionStatement, "truncate orders");
    shop.refuses_with(
        Code::UnknownFunction,
        "select set_config('tenancy.tenant', 'b', true)",
    );
    shop.refuses_with(Code::UnknownFunction, "select current_setting('tenancy.tenant')");
    shop.refuses_with(Code::Cascade, "delete from projects where id = $1");
    shop.refuses_with(
        Code::ConflictKey,
        "insert into projects (id, tenant_id) values ($1, $tenant) on conflict do nothing",
    );
    shop.refuses_with(
        Code::ConflictKey,
        "insert into projects (id, tenant_id) values ($1, $tenant) on conflict (id) do update set name = 'x'",
    );
    shop.refuses_with(
        Code::UnscopedInsert,
        "insert into orders (id, customer_id) values (1, 2)",
    );
    shop.refuses_with(Code::UnscopedInsert, "insert into items (id) values (1)");
    shop.refuses_with(Code::RowIdentity, "select ctid from orders");
}

/// A default that is the setting stands for the tenant column, and no other does.
#[test]
fn a_default_can_be_the_tenant() {
    for (default, fits) in [
        ("current_setting('tenancy.tenant')", true),
        ("current_setting('tenancy.tenant'::text, true)", true),
        ("(current_setting('tenancy.tenant', true))::text", true),
        ("'acme'", false),
        ("current_setting('tenancy.other', true)", false),
        ("current_setting('tenancy.tenant', true) || 'x'", false),
    ] {
        let shop = Shop::of_rls(&format!(
            "create table tenants (id text primary key); create table plans (id int);
             create table bills (org_id text); create table projects (id int primary key, tenant_id text);
             create table items (id int primary key, project_id int not null references projects (id));
             create table parts (id int primary key, item_id int not null references items (id));
             create table orders (tenant_id text not null default {default}, id int); {}",
            protected("orders", TENANT)
        ));
        let found = crate::prove(&shop.0, "insert into orders (id) values ($1)");
        assert_eq!(matches!(found, Verdict::Proved(_)), fits, "{default}: {found:?}");
    }
}

/// Every part of the protection that is missing is named.
#[test]
fn what_is_missing_is_named() {
    let whole = protected("orders", TENANT);
    let other = "select id from orders where tenant_id = $tenant";
    for (ddl, why) in [
        (String::new(), "row security is not enabled"),
        (whole.replace("enable", "disable"), "row security is not enabled"),
        (
            whole.replace("force row", "no force row"),
            "row security is not forced",
        ),
        (
            "alter table orders enable row level security; alter table orders force row level security;"
                .to_owned(),
            "it has no policy",
        ),
        (
            format!("{whole} create policy more on orders for select using (true);"),
            "it has several policies (`tenancy`, `more`)",
        ),
        (
            format!("{whole} create policy more on orders as restrictive using (true);"),
            "several policies",
        ),
        (whole.replace("permissive", "restrictive"), "is restrictive"),
        (whole.replace("for all", "for select"), "is for `select` alone"),
        (
            whole.replace(&format!(" with check ({TENANT})"), ""),
            "has no `with check`",
        ),
        (whole.replace(&format!("using ({TENANT})"), ""), "has no `using`"),
        (
            whole.replace(&format!("using ({TENANT})"), "using (true)"),
            "the `using` of its policy",
        ),
        (
            whole.replace(&format!("check ({TENANT})"), "check (true)"),
            "the `with check` of its policy",
        ),
        (whole.replace("'')", "'x')"), "the `using` of its policy"),
        (whole.replace(", true)", ", false)"), "the `using` of its policy"),
        (
            whole.replace("tenancy.tenant", "tenancy.Tenant"),
            "the `using` of its policy",
        ),
        (
            whole.replace("tenant_id =", "note ="),
            "the `using` of its policy",
        ),
        (
            whole.replace("tenant_id =", "tenant_id <>"),
            "the `using` of its policy",
        ),
        (
            whole.replace("::int::text)))", "::int::text)) or true)"),
            "the `using` of its policy",
        ),
        (
            whole.replace("::int::text)))", "::int::text)::uuid))"),
            "the `using` of its policy",
        ),
        (
            format!("{whole} alter policy tenancy on orders using (true);"),
            "the `using` of its policy",
        ),
        (
            format!("{whole} drop policy tenancy on orders;"),
            "it has no policy",
        ),
        (
            format!("{whole} alter table orders disable row level security;"),
            "row security is not enabled",
        ),
        (
            format!("{whole} create function concat(text) returns text language sql as 'select ''acme''';"),
            "a function `concat`",
        ),
        (
            format!("{whole} create operator = (leftarg = varchar, rightarg = text, function = f);"),
            "an operator `=`",
        ),
        (
            format!("set search_path = public, pg_catalog; {whole}"),
            "the `using` of its policy",
        ),
        (
            format!(
                "create function pg_temp.f() returns void language sql as 'set search_path = x'; do $$ begin set search_path = x; end $$; {}",
                whole.replace(" orders ", " public.orders ")
            ),
            "the `using` of its policy",
        ),
    ] {
        let shop = Shop::of_rls(&format!("{SHOP}{ddl}"));
        shop.unprotected(other, why);
    }
    let shop = Shop::of_rls(&format!("{SHOP}{whole}"));
    shop.proves(other);
    shop.proves("select id from orders");
}

/// A declaration in `tenancy.toml` vouches for columns, not for policies.
#[test]
fn declared_tables_are_not_vouched_for() {
    let settings = format!(
        "isolation = \"rls\"\n{}orders = {{ column = \"tenant_id\" }}\n",
        super::SETTINGS
    );
    let ddl = |more: &str| format!("{SHOP}{}{more}", protected("orders", TENANT));
    let shop = Shop::new("postgres", &settings, &ddl(""));
    shop.proves("select id from orders");
    for doubt in [
        "do $$ begin alter table orders disable row level security; end $$;",
        "do $$ begin execute 'x' || 'y'; end $$;",
    ] {
        let shop = Shop::new("postgres", &settings, &ddl(doubt));
        shop.unprotected("select id from orders", "may have changed its row security");
    }
}

/// The policy follows renames, and what is made under the old name is not what it reads.
#[test]
fn policies_follow_renames() {
    let shop = Shop::rls(
        "alter table orders rename column tenant_id to org; alter table orders rename to sales;
         alter policy tenancy on sales rename to other;
         alter table projects rename to plants; alter table plants rename column id to number;",
    );
    shop.proves("select i.name, p.name from items i, plants p");
    // Whose rows `sales` holds is read from `tenancy.toml`, which still says `tenant_id`.
    shop.refuses_with(Code::UnclassifiedTable, "select org from sales");
    let shop = Shop::of_rls(&format!(
        "{SHOP}{}{} alter table projects rename to old; create table projects (id int primary key, tenant_id text);
         alter table items drop constraint items_project_id_fkey;
         alter table items add foreign key (project_id) references projects (id);{}",
        protected("projects", TENANT),
        protected(
            "items",
            "exists (select 1 from projects where projects.id = items.project_id)"
        ),
        protected("projects", TENANT),
    ));
    shop.unprotected("select id from items", "the `using` of its policy");
}

/// A table owned via a parent is as protected as its parents are.
#[test]
fn a_parent_protects_its_children() {
    let child = protected(
        "items",
        "exists (select 1 from public.projects where (projects.id = items.project_id))",
    );
    let shop = Shop::of_rls(&format!(
        "{SHOP}{}{}",
        protected("projects", TENANT),
        child.replace(
            "(projects.id = items.project_id)",
            "projects.id = items.project_id"
        )
    ));
    shop.proves("select id from items");
    let shop = Shop::of_rls(&format!(
        "{SHOP}{}",
        child.replace(
            "(projects.id = items.project_id)",
            "projects.id = items.project_id"
        )
    ));
    shop.unprotected("select id from items", "its parent `projects` is not protected");
    for other in [
        "exists (select 1 from projects where projects.id = projects.id)",
        "exists (select 1 from customers where customers.id = items.project_id)",
        "exists (select 1 from projects where projects.id = items.id)",
        "exists (select 1 from projects)",
        "exists (select 1 from projects items where items.id = items.project_id)",
    ] {
        let shop = Shop::of_rls(&format!(
            "{SHOP}{}{}",
            protected("projects", TENANT),
            protected("items", other)
        ));
        shop.unprotected("select id from items", "policy");
    }
}

/// Views read with their owner's rights unless they say otherwise; rows that were computed earlier are everybody's.
#[test]
fn views_are_the_invokers() {
    let shop = Shop::rls(
        "create view safe with (security_invoker = true) as select id, note from orders;
         create view owner as select id, note from orders;
         create view above with (security_invoker) as select id from owner;
         create view below as select id from safe;
         create materialized view old as select id, tenant_id from orders;
         create view names as select name from plans;
         create view turned with (security_invoker) as select id from orders;
         alter table turned set (security_invoker = false);
         create view back with (security_invoker = on) as select id from orders;
         alter table back reset (security_invoker);
         create view replaced with (security_invoker = on) as select id from orders;
         create or replace view replaced as select id from orders;
         create view mended as select id from orders;
         alter table mended set (security_barrier, security_invoker = true);",
    );
    shop.proves("select * from safe");
    shop.proves("select * from mended");
    shop.proves("select * from names");
    shop.proves("update safe set note = 'x' where id = $1");
    for view in ["owner", "above", "below", "turned", "back", "replaced"] {
        shop.unprotected(&format!("select id from {view}"), "with the rights of its owner");
    }
    shop.unprotected("delete from owner", "with the rights of its owner");
    shop.unprotected(
        "select id from old where tenant_id = $tenant",
        "holds rows of all tenants",
    );
}

/// The parent's policy governs what is read through it; a partition that is named needs its own.
#[test]
fn partitions_need_their_own_policy() {
    let shop = Shop::rls(&format!(
        "create table events (tenant_id text not null, at int not null) partition by range (at);
         create table events_1 partition of events for values from (0) to (10);
         create table events_2 partition of events for values from (10) to (20); {} {}",
        protected("events", TENANT),
        protected("events_2", TENANT)
    ));
    shop.proves("select at from events");
    shop.proves("select at from events_2");
    shop.unprotected("select at from events_1", "row security is not enabled");
}

/// Numbers and `uuid` are compared as such, in the type of the column.
#[test]
fn the_setting_has_the_type_of_the_column() {
    for (ty, cast, fits) in [
        ("uuid", "::uuid", true),
        ("bigint", "::int8", true),
        ("bigint", "::bigint", true),
        ("integer", "::int", true),
        ("smallint", "::int2", true),
        ("varchar(20)", "", true),
        ("bigint", "::int4", false),
        ("uuid", "", false),
        ("text", "::uuid", false),
        ("citext", "", false),
        ("text collate blind", "", false),
        ("numeric", "", false),
    ] {
        let expression = TENANT.replace("::int::text))", &format!("::int::text){cast})"));
        let text = "dialect = \"postgres\"\nisolation = \"rls\"\n[tenant]\ncolumn = \"tenant_id\"\n";
        let config = Config::parse(text, Path::new("tenancy.toml")).unwrap();
        let ddl = format!(
            "create collation blind (provider = icu, locale = 'und', deterministic = false);
             create table orders (tenant_id {ty} not null, id int); {}",
            protected("orders", &expression)
        );
        let source = (PathBuf::from("migrations/0001.sql"), ddl);
        let shop = Shop(Project::from_parts(config, &[source]).unwrap());
        let found = crate::prove(&shop.0, "select id from orders");
        assert_eq!(
            matches!(found, Verdict::Proved(_)),
            fits,
            "{ty} {cast}: {found:?}"
        );
    }
}

/// What `pg_dump` writes is the same policy.
#[test]
fn dumps_are_recognised() {
    let dump = "
        SET statement_timeout = 0;
        SELECT pg_catalog.set_config('search_path', '', false);
        CREATE TABLE public.projects (id integer NOT NULL, tenant_id character varying(20));
        ALTER TABLE ONLY public.projects FORCE ROW LEVEL SECURITY;
        CREATE TABLE public.items (id integer NOT NULL, project_id integer NOT NULL);
        ALTER TABLE ONLY public.items FORCE ROW LEVEL SECURITY;
        CREATE TABLE public.t8 (tenant_id bigint);
        ALTER TABLE ONLY public.t8 FORCE ROW LEVEL SECURITY;
        ALTER TABLE ONLY public.projects ADD CONSTRAINT projects_pkey PRIMARY KEY (id);
        ALTER TABLE ONLY public.items ADD CONSTRAINT items_fkey FOREIGN KEY (project_id) REFERENCES public.projects(id);
        ALTER TABLE public.items ENABLE ROW LEVEL SECURITY;
        ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;
        ALTER TABLE public.t8 ENABLE ROW LEVEL SECURITY;
        CREATE POLICY tenancy ON public.t8 TO app USING ((tenant_id = ( SELECT (COALESCE(NULLIF(current_setting('tenancy.tenant'::text, true), ''::text), ((concat('tenancy: no tenant is set'))::integer)::text))::bigint AS \"coalesce\"))) WITH CHECK ((tenant_id = ( SELECT (COALESCE(NULLIF(current_setting('tenancy.tenant'::text, true), ''::text), ((concat('tenancy: no tenant is set'))::integer)::text))::bigint AS \"coalesce\")));
        CREATE POLICY tenancy ON public.items TO app USING ((EXISTS ( SELECT 1
           FROM public.projects
          WHERE (projects.id = items.project_id)))) WITH CHECK ((EXISTS ( SELECT 1
           FROM public.projects
          WHERE (projects.id = items.project_id))));
        CREATE POLICY tenancy ON public.projects TO app USING (((tenant_id)::text = ( SELECT COALESCE(NULLIF(current_setting('tenancy.tenant'::text, true), ''::text), ((concat('tenancy: no tenant is set'))::integer)::text) AS \"coalesce\"))) WITH CHECK (((tenant_id)::text = ( SELECT COALESCE(NULLIF(current_setting('tenancy.tenant'::text, true), ''::text), ((concat('tenancy: no tenant is set'))::integer)::text) AS \"coalesce\")));
    ";
    let settings =
        "isolation = \"rls\"\n[tenant]\ncolumn = \"tenant_id\"\n[tables]\nitems = { via = \"project_id\" }\n";
    let shop = Shop::new("postgres", settings, dump);
    shop.proves("select i.id from items i, projects p");
    let bigint = "isolation = \"rls\"\n[tenant]\ncolumn = \"tenant_id\"\ntable = \"root\"\n[tables]\nitems = { via = \"project_id\" }\n";
    let shop = Shop::new(
        "postgres",
        bigint,
        &format!("{dump} CREATE TABLE public.root (id bigint primary key);"),
    );
    shop.proves("select tenant_id from t8");
}

/// Everything in a tenant's database is the tenant's; what is refused besides stays refused.
#[test]
fn a_database_discharges_its_tables() {
    for dialect in ["postgres", "sqlite"] {
        let shop = Shop::database(dialect, "create view all_orders as select * from orders;");
        for sql in [
            "select count(*) from orders, all_orders",
            "select name from plans",
            "update plans set name = 'x'",
            "delete from items",
            "insert into projects (id, tenant_id) values (1, 'x') on conflict (id) do nothing",
            "insert into projects (id, tenant_id) values (1, 'x') on conflict (id) do update set name = 'x' returning id",
            "update orders set tenant_id = 'b'",
            "insert into parts select id, id, name from items",
            "select id from orders where tenant_id = $tenant",
            "with a as (select id from orders limit 1) delete from orders where id in (select id from a)",
        ] {
            shop.proves(sql);
        }
        shop.refuses_with(Code::UnknownTable, "select 1 from nowhere");
        shop.refuses_with(
            Code::UnknownFunction,
            "select load_extension('x'), pg_read_file('x')",
        );
    }
    let shop = Shop::database("postgres", "");
    shop.refuses_with(Code::SystemCatalog, "select * from pg_class");
    shop.refuses_with(Code::SessionStatement, "drop table orders");
    shop.refuses_with(Code::UnknownTable, "select * from other.orders");
    let shop = Shop::database(
        "postgres",
        "create function f() returns trigger language plpgsql as $$ begin perform dblink(); return new; end $$;
         create trigger t before insert on orders for each row execute function f();",
    );
    shop.refuses_with(
        Code::Trigger,
        "insert into orders (tenant_id, id, customer_id) values ('a', 1, 1)",
    );
    let config = "dialect = \"postgres\"\nisolation = \"database\"\n[tables]\nplans = \"shared\"";
    let error = Config::parse(config, Path::new("tenancy.toml")).unwrap_err();
    assert!(error.message.contains("no table is shared"), "{error}");
}

const SHARED: &str = "create table plans (id int primary key, name text); create table app.regions (id int);
    create table accounts (tenant_id text primary key, plan_id int); create view cheap as select name from plans;";

/// A name without a schema is the tenant's own table; shared tables are written with their schema.
#[test]
fn a_schema_discharges_its_tables() {
    let shop = Shop::schema(
        &format!("create schema app; create table base (id int); {SHARED}"),
        "create table orders (id int primary key, plan_id int references public.plans (id), note text);
         create table plans (id int);
         create table notes (body text) inherits (public.base);
         create table away (id int, there int references t_acme.orders (id));
         create view best as select o.id, p.name from orders o join public.plans p on p.id = o.plan_id;
         create view foreign_view as select id from t_acme.orders;",
    );
    for sql in [
        "select * from orders",
        "select o.id, p.name from orders o left join public.plans p on p.id = o.plan_id",
        "select id from plans",
        "delete from plans",
        "select name from public.cheap",
        "select name from best",
        "select id from app.regions",
        "update orders set note = $1",
        "insert into orders (id) values (1) on conflict do nothing",
        "select plan_id from public.accounts where tenant_id = $tenant",
    ] {
        shop.proves(sql);
    }
    shop.refuses_with(Code::SharedWrite, "delete from public.plans");
    shop.refuses_with(Code::UnknownTable, "select id from public.orders");
    shop.refuses_with(Code::UnknownTable, "select id from regions");
    shop.refuses_with(Code::UnknownTable, "select id from t_acme.orders");
    shop.refuses_with(Code::UnknownTable, "select name from cheap");
    shop.refuses_with(Code::UnknownTable, "select id from foreign_view");
    shop.refuses_with(Code::UnknownTable, "insert into away (id) values (1)");
    shop.refuses_with(Code::UnknownTable, "update away set there = 1");
    shop.proves("select id from away");
    // Every tenant's notes are rows of it.
    shop.refuses_with(Code::UnclassifiedTable, "select id from public.base");
    shop.proves("select id, body from notes");
    shop.refuses_with(Code::UnscopedTable, "select plan_id from public.accounts");
    shop.refuses_with(Code::SystemCatalog, "select * from pg_class");
}

/// A migration that runs for each tenant stays in the tenant's schema.
#[test]
fn tenants_migrations_stay_in_their_schema() {
    for (own, line) in [
        ("\ncreate table public.x (id int);", 2),
        (
            "create table x (id int); create schema s; alter table x set schema s;",
            1,
        ),
        ("create view public.v as select 1;", 1),
        ("set search_path = public; create table x (id int);", 1),
        (
            "create function public.f() returns int language sql as 'select 1';",
            1,
        ),
    ] {
        let error = Shop::try_schema("", "create table plans (id int);", own)
            .map(drop)
            .unwrap_err();
        let said = error.to_string();
        assert!(said.contains(&format!("0001_shop.sql:{line}: ")), "{own}: {said}");
        assert!(said.contains("shared_migrations"), "{said}");
    }
    let error = Shop::try_schema(
        "[tables]\norders = \"shared\"\n",
        "",
        "create table orders (id int);",
    )
    .map(drop)
    .unwrap_err();
    assert!(error.to_string().contains("each tenant's own schema"), "{error}");
}
