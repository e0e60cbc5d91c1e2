create table tenants (
    id text not null primary key
);

create table customers (
    tenant_id text    not null references tenants (id),
    id        integer not null,
    name      text    not null,
    primary key (tenant_id, id)
);

create table orders (
    tenant_id   text    not null references tenants (id),
    id          integer not null,
    customer_id integer not null,
    item        text    not null,
    shipped     integer not null default 0,
    primary key (tenant_id, id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id)
);
