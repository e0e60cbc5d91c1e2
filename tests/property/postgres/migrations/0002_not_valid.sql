-- added after the rows: nothing is known of those that were there
alter table entries_nv add constraint entries_nv_proj foreign key (tenant_id, proj_id) references proj (tenant_id, id) not valid;
