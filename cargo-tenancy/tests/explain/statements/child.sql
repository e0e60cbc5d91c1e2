insert into lines (id, order_id, note)
select $1, o.id, $2
  from orders o
 where o.tenant_id = $tenant and o.id = $3
