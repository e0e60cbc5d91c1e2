select o.id, c.name
  from orders o
  join customers c on c.tenant_id = o.tenant_id and c.id = o.customer_id
 where o.tenant_id = $tenant and o.total > $1
