create table tenants (id varchar(63) collate utf8mb4_bin primary key);
create table orders (tenant_id varchar(63) collate utf8mb4_bin not null references tenants (id), id bigint not null, primary key (tenant_id, id));
create table notes (id bigint primary key, order_id bigint, body varchar(63) collate utf8mb4_bin);
