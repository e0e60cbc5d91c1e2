select o.id, c.name
  from orders o
  left join customers c on c.id = o.customer_id and c.tenant_id = o.tenant_id
 where o.tenant_id = $tenant
