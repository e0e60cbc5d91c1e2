//! The repair, statement by statement: `«..»` marks what it adds, so that the text without the marks is what is proved,
//! and the text without what stands between them is what was written.

mod inserts;
mod mysql;
mod places;
mod refusals;
mod texts;

use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::{Code, Project, Verdict};

const SHOP: &str = "
    create table tenants (id text primary key not null, name text);
    create table plans (id int primary key not null, name text not null);
    create table orders (tenant_id text not null, id int not null, customer_id int not null, total int, note text,
        primary key (tenant_id, id));
    create table customers (tenant_id text not null, id int not null, name text, primary key (tenant_id, id));
    create table notes (id int not null, body text, tenant_id text not null, pinned int, primary key (tenant_id, id));
    create table bills (org_id text not null, id int not null, primary key (org_id, id));
    create table projects (id int primary key not null, tenant_id text not null, name text, unique (tenant_id, id));
    create table items (id int primary key not null, project_id int not null references projects (id), name text);
    create table parts (id int primary key not null, item_id int not null references items (id), name text);
    create table \"Order\" (\"Tenant\" text not null, \"select\" int not null, primary key (\"Tenant\", \"select\"));
    create view open_orders as select tenant_id, id, total from orders where total > 0;
    create view named_orders as select o.tenant_id, o.id from orders as o;
    create view order_ids as select id from orders;
    create view renamed_orders as select tenant_id as org, id from orders;
    create view both_orders as select org, id from renamed_orders union all select tenant_id, id from notes;
    create view item_owners as select p.tenant_id as org, i.id from items i join projects p on p.id = i.project_id;
";

const SETTINGS: &str = "
    predicates = \"automatic\"
    [tenant]
    column = \"tenant_id\"
    table = \"tenants\"
    [tables]
    plans = \"shared\"
    bills = { column = \"org_id\" }
    items = { via = \"project_id\" }
    parts = { via = \"item_id\" }
    \"Order\" = { column = \"Tenant\" }
";

/// A project whose predicates are automatic.
struct Shop(Project);

impl Shop {
    fn postgres() -> Self {
        Self::new("postgres")
    }

    fn sqlite() -> Self {
        Self::new("sqlite")
    }

    /// With the types that MySQL has for such columns.
    fn mysql() -> Self {
        Self::new("mysql")
    }

    fn new(dialect: &str) -> Self {
        let settings = match dialect {
            "sqlite" => SETTINGS.replace("\"Order\"", "order").replace("Tenant", "tenant"),
            _ => SETTINGS.to_owned(),
        };
        let text = format!("dialect = \"{dialect}\"\n{settings}");
        let config = Config::parse(&text, Path::new("tenancy.toml")).unwrap();
        let ids = "varchar(32) collate utf8mb4_bin not null";
        let ddl = match dialect {
            "mysql" => SHOP
                .replace("(id text primary key not null", &format!("(id {ids} primary key"))
                .replace("tenant_id text not null", &format!("tenant_id {ids}"))
                .replace("org_id text not null", &format!("org_id {ids}"))
                .replace("\"Tenant\" text not null", &format!("\"Tenant\" {ids}"))
                .replace(
                    " references projects (id)",
                    ", foreign key (project_id) references projects (id)",
                )
                .replace(
                    " references items (id)",
                    ", foreign key (item_id) references items (id)",
                )
                .replace('"', "`"),
            _ => SHOP.to_owned(),
        };
        let source = (PathBuf::from("migrations/0001_shop.sql"), ddl);
        Self(Project::from_parts(config, &[source]).unwrap())
    }

    /// The same project, in which what you read is what runs.
    fn required(&self) -> Project {
        let mut project = self.0.clone();
        project.config.automatic = false;
        project
    }

    /// The statement is proved with what stands between « and », which is added to the rest.
    #[track_caller]
    fn repairs(&self, marked: &str) {
        self.repairs_to(&without(marked), &marked.replace(['«', '»'], ""));
    }

    /// The statement is proved as `expected`.
    #[track_caller]
    fn repairs_to(&self, sql: &str, expected: &str) {
        match crate::prove(&self.0, sql) {
            Verdict::Proved(proved) => {
                let text = super::edit::apply(sql, &proved.repairs).unwrap();
                assert_eq!(text, expected);
                let plain = crate::prove(&self.required(), &text);
                let Verdict::Proved(plain) = plain else {
                    panic!("not proved by itself: {text}");
                };
                assert_eq!((plain.sql, plain.binds), (proved.sql, proved.binds));
            }
            Verdict::Refused(diagnostics) => panic!("refused: {diagnostics:#?}\n{sql}"),
        }
        // The same is suggested where predicates are required.
        match crate::prove(&self.required(), sql) {
            Verdict::Proved(_) => assert_eq!(sql, expected),
            Verdict::Refused(diagnostics) => {
                for diagnostic in diagnostics {
                    let suggestion = diagnostic.suggestion.expect("a suggestion");
                    assert_eq!(suggestion.text, expected);
                }
            }
        }
    }

    /// Where predicates are required, `expected` is suggested.
    #[track_caller]
    fn suggests(&self, sql: &str, expected: &str) {
        let Verdict::Refused(diagnostics) = crate::prove(&self.required(), sql) else {
            panic!("proved: {sql}");
        };
        let suggestion = diagnostics[0].suggestion.as_ref().expect("a suggestion");
        assert_eq!(suggestion.text, expected);
    }

    /// The statement stays refused, with these codes.
    #[track_caller]
    fn refuses(&self, codes: &[Code], sql: &str) {
        match crate::prove(&self.0, sql) {
            Verdict::Proved(proved) => panic!("proved as {}", proved.sql),
            Verdict::Refused(diagnostics) => {
                let found: Vec<Code> = diagnostics.iter().map(|found| found.code).collect();
                assert_eq!(found, codes, "{diagnostics:#?}");
            }
        }
    }
}

/// The text without what the marks enclose.
fn without(marked: &str) -> String {
    let mut sql = String::new();
    let mut rest = marked;
    while let Some((before, after)) = rest.split_once('«') {
        sql.push_str(before);
        rest = after.split_once('»').expect("a closing mark").1;
    }
    sql.push_str(rest);
    sql
}
