merge into customers c
using (select $tenant as org, $1::bigint as id, $2 as name) n
   on c.tenant_id = n.org and c.id = n.id
 when matched then update set name = n.name
 when not matched then insert (tenant_id, id, email, name) values ($tenant, n.id, $3, n.name)
