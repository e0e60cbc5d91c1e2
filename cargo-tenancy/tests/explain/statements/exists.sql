select o.id
  from orders o
 where o.tenant_id = $tenant
   and exists (select 1 from lines l where l.order_id = o.id and l.note is not null)
   and o.customer_id in (select c.id from customers c where c.tenant_id = o.tenant_id)
