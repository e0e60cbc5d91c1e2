create table tenants (id text primary key);
create table orders (tenant_id text not null references tenants (id), id bigint not null, primary key (tenant_id, id));
create table notes (id bigint primary key, order_id bigint, body text);
