delete from orders where tenant_id = $tenant and id = $1
