//! What keys and foreign keys make known.

use super::{SETTINGS, SHOP, Shop};

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

const MINE: &str = "in (select p.id from projects p where p.tenant_id = $tenant)";

#[test]
fn rows_that_agree_on_a_key_agree_on_its_tenant() {
    let shop = Shop::postgres(
        "create table notes (id int primary key, tenant_id text not null, number int unique, body text);",
    );
    let window = "select x.name from (select i.name, i.project_id, row_number() over (partition by ? order by i.id) \
                  from «items i») x where x.project_id in (select p.id from projects p where p.tenant_id = $tenant)";
    shop.needs(window, "i.project_id", "i.name");
    shop.needs(window, "i.name, i.project_id", "i.project_id + 1");
    shop.needs(window, "i.id", "coalesce(i.project_id, 1)");
    let two = "select x.name from (select i.name, i.project_id, count(*) over (partition by i.project_id), \
               count(*) over (?) from «items i») x where x.project_id in (select p.id from projects p where p.tenant_id = $tenant)";
    shop.needs(two, "partition by i.project_id", "partition by i.name");
    let grouped = "select x.n from (select ? as project_id, count(*) as n from «items i» group by ?) x \
                   where x.project_id in (select p.id from projects p where p.tenant_id = $tenant)";
    shop.needs(grouped, "i.project_id", "i.id % 7");
    let distinct = "select x.project_id from (select distinct ? from «items i») x \
                    join projects p on p.id = x.project_id where p.tenant_id = $tenant";
    shop.needs(distinct, "i.project_id, i.name", "i.id % 7 as project_id");
    let first = "select x.name from (select distinct on (?) i.project_id, i.name from «items i» order by ?, i.id) x \
                 join projects p on p.id = x.project_id where p.tenant_id = $tenant";
    shop.needs(first, "i.project_id", "i.name");
    // Rows without a key are of many tenants, and fall into one group.
    shop.leaves_open(
        "select x.n from (select n.tenant_id, n.number, count(*) over (partition by n.number) as n from «notes n») x \
         where x.tenant_id = $tenant",
    );
    shop.proves(
        "select x.n from (select n.tenant_id, n.number, count(*) over (partition by n.number) as n from notes n \
         where n.number is not null) x where x.tenant_id = $tenant",
    );
    let optional = SHOP.replace("project_id int not null", "project_id int");
    let shop = Shop::new("postgres", SETTINGS, &optional);
    let partly = |condition: &str| {
        format!(
            "select x.name from (select i.name, i.project_id, count(*) over (partition by i.project_id) \
             from «items i» {condition}) x where x.project_id {MINE}"
        )
    };
    shop.leaves_open(&partly(""));
    shop.proves(&partly("where i.project_id > 3").replace(['«', '»'], ""));
    // Beside an outer join the key may be missing where the other side's is not.
    shop.leaves_open(
        "select x.n from (select i.project_id, count(*) over (partition by q.id) as n from «items i» \
         left join plans q on q.id = i.project_id) x join projects p on p.id = x.project_id where p.tenant_id = $tenant",
    );
}

#[test]
fn a_key_that_names_the_tenant_s_row_does_so_behind_other_queries() {
    let shop = Shop::postgres("");
    let query = "with mine as (select ? p.id, p.name from projects p where p.tenant_id = $tenant ?) \
                 select i.name from «items i» join mine on mine.id = i.project_id";
    let with = |list: &str, rest: &str| query.replacen('?', list, 1).replacen('?', rest, 1);
    for (list, rest) in [
        ("", ""),
        ("distinct", ""),
        ("", "limit 3"),
        ("distinct on (p.name)", "order by p.name"),
        ("", "group by p.id, p.name"),
        (
            "",
            "union select i.project_id, i.name from items i join projects q on q.id = i.project_id where q.tenant_id = $tenant",
        ),
        ("", "except select q.id, q.name from plans q"),
    ] {
        shop.proves(&with(list, rest).replace(['«', '»'], ""));
    }
    shop.leaves_open(&with("", "union select 1, 'x'"));
    shop.leaves_open(&with("", "union all select q.id, q.name from plans q"));
    shop.leaves_open(
        &query
            .replacen("? p.id", "max(p.id) as id", 1)
            .replacen(", p.name", "", 1)
            .replace('?', ""),
    );
    shop.leaves_open(&query.replacen("? p.id", "p.id + 1 as id", 1).replace('?', ""));
    shop.proves(
        "delete from items where id in (select distinct i.id from items i join projects p on p.id = i.project_id where p.tenant_id = $tenant)",
    );
    shop.proves(
        "insert into items (id, project_id) select 1, x.id from (select distinct p.id from projects p where p.tenant_id = $tenant) x",
    );
    shop.refuses_with(
        crate::Code::UnscopedInsert,
        "insert into items (id, project_id) select 1, x.id from (select p.id from projects p where p.tenant_id = $tenant union select 1) x",
    );
}

#[test]
fn a_key_that_is_named_where_a_row_is_missing_names_nothing() {
    let shop = Shop::postgres("");
    let query = "select j.name from plans p ? join lateral (select i.project_id from items i \
                 join projects q on q.id = i.project_id where q.tenant_id = $tenant and i.project_id = p.id \
                 except select q.id from plans q) x on true join «items j» on j.project_id = p.id";
    shop.needs(query, "", "left");
    let query = "select j.name from plans p ? join (select i.project_id from items i join projects q on q.id = i.project_id \
                 where q.tenant_id = $tenant limit 5) x on x.project_id = p.id join «items j» on j.project_id = p.id";
    shop.needs(query, "", "left");
    shop.leaves_open(&query.replace('?', "full"));
}
