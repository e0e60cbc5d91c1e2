select o.id, c.name
  from orders o
  join customers c on c.id = o.customer_id
 where o.tenant_id = $tenant
