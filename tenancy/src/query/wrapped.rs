//! sqlx's own checked queries, kept to a tenant (`types = "sqlx"`).
