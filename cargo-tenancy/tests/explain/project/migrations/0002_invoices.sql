create table invoices (
    tenant_id text not null references tenants (id),
    number int not null,
    order_id bigint not null,
    primary key (tenant_id, number)
);

alter table invoices
    add constraint invoices_order_fkey foreign key (tenant_id, order_id) references orders (tenant_id, id);

create view order_totals (org, order_no, cents) as
    select o.tenant_id, o.id, sum(o.total)
      from orders o
     group by o.tenant_id, o.id;

create view everything as
    select tenant_id, id from orders
    union all
    select tenant_id, id from customers;

create view cheap_orders as
    select * from orders where total < 100;
