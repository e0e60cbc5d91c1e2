create table plans (id int primary key, name text not null);

create table tenants (
    id text primary key,
    plan_id int not null references plans (id)
);

create table customers (
    tenant_id text not null references tenants (id),
    id bigint not null,
    email text not null,
    name text not null,
    primary key (tenant_id, id),
    unique (tenant_id, email)
);

create table orders (
    id bigint primary key,
    tenant_id text not null references tenants (id),
    customer_id bigint not null,
    parent_id bigint,
    total int not null default 0,
    unique (tenant_id, id),
    foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete cascade
);

create table lines (
    id bigint primary key,
    order_id bigint not null references orders (id) on delete cascade,
    note text
);
