create table tenants (id varchar(63) character set utf8mb4 collate utf8mb4_bin primary key);
create table orders (
    tenant_id varchar(63) character set utf8mb4 collate utf8mb4_bin not null,
    id bigint not null,
    note varchar(100) not null,
    primary key (tenant_id, id),
    foreign key (tenant_id) references tenants (id)
);
create table plans (id bigint primary key, name varchar(100) not null);
