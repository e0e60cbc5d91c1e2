-- A small schema made of traps: ids that repeat across tenants and ids that do not, nullable owners, keys with and
-- without the tenant, children owned through their parents, views that keep and views that lose the tenant.

create table plans (id bigint primary key, code varchar(40) collate utf8mb4_bin not null unique, a bigint);

create table tenants (id varchar(40) collate utf8mb4_bin primary key, b varchar(40), a bigint,
  foreign key (a) references plans (id));

-- ids are global; (tenant_id, id) is a key as well
create table proj (id bigint primary key, tenant_id varchar(40) collate utf8mb4_bin not null, a bigint, b varchar(40),
  unique (tenant_id, id),
  foreign key (tenant_id) references tenants (id));
-- ids repeat
create table orders (tenant_id varchar(40) collate utf8mb4_bin not null, id bigint not null, a bigint, b varchar(40),
  primary key (tenant_id, id),
  foreign key (tenant_id) references tenants (id));
create table items (tenant_id varchar(40) collate utf8mb4_bin not null, order_id bigint not null, n bigint not null, a bigint, b varchar(40),
  primary key (tenant_id, order_id, n),
  foreign key (tenant_id, order_id) references orders (tenant_id, id));

-- a composite foreign key to a parent whose id alone is unique
create table entries (tenant_id varchar(40) collate utf8mb4_bin not null, id bigint not null, proj_id bigint not null, a bigint,
  primary key (tenant_id, id), foreign key (tenant_id, proj_id) references proj (tenant_id, id));
create table entries_null (tenant_id varchar(40) collate utf8mb4_bin not null, id bigint not null, proj_id bigint, a bigint,
  primary key (tenant_id, id), foreign key (tenant_id, proj_id) references proj (tenant_id, id));
-- the same without a key
create table entries_df (tenant_id varchar(40) collate utf8mb4_bin not null, id bigint not null, proj_id bigint not null, a bigint,
  primary key (tenant_id, id));
create table entries_nv (tenant_id varchar(40) collate utf8mb4_bin not null, id bigint not null, proj_id bigint not null, a bigint,
  primary key (tenant_id, id));

-- a reference that does not decide the owner: it may lead to another tenant
create table tickets (id bigint primary key, tenant_id varchar(40) collate utf8mb4_bin not null, proj_id bigint, a bigint, b varchar(40),
  foreign key (proj_id) references proj (id));

-- owned through the parent
create table tasks (id bigint primary key, proj_id bigint not null, a bigint, b varchar(40),
  foreign key (proj_id) references proj (id));
create table comments (id bigint primary key, task_id bigint not null, a bigint, b varchar(40),
  foreign key (task_id) references tasks (id));
create table memos (id bigint primary key, proj_id bigint, b varchar(40),
  foreign key (proj_id) references proj (id));
create table lists (id bigint primary key, tenant_id varchar(40) collate utf8mb4_bin not null, b varchar(40));
create table cards (id bigint primary key, list_id bigint not null, b varchar(40),
  foreign key (list_id) references lists (id) on delete cascade);

-- the owner may be missing
create table logs (id bigint primary key, tenant_id varchar(40) collate utf8mb4_bin, a bigint, b varchar(40));
-- keys without the tenant
create table tokens (token varchar(40) collate utf8mb4_bin primary key, tenant_id varchar(40) collate utf8mb4_bin not null, a bigint);
create table slots (tenant_id varchar(40) collate utf8mb4_bin not null, id bigint not null, a bigint unique, b varchar(40), primary key (tenant_id, id));
create table kv (tenant_id varchar(40) collate utf8mb4_bin not null, k varchar(40) collate utf8mb4_bin not null, v varchar(40), primary key (tenant_id, k));
-- a cascade without the tenant
create table labels (id bigint primary key, tenant_id varchar(40) collate utf8mb4_bin not null, b varchar(40));
create table links (id bigint primary key, tenant_id varchar(40) collate utf8mb4_bin not null,
  label_id bigint not null, a bigint,
  foreign key (label_id) references labels (id) on delete cascade on update cascade);
-- trees
create table nodes (tenant_id varchar(40) collate utf8mb4_bin not null, id bigint not null, parent_id bigint, a bigint, primary key (tenant_id, id),
  foreign key (tenant_id, parent_id) references nodes (tenant_id, id));
create table cats (id bigint primary key, tenant_id varchar(40) collate utf8mb4_bin not null, parent_id bigint, a bigint,
  foreign key (parent_id) references cats (id));
-- equality on the owner would take ACME for acme
create table docs (id bigint primary key, tenant_id varchar(40) not null, b varchar(40));

-- a column that the server computes
create table notes (tenant_id varchar(40) collate utf8mb4_bin not null, id bigint not null, a bigint, b varchar(40),
  g bigint generated always as (a + 1) stored, primary key (tenant_id, id));

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
create view v_checked as select tenant_id, id, a from notes where a < 3 with check option;
create view v_names as select id, b from orders;
