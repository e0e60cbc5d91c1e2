select x.id
  from (select tenant_id, id from orders
        union all
        select tenant_id, id from customers) x
 where x.tenant_id = $tenant
