select i.number, o.total
  from invoices i
  join orders o on o.id = i.order_id
 where i.tenant_id = $tenant
