create table tenants (id text primary key, name text not null);

create table customers (
  tenant_id text not null references tenants (id), id bigint not null, name text not null, primary key (tenant_id, id));

create table orders (
  tenant_id text not null references tenants (id), id bigint not null, customer_id bigint not null, total bigint,
  primary key (tenant_id, id));

-- nothing in it tells tenants apart
create view order_ids as select id from orders;
