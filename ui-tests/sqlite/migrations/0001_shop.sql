-- shared by all tenants
create table plans (id integer primary key, name text not null, price_cents integer not null);

create table tenants (id text primary key not null, name text not null, plan_id integer not null references plans (id));

create table orders (
  tenant_id text not null references tenants (id), id integer not null, status text not null default 'open',
  total_cents integer not null default 0, note text, primary key (tenant_id, id));

create table order_items (
  tenant_id text not null, order_id integer not null, line_no integer not null, sku text not null,
  primary key (tenant_id, order_id, line_no),
  foreign key (tenant_id, order_id) references orders (tenant_id, id)) without rowid;

-- ids are unique over all tenants
create table projects (
  id integer primary key, tenant_id text not null references tenants (id), name text not null,
  unique (tenant_id, id));

create table time_entries (
  tenant_id text not null, id integer not null, project_id integer not null, minutes integer not null,
  primary key (tenant_id, id), foreign key (tenant_id, project_id) references projects (tenant_id, id));

create table project_tasks (
  id integer primary key, project_id integer not null references projects (id), title text not null);

create table settings (tenant_id text not null, key text not null, value text, primary key (tenant_id, key));

-- the path is unique over all tenants, and a plain insert replaces
create table uploads (
  id integer primary key, tenant_id text not null, path text not null unique on conflict replace, size integer);

-- the slug is unique over all tenants
create table pages (tenant_id text not null, id integer not null, slug text not null unique, primary key (tenant_id, id));

-- tenants that differ only by case are equal
create table documents (tenant_id text not null collate nocase, id integer primary key, body text);

-- columns without types
create table loose (tenant_id, id, body, primary key (tenant_id, id));
