-- ids are unique over all tenants
create table projects (
  id bigint primary key, tenant_id text not null references tenants (id), name text not null,
  budget int not null default 0, unique (tenant_id, id), unique (tenant_id, name));

-- owned through its project
create table project_tasks (
  id bigint primary key, project_id bigint not null references projects (id),
  title text not null, done boolean not null default false);

create table time_entries (
  tenant_id text not null, id bigint not null, project_id bigint not null, minutes int not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, project_id) references projects (tenant_id, id));

create table categories (
  tenant_id text not null, id bigint not null, parent_id bigint, name text not null,
  primary key (tenant_id, id));

create table settings (
  tenant_id text not null, key text not null, value text not null, primary key (tenant_id, key));
