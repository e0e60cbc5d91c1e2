create table tenants (
    id text not null primary key,
    name text not null
);

create table customers (
    tenant_id text not null references tenants (id),
    id bigint not null,
    name text not null,
    city text not null,
    email text not null,
    primary key (tenant_id, id)
);

create table products (
    tenant_id text not null references tenants (id),
    id bigint not null,
    title text not null,
    sku text not null,
    price bigint not null,
    primary key (tenant_id, id)
);

create table orders (
    tenant_id text not null references tenants (id),
    id bigint not null,
    customer_id bigint not null,
    product_id bigint not null,
    total bigint not null,
    quantity bigint not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id),
    foreign key (tenant_id, product_id) references products (tenant_id, id)
);
