alter table orders frobnicate column id;
