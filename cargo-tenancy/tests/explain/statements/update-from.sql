update orders o
   set total = o.total + $1
  from customers c
 where c.tenant_id = o.tenant_id and c.id = o.customer_id and c.email = $2
   and o.tenant_id = $tenant
returning o.id
