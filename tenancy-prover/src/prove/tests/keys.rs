//! What keys and foreign keys make known.

use super::Shop;

/// A child of `projects` with a composite foreign key, once as facts need it and once for each thing that takes the fact away.
const CHILDREN: &str = "
    create table tasks (tenant_id text not null, id int primary key, project_id int not null,
        foreign key (tenant_id, project_id) references projects (tenant_id, id));
    create table tasks_optional (tenant_id text not null, id int primary key, project_id int,
        foreign key (tenant_id, project_id) references projects (tenant_id, id));
    create table tasks_anybodys (tenant_id text, id int primary key, project_id int not null,
        foreign key (tenant_id, project_id) references projects (tenant_id, id));
    create table tasks_late (tenant_id text not null, id int primary key, project_id int not null,
        foreign key (tenant_id, project_id) references projects (tenant_id, id) deferrable initially deferred);
    create table tasks_old (tenant_id text not null, id int primary key, project_id int not null);
    alter table tasks_old add foreign key (tenant_id, project_id) references projects (tenant_id, id) not valid;
    create table tasks_checked (tenant_id text not null, id int primary key, project_id int not null);
    alter table tasks_checked add constraint checked foreign key (tenant_id, project_id) references projects (tenant_id, id) not valid;
    alter table tasks_checked validate constraint checked;
    create table tasks_free (tenant_id text not null, id int primary key, project_id int not null references projects (id));
    create table teams (tenant_id text not null, id int not null, primary key (tenant_id, id));
    create table members (tenant_id text not null, id int primary key, team_id int not null,
        foreign key (tenant_id, team_id) references teams (tenant_id, id));
";

#[test]
fn a_composite_foreign_key_carries_the_tenant() {
    let shop = Shop::postgres(CHILDREN);
    let to_parent =
        "select p.name from ? t join «projects p» on p.id = t.project_id where t.tenant_id = $tenant";
    for child in ["tasks", "tasks_optional", "tasks_anybodys", "tasks_checked"] {
        shop.proves(&to_parent.replace(['«', '»'], "").replace('?', child));
    }
    for child in ["tasks_late", "tasks_old", "tasks_free"] {
        shop.needs(to_parent, "tasks", child);
    }
    // From the parent's side nothing says that the child's tenant column, and so the key, is not null.
    let to_child =
        "select t.id from projects p join «? t» on p.id = t.project_id where p.tenant_id = $tenant";
    for child in ["tasks_anybodys", "tasks_late", "tasks_old", "tasks_free"] {
        shop.needs(to_child, "tasks", child);
    }
    shop.needs(
        "select p.name from tasks t join «projects p» on p.id = t.? where t.tenant_id = $tenant",
        "project_id",
        "id",
    );
    // Teams of two tenants may have one id.
    shop.needs(
        "select g.id from members m join «teams g» on g.id = m.team_id ? where m.tenant_id = $tenant",
        "and g.tenant_id = m.tenant_id",
        "",
    );
}

#[test]
fn keys_that_are_null_name_no_parent() {
    let shop = Shop::postgres(CHILDREN);
    shop.needs(
        "select b.id from tasks_optional a join «tasks_optional b» on b.project_id ? a.project_id where a.tenant_id = $tenant",
        "=",
        "is not distinct from",
    );
}

#[test]
fn equal_keys_are_one_row() {
    let shop = Shop::postgres("create table loose (tenant_id text not null, id int not null);
        create table some (tenant_id text not null, id int not null, gone boolean); create unique index on some (id) where not gone;");
    shop.needs(
        "select b.name from projects a join «projects b» on b.? = a.? where a.tenant_id = $tenant",
        "id",
        "name",
    );
    shop.leaves_open("select b.id from loose a join «loose b» on b.id = a.id where a.tenant_id = $tenant");
    shop.leaves_open("select b.id from some a join «some b» on b.id = a.id where a.tenant_id = $tenant");
    // Grouped by a key, a group is one row, so its other columns keep their meaning.
    shop.proves("select x.n from (select p.tenant_id as t, count(*) as n from projects p group by p.id) x where x.t = $tenant");
    shop.leaves_open("select x.n from (select max(p.tenant_id) as t, count(*) as n from «projects p» group by p.name) x where x.t = $tenant");
}

#[test]
fn sqlite_may_have_rows_older_than_its_keys() {
    let shop = Shop::sqlite(
        "create table tasks (tenant_id text not null, id int primary key, project_id int not null,
        foreign key (tenant_id, project_id) references projects (tenant_id, id));",
    );
    shop.needs(
        "select p.name from tasks t join «projects p» on p.id = t.project_id ? where t.tenant_id = $tenant",
        "and p.tenant_id = t.tenant_id",
        "",
    );
}

#[test]
fn a_row_belongs_to_its_parent_s_tenant() {
    let shop = Shop::postgres("");
    shop.needs(
        "select i.name from «items i» join projects p on p.id = i.? where p.tenant_id = $tenant",
        "project_id",
        "id",
    );
    shop.needs(
        "select i.name from «items i» where i.? in (select p.id from projects p where p.tenant_id = $tenant)",
        "project_id",
        "id",
    );
    shop.needs(
        "select i.name from «items i» where i.project_id ? (select p.id from projects p where p.tenant_id = $tenant)",
        "in",
        "not in",
    );
    shop.needs(
        "select i.name from «items i» where i.project_id = (select p.id from «projects p» where p.id = $1 ?)",
        "and p.tenant_id = $tenant",
        "",
    );
    shop.needs(
        "select p.name, i.name from projects p left join «items i» on i.? = p.id where p.tenant_id = $tenant",
        "project_id",
        "id",
    );
    shop.leaves_open("select i.name from «items i» where i.project_id = $1");
}

#[test]
fn ownership_goes_along_a_chain_of_parents() {
    let shop = Shop::postgres("");
    shop.needs(
        "select a.name from «parts a» join items i on i.id = a.? join projects p on p.id = i.project_id where p.tenant_id = $tenant",
        "item_id",
        "id",
    );
    shop.proves(
        "select a.name from parts a where a.item_id in
           (select i.id from items i join projects p on p.id = i.project_id where p.tenant_id = $tenant)",
    );
    shop.leaves_open(
        "select a.name from «parts a» join projects p on p.id = a.item_id where p.tenant_id = $tenant",
    );
}

#[test]
fn the_tenants_table_is_owned_by_its_key() {
    let shop = Shop::postgres("");
    shop.needs("select t.name from «tenants t» where t.? = $tenant", "id", "name");
    shop.needs(
        "select t.name, o.id from «tenants t» join orders o on o.? = t.id where o.tenant_id = $tenant",
        "tenant_id",
        "note",
    );
}
