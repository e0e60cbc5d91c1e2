select x.customer_id, x.spent
  from (select tenant_id, customer_id, sum(total) as spent,
               rank() over (partition by tenant_id order by sum(total)) as place
          from orders
         group by tenant_id, customer_id) x
 where x.tenant_id = $tenant and x.place <= 3
