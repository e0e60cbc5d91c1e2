-- A small schema made of traps: ids that repeat across tenants and ids that do not, nullable owners, keys with and
-- without the tenant, children owned through their parents, views that keep and views that lose the tenant.
-- Ids are no rowid aliases: keys that the server makes up count over all tenants, and nothing is promised of them.

create table plans (id int not null primary key, code text not null unique, a integer);

create table tenants (id text not null primary key, b text, a integer references plans (id));

-- ids are global; (tenant_id, id) is a key as well
create table proj (id int not null primary key, tenant_id text not null references tenants (id), a integer, b text,
  unique (tenant_id, id));
-- ids repeat
create table orders (tenant_id text not null references tenants (id), id integer not null, a integer, b text,
  primary key (tenant_id, id));
create table items (tenant_id text not null, order_id integer not null, n integer not null, a integer, b text,
  primary key (tenant_id, order_id, n),
  foreign key (tenant_id, order_id) references orders (tenant_id, id));

-- a composite foreign key to a parent whose id alone is unique
create table entries (tenant_id text not null, id integer not null, proj_id integer not null, a integer,
  primary key (tenant_id, id), foreign key (tenant_id, proj_id) references proj (tenant_id, id));
create table entries_null (tenant_id text not null, id integer not null, proj_id integer, a integer,
  primary key (tenant_id, id), foreign key (tenant_id, proj_id) references proj (tenant_id, id));
-- the same, worth nothing: deferrable; not validated
create table entries_df (tenant_id text not null, id integer not null, proj_id integer not null, a integer,
  primary key (tenant_id, id),
  foreign key (tenant_id, proj_id) references proj (tenant_id, id) deferrable initially deferred);
create table entries_nv (tenant_id text not null, id integer not null, proj_id integer not null, a integer,
  primary key (tenant_id, id));

-- a reference that does not decide the owner: it may lead to another tenant
create table tickets (id int not null primary key, tenant_id text not null, proj_id integer references proj (id), a integer, b text);

-- owned through the parent
create table tasks (id int not null primary key, proj_id integer not null references proj (id), a integer, b text);
create table comments (id int not null primary key, task_id integer not null references tasks (id), a integer, b text);
create table memos (id int not null primary key, proj_id integer references proj (id), b text);
create table lists (id int not null primary key, tenant_id text not null, b text);
create table cards (id int not null primary key, list_id integer not null references lists (id) on delete cascade, b text);

-- the owner may be missing
create table logs (id int not null primary key, tenant_id text, a integer, b text);
-- keys without the tenant
create table tokens (token text not null primary key, tenant_id text not null, a integer);
create table slots (tenant_id text not null, id integer not null, a integer unique, b text, primary key (tenant_id, id));
create table kv (tenant_id text not null, k text not null, v text, primary key (tenant_id, k));
-- a cascade without the tenant
create table labels (id int not null primary key, tenant_id text not null, b text);
create table links (id int not null primary key, tenant_id text not null,
  label_id integer not null references labels (id) on delete cascade on update cascade, a integer);
-- trees
create table nodes (tenant_id text not null, id integer not null, parent_id integer, a integer, primary key (tenant_id, id),
  foreign key (tenant_id, parent_id) references nodes (tenant_id, id));
create table cats (id int not null primary key, tenant_id text not null, parent_id integer references cats (id), a integer);
-- equality on the owner would take ACME for acme
create table docs (id int not null primary key, tenant_id text collate nocase not null, b text);

-- a column that the server computes; keys over some rows and over expressions, with and without the tenant
create table notes (tenant_id text not null, id integer not null, a integer, b text,
  g integer generated always as (a + 1) stored, primary key (tenant_id, id));
create unique index notes_open on notes (tenant_id, a) where b = 'x';
create unique index notes_text on notes (tenant_id, lower(b)) where a = 3;
create unique index slots_three on slots (b) where a = 3;

create view v_orders as select * from orders;
create view v_renamed (org, n, txt) as select tenant_id, id, b from orders;
create view v_ranked as select tenant_id, id, rank() over (order by a) as r from orders;
create view v_ranked_ok as select tenant_id, id, rank() over (partition by tenant_id order by a) as r from orders;
create view v_counts as select tenant_id, count(*) as n, max(a) as a from orders group by tenant_id;
create view v_counts_bad as select b, count(*) as n, max(tenant_id) as tenant_id from orders group by b;
create view v_first as select tenant_id, id, b from orders order by b, id, tenant_id limit 2;
create view v_left as select p.tenant_id, p.id, o.b from proj p left join orders o on o.tenant_id = p.tenant_id and o.id = p.id;
create view v_left_bad as select p.tenant_id, p.id, o.b from proj p left join orders o on o.id = p.id;
create view v_union as select tenant_id, b from orders union all select tenant_id, b from proj;
create view v_swapped as select tenant_id, b from orders union all select b, tenant_id from proj;
create view v_tasks as select t.id, p.tenant_id, t.b from tasks t join proj p on p.id = t.proj_id;
create view v_own as select tenant_id, id, a from slots where b is null;
create view v_checked as select tenant_id, id, a from notes where a < 3;
create view v_names as select id, b from orders;
