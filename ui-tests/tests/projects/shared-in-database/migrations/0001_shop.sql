create table orders (tenant_id text not null, id bigint not null, primary key (tenant_id, id));
create table plans (id bigint primary key);
