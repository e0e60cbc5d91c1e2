//! Types: whose equality is identity, what `$tenant` can be bound as, and which casts are harmless.

use sqlparser::ast::{ArrayElemTypeDef, CharacterLength, DataType, ObjectName, TimezoneInfo};

use super::Lowerer;
use super::mysql;
use super::names::part;
use crate::catalog::{Catalog, Column, Ownership, Relation, SqlType, UserType};
use crate::plan::{ColInfo, Identity};
use crate::{Dialect, TenantType};

/// How a tenant type compares.
pub(super) fn identity_of(tenant: TenantType) -> Identity {
    match tenant {
        TenantType::Text => Identity::Text,
        TenantType::Uuid => Identity::Uuid,
        TenantType::Int2 | TenantType::Int4 | TenantType::Int8 => Identity::Int,
    }
}

/// The type of the project's tenant ids: the root's key, or else the first tenant column's, or else text.
pub(super) fn project_tenant_type(catalog: &Catalog, tenant_column: &str) -> TenantType {
    let mut first = None;
    for relation in catalog.relations.values() {
        let Relation::Table(table) = relation else {
            continue;
        };
        let (column, root) = match table.ownership {
            Ownership::Tenant { column, root } => (column, root),
            // A column that names the tenant although it need not: the same statement may run on shared tables, too.
            Ownership::Placed => match table.column_index(tenant_column) {
                Some(column) => (column, false),
                None => continue,
            },
            Ownership::Via { .. } | Ownership::Shared | Ownership::Unclassified { .. } => continue,
        };
        let found = table
            .columns
            .get(column)
            .and_then(|column| tenant_type(base_type(catalog, &column.ty), catalog.dialect));
        if root && found.is_some() {
            return found.unwrap_or(TenantType::Text);
        }
        first = first.or(found);
    }
    first.unwrap_or(TenantType::Text)
}

/// The type that a domain stands on. A domain without a collation of its own compares as that does: operators are looked
/// up for the base, and its checks only keep values out.
fn base_type<'c>(catalog: &'c Catalog, ty: &'c SqlType) -> &'c SqlType {
    let mut ty = ty;
    // A domain can stand on as many domains as there are.
    for _ in 0..catalog.types.len() {
        let domain = catalog.types.iter().find_map(|(name, kind)| match kind {
            UserType::Domain(base) => {
                let plain =
                    name.schema == Catalog::default_schema_of(catalog.dialect) && name.name == ty.name;
                let written = ty
                    .name
                    .strip_prefix(name.schema.as_str())
                    .and_then(|rest| rest.strip_prefix('.'));
                (plain || written == Some(name.name.as_str())).then_some(base)
            }
            UserType::Enum | UserType::Other => None,
        });
        match domain {
            Some(base) if ty.dimensions == 0 && !is_builtin(&ty.name) => ty = base,
            Some(_) | None => return ty,
        }
    }
    ty
}

/// Types of PostgreSQL's own, as the catalog calls them and as `pg_type` does: an unqualified name of them never means a
/// domain of the project's.
fn is_builtin(name: &str) -> bool {
    const NAMES: &str = "
        aclitem bit bool box bpchar bytea char cid cidr circle cstring date float4 float8 gtsvector inet
        int2 int2vector int4 int8 interval json jsonb jsonpath line lseg macaddr macaddr8 money name
        numeric oid oidvector path pg_lsn pg_snapshot point polygon record refcursor regclass
        regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure
        regrole regtype text tid time timestamp timestamptz timetz tsquery tsvector txid_snapshot
        unknown uuid varbit varchar void xid xid8 xml int4range int8range numrange tsrange tstzrange
        daterange int4multirange int8multirange nummultirange tsmultirange tstzmultirange datemultirange
    ";
    name.starts_with("pg_") || NAMES.split_ascii_whitespace().any(|builtin| builtin == name)
}

fn tenant_type(ty: &SqlType, dialect: Dialect) -> Option<TenantType> {
    if ty.dimensions > 0 {
        return None;
    }
    match dialect {
        Dialect::Postgres => match ty.name.as_str() {
            "text" | "varchar" => Some(TenantType::Text),
            "uuid" => Some(TenantType::Uuid),
            "int2" => Some(TenantType::Int2),
            "int4" => Some(TenantType::Int4),
            "int8" => Some(TenantType::Int8),
            _ => None,
        },
        Dialect::Sqlite => match affinity(&ty.name) {
            Affinity::Text => Some(TenantType::Text),
            Affinity::Integer => Some(TenantType::Int8),
            Affinity::Blob | Affinity::Real | Affinity::Numeric => None,
        },
        Dialect::Mysql => mysql::types::tenant_type(ty),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
}

/// SQLite's column affinity, by the rules of <https://www.sqlite.org/datatype3.html> in their order.
fn affinity(declared: &str) -> Affinity {
    let declared = declared.to_ascii_lowercase();
    let holds = |word: &str| declared.contains(word);
    if holds("int") {
        Affinity::Integer
    } else if holds("char") || holds("clob") || holds("text") {
        Affinity::Text
    } else if declared.is_empty() || holds("blob") || declared == "any" {
        Affinity::Blob
    } else if holds("real") || holds("floa") || holds("doub") {
        Affinity::Real
    } else {
        Affinity::Numeric
    }
}

impl Lowerer<'_> {
    /// What is known of a base table's column.
    pub(super) fn column_info(&self, column: &Column) -> ColInfo {
        let ty = base_type(self.catalog, &column.ty);
        let text_collation_exact = column
            .collation
            .as_deref()
            .map_or(self.dialect() != Dialect::Mysql, |name| {
                self.collation_is_exact(name) == Some(true)
            });
        let plain = if self.catalog.loose_equality {
            None
        } else {
            self.type_identity(ty)
        };
        let text = plain == Some(Identity::Text);
        // A column of integers may hold texts on SQLite, which compare by its collation.
        let collated = text || self.dialect() == Dialect::Sqlite;
        let identity = if collated && !text_collation_exact {
            None
        } else {
            plain
        };
        ColInfo {
            identity,
            tenant_type: plain.and_then(|_| tenant_type(ty, self.dialect())),
            collatable: text,
            width: match self.dialect() {
                Dialect::Mysql => mysql::types::width(ty),
                Dialect::Postgres | Dialect::Sqlite => None,
            },
            exact_argument: self.is_exact_beside_arguments(ty),
        }
    }

    /// Whether an argument of any type equals at most one value of the type.
    fn is_exact_beside_arguments(&self, ty: &SqlType) -> bool {
        match self.dialect() {
            Dialect::Postgres => !matches!(ty.name.as_str(), "int8" | "timestamp"),
            Dialect::Sqlite => true,
            // Texts and numbers meet as floats.
            Dialect::Mysql => false,
        }
    }

    /// Whether what casts to text, though no statement says so, may run code of the project's.
    pub(super) fn casts_to_text(&self) -> bool {
        self.dialect() == Dialect::Postgres && self.catalog.cast_targets.contains("text")
    }

    /// Whether a column tells tenants apart.
    pub(super) fn is_exact_owner(&self, column: Option<&Column>) -> bool {
        column.is_some_and(|column| self.column_info(column).identity == Some(self.tenant_identity()))
    }

    /// The declared type of a column, or the one that it stands on.
    pub(super) fn stored_type<'c>(&'c self, column: &'c Column) -> &'c SqlType {
        base_type(self.catalog, &column.ty)
    }

    fn type_identity(&self, ty: &SqlType) -> Option<Identity> {
        if ty.dimensions > 0 {
            return None;
        }
        match self.dialect() {
            Dialect::Postgres => match ty.name.as_str() {
                "text" | "varchar" => Some(Identity::Text),
                "uuid" => Some(Identity::Uuid),
                "int2" | "int4" | "int8" => Some(Identity::Int),
                "date" => Some(Identity::Date),
                "timestamp" => Some(Identity::Timestamp),
                "timestamptz" => Some(Identity::Timestamptz),
                "bool" => Some(Identity::Bool),
                _ => None,
            },
            Dialect::Sqlite => match affinity(&ty.name) {
                Affinity::Text => Some(Identity::Text),
                Affinity::Integer => Some(Identity::Int),
                // Nothing is converted on the way in, nor beside another such column. (`any` is numeric but in strict tables.)
                Affinity::Blob if !ty.name.eq_ignore_ascii_case("any") => Some(Identity::Bytes),
                Affinity::Blob | Affinity::Real | Affinity::Numeric => None,
            },
            Dialect::Mysql => mysql::types::identity(ty),
        }
    }

    /// Whether a collation tells different texts apart; `None` if it is not known.
    pub(super) fn collation_is_exact(&self, name: &str) -> Option<bool> {
        match self.dialect() {
            Dialect::Sqlite => match name.to_ascii_lowercase().as_str() {
                "binary" => Some(true),
                "nocase" | "rtrim" => Some(false),
                _ => None,
            },
            Dialect::Mysql => mysql::types::collation_is_exact(name),
            Dialect::Postgres => {
                if let Some(&deterministic) = self.catalog.collations.get(name) {
                    return Some(deterministic);
                }
                // Every collation that initdb makes is deterministic: the libc locales and the ICU ones.
                let builtin = matches!(
                    name,
                    "C" | "POSIX" | "default" | "ucs_basic" | "unicode" | "C.UTF-8" | "C.utf8"
                ) || name.ends_with("-x-icu")
                    || is_libc_locale(name);
                builtin.then_some(true)
            }
        }
    }

    /// The folded name of a collation as the catalog keeps it.
    pub(super) fn collation_name(&self, name: &ObjectName) -> Option<String> {
        let parts: Vec<String> = name
            .0
            .iter()
            .map(|one| part(one).map(|ident| self.fold(ident)))
            .collect::<Option<_>>()?;
        match parts.as_slice() {
            [name] => Some(name.clone()),
            [schema, name] if schema == "pg_catalog" || schema == "public" => Some(name.clone()),
            [schema, name] => Some(format!("{schema}.{name}")),
            _ => None,
        }
    }

    /// What is known of a value that was cast to `ty`; `None` if the cast is not known to be pure.
    pub(super) fn cast_info(&self, ty: &DataType) -> Option<ColInfo> {
        if self.dialect() == Dialect::Mysql {
            return mysql::types::can_cast(ty).then_some(ColInfo::OPAQUE);
        }
        self.cast_info_of(ty).map(|info| {
            if self.catalog.loose_equality {
                ColInfo::OPAQUE
            } else {
                info
            }
        })
    }

    fn cast_info_of(&self, ty: &DataType) -> Option<ColInfo> {
        if let DataType::Array(element) = ty {
            let inner = match element {
                ArrayElemTypeDef::SquareBracket(inner, _) => inner,
                ArrayElemTypeDef::None
                | ArrayElemTypeDef::AngleBracket(_)
                | ArrayElemTypeDef::Parenthesis(_)
                | ArrayElemTypeDef::Qualified(..) => {
                    return None;
                }
            };
            return self.cast_info(inner).map(|_| ColInfo::OPAQUE);
        }
        let name = self
            .type_name(ty)
            .filter(|name| !self.catalog.cast_targets.contains(name))?;
        let sql = SqlType {
            name,
            modifiers: Vec::new(),
            dimensions: 0,
        };
        let identity = self.type_identity(&sql);
        let cut = is_cut(ty);
        Some(ColInfo {
            identity,
            tenant_type: if cut {
                None
            } else {
                tenant_type(&sql, self.dialect())
            },
            collatable: identity == Some(Identity::Text),
            width: None,
            exact_argument: self.is_exact_beside_arguments(&sql),
        })
    }

    /// The identity of what a cast makes of an argument, where it makes one value of it whatever the argument is.
    pub(super) fn cast_identity(&self, ty: &DataType) -> Option<Identity> {
        if self.dialect() != Dialect::Postgres || is_cut(ty) {
            return None;
        }
        let identity = self.cast_info(ty)?.identity?;
        // `timestamp(0)` rounds.
        (!matches!(identity, Identity::Timestamp | Identity::Timestamptz)).then_some(identity)
    }

    /// The element type of an array type.
    pub(super) fn element_info(&self, ty: &DataType) -> Option<ColInfo> {
        match ty {
            DataType::Array(ArrayElemTypeDef::SquareBracket(inner, _)) => self.cast_info(inner),
            _ => None,
        }
    }

    /// The canonical name of a type that reading or casting to touches no table.
    fn type_name(&self, ty: &DataType) -> Option<String> {
        let name = match ty {
            DataType::Text => "text",
            DataType::Varchar(_) | DataType::CharacterVarying(_) | DataType::CharVarying(_) => "varchar",
            DataType::Char(_) | DataType::Character(_) => "bpchar",
            DataType::Uuid => "uuid",
            DataType::SmallInt(_) | DataType::Int2(_) => "int2",
            DataType::Int(_) | DataType::Integer(_) | DataType::Int4(_) => "int4",
            DataType::BigInt(_) | DataType::Int8(_) => "int8",
            DataType::Bool | DataType::Boolean => "bool",
            DataType::Date => "date",
            DataType::Timestamp(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => "timestamp",
            DataType::Timestamp(_, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz) => "timestamptz",
            DataType::Time(..) => "time",
            DataType::Interval { .. } => "interval",
            DataType::Numeric(_) | DataType::Decimal(_) | DataType::Dec(_) => "numeric",
            DataType::Real | DataType::Float4 => "float4",
            DataType::Float(_) | DataType::Float8 | DataType::DoublePrecision | DataType::Double(_) => {
                "float8"
            }
            DataType::JSON => "json",
            DataType::JSONB => "jsonb",
            DataType::Bytea => "bytea",
            DataType::Blob(_) => "blob",
            DataType::Bit(_) | DataType::BitVarying(_) | DataType::VarBit(_) => "bit",
            DataType::TsVector => "tsvector",
            DataType::TsQuery => "tsquery",
            DataType::GeometricType(_) => "point",
            DataType::Custom(name, _) => return self.custom_type(name),
            // Everything else is another server's, or reads the catalogue as `regclass` does.
            _ => return None,
        };
        Some(name.to_owned())
    }

    fn custom_type(&self, name: &ObjectName) -> Option<String> {
        let parts: Vec<String> = name
            .0
            .iter()
            .map(|one| part(one).map(|ident| self.fold(ident)))
            .collect::<Option<_>>()?;
        let (schema, name) = match parts.as_slice() {
            [name] => (None, name),
            [schema, name] => (Some(schema.as_str()), name),
            _ => return None,
        };
        let user = self
            .catalog
            .types
            .iter()
            .find(|(known, _)| known.name == *name && schema.is_none_or(|schema| schema == known.schema));
        if let Some((_, user)) = user {
            return match user {
                UserType::Enum => Some(format!("enum {name}")),
                UserType::Domain(_) | UserType::Other => None,
            };
        }
        if schema.is_some_and(|schema| schema != "pg_catalog") {
            return None;
        }
        if self.dialect() == Dialect::Sqlite {
            return Some(name.clone());
        }
        const PURE: &[&str] = &[
            "bool",
            "bytea",
            "cidr",
            "citext",
            "date",
            "daterange",
            "float4",
            "float8",
            "inet",
            "int2",
            "int4",
            "int4range",
            "int8",
            "int8range",
            "interval",
            "json",
            "jsonb",
            "jsonpath",
            "macaddr",
            "name",
            "numeric",
            "numrange",
            "text",
            "time",
            "timestamp",
            "timestamptz",
            "timetz",
            "tsquery",
            "tsrange",
            "tstzrange",
            "tsvector",
            "uuid",
            "varbit",
            "varchar",
            "xml",
        ];
        PURE.contains(&name.as_str()).then(|| name.clone())
    }
}

/// Whether a cast to that type may cut a text short, so that it becomes another tenant's id.
fn is_cut(ty: &DataType) -> bool {
    match ty {
        DataType::Varchar(length) | DataType::CharacterVarying(length) | DataType::CharVarying(length) => {
            matches!(
                length,
                Some(CharacterLength::IntegerLength { .. } | CharacterLength::Max)
            )
        }
        _ => false,
    }
}

fn is_libc_locale(name: &str) -> bool {
    let base = name.split(['.', '@']).next().unwrap_or(name);
    let mut parts = base.split('_');
    let (Some(language), Some(country), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
}
