create table tenants (id varchar(63) primary key);
create table orders (
    tenant_id varchar(63) not null references tenants (id),
    id bigint not null,
    note varchar(100) not null,
    primary key (tenant_id, id)
);
create table plans (id bigint primary key, name varchar(100) not null);
