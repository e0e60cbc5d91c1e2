//! What MySQL and MariaDB mean where they differ from the others. Each refusal was tried on MariaDB 10.11: the statement
//! shows or changes what it should not.

mod names;
mod reads;
mod values;
mod writes;

use super::Shop;
use crate::Code;

const SETTINGS: &str = "
    [tenant]
    column = \"tenant_id\"
    table = \"tenants\"
    [tables]
    plans = \"shared\"
    codes = \"shared\"
    tasks = { via = \"project_id\" }
";

/// Every tenant column is `t`: a text that the tenant's id fits, told apart by `utf8mb4_bin`.
const SHOP: &str = "
    create table plans (id int primary key, name varchar(20) not null);
    create table tenants (id t primary key, name varchar(20), plan_id int);
    create table orders (tenant_id t not null, id int not null, customer_id int, status varchar(16),
        primary key (tenant_id, id));
    create table customers (tenant_id t not null, id int not null, name varchar(20), primary key (tenant_id, id));
    create table drafts (tenant_id t, id int not null);
    create table pairs (tenant_id t not null, k t not null, v varchar(20), primary key (tenant_id, k));
    create table projects (id int auto_increment primary key, tenant_id t not null, name varchar(20),
        unique key (tenant_id, id));
    create table tasks (id int primary key, project_id int not null, title varchar(20),
        foreign key (project_id) references projects (id));
    create table notes (id bigint auto_increment primary key, tenant_id t not null, k t not null, v int, project_id int,
        unique key (tenant_id, k), foreign key (project_id) references projects (id));
    create table codes (code t not null, wide t not null, short varchar(8) collate utf8mb4_bin not null, later t not null);
    create table nodes (tenant_id t not null, id int not null, parent_id int, primary key (tenant_id, id));
";

impl Shop {
    /// The tables above and those of `ddl`, on MySQL.
    pub(super) fn mysql(ddl: &str) -> Self {
        let ddl = format!("{SHOP}{ddl}").replace(" t ", " varchar(32) collate utf8mb4_bin ");
        let ddl = ddl.replace(" t,", " varchar(32) collate utf8mb4_bin,");
        Self::new("mysql", SETTINGS, &ddl)
    }

    #[track_caller]
    fn proves_all(&self, statements: &[&str]) {
        for sql in statements {
            self.proves(sql);
        }
    }

    #[track_caller]
    fn refuses_all(&self, code: Code, statements: &[&str]) {
        for sql in statements {
            self.refuses_with(code, sql);
        }
    }
}
