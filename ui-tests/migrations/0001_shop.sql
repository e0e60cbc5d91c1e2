-- The shop that the user interface tests speak of.
create extension if not exists citext;

-- shared by all tenants
create table plans (id int primary key, code text not null unique, name text not null, price_cents int not null);
create table countries (code text primary key, name text not null);

create table tenants (
  id text primary key, name text not null, plan_id int not null references plans (id));

create table users (
  tenant_id text not null references tenants (id), id bigint not null,
  email text not null, name text not null, active boolean not null default true,
  primary key (tenant_id, id), unique (tenant_id, email));

-- ids repeat from tenant to tenant
create table customers (
  tenant_id text not null references tenants (id), id bigint not null,
  email text not null, name text not null, country text references countries (code),
  primary key (tenant_id, id), unique (tenant_id, email));

create table orders (
  tenant_id text not null references tenants (id), id bigint not null,
  customer_id bigint not null, status text not null default 'open', total_cents int not null default 0,
  due date, note text,
  primary key (tenant_id, id),
  foreign key (tenant_id, customer_id) references customers (tenant_id, id));

create table order_items (
  tenant_id text not null, order_id bigint not null, line_no int not null,
  sku text not null, qty int not null, price_cents int not null,
  primary key (tenant_id, order_id, line_no),
  foreign key (tenant_id, order_id) references orders (tenant_id, id));

create table products (
  tenant_id text not null references tenants (id), sku text not null, name text not null,
  price_cents int not null, stock int not null default 0,
  primary key (tenant_id, sku));

-- its tenant column has another name
create table invoices (
  org_id text not null references tenants (id), id bigint not null, total_cents int not null,
  primary key (org_id, id));
