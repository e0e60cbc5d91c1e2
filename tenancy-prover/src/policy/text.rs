//! The canonical expressions as text: as printed, and as the server prints them back.

use super::quote::quoted;
use super::{SETTING, UNSET, written};
use crate::TenantType;
use crate::catalog::{QName, SqlType};

/// How the server shows a column that it compares: `varchar` is compared as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// As it is.
    Plain,
    /// `(c)::text`.
    AsText,
}

/// The cast of the setting for a tenant column of that type, and how the server shows the column.
pub(super) fn tenant_column(ty: &SqlType) -> Option<(TenantType, Shown)> {
    if ty.dimensions > 0 {
        return None;
    }
    match ty.name.as_str() {
        "text" => Some((TenantType::Text, Shown::Plain)),
        "varchar" => Some((TenantType::Text, Shown::AsText)),
        "uuid" => Some((TenantType::Uuid, Shown::Plain)),
        "int2" => Some((TenantType::Int2, Shown::Plain)),
        "int4" => Some((TenantType::Int4, Shown::Plain)),
        "int8" => Some((TenantType::Int8, Shown::Plain)),
        _ => None,
    }
}

/// How the server shows a key column in a comparison, where that is known.
pub(super) fn compared(ty: &SqlType) -> Option<Shown> {
    tenant_column(ty).map(|(_, shown)| shown)
}

/// The name of a type behind `::` as it is printed, and as the server prints it; nothing for text, which needs no cast.
const fn cast_names(cast: TenantType) -> Option<(&'static str, &'static str)> {
    match cast {
        TenantType::Text => None,
        TenantType::Uuid => Some(("uuid", "uuid")),
        TenantType::Int2 => Some(("int2", "smallint")),
        TenantType::Int4 => Some(("int4", "integer")),
        TenantType::Int8 => Some(("int8", "bigint")),
    }
}

/// `column = (select <the setting>)`.
pub(super) fn tenant(column: &str, cast: TenantType) -> String {
    let cast = cast_names(cast).map_or_else(String::new, |(name, _)| format!("::{name}"));
    format!(
        "{} = (select coalesce(nullif(current_setting('{SETTING}', true), ''), concat('{UNSET}')::int::text){cast})",
        quoted(column)
    )
}

/// The same as `pg_get_expr` prints it.
pub(super) fn tenant_deparsed(column: &str, cast: TenantType, shown: Shown) -> String {
    let setting = format!(
        "COALESCE(NULLIF(current_setting('{SETTING}'::text, true), ''::text), ((concat('{UNSET}'))::integer)::text)"
    );
    let setting = match cast_names(cast) {
        Some((_, name)) => format!("({setting})::{name}"),
        None => setting,
    };
    format!(
        "({} = ( SELECT {setting} AS \"coalesce\"))",
        as_shown(quoted(column), shown)
    )
}

fn as_shown(column: String, shown: Shown) -> String {
    match shown {
        Shown::Plain => column,
        Shown::AsText => format!("({column})::text"),
    }
}

/// The names in the policy of a table that is owned via a parent.
pub(super) struct Names<'a> {
    pub(super) parent: &'a QName,
    pub(super) key: &'a str,
    pub(super) child: &'a str,
    pub(super) column: &'a str,
}

/// `exists (select 1 from parent where parent.key = child.column)`.
pub(super) fn parent(names: &Names<'_>) -> String {
    let (key, column) = names.columns();
    format!(
        "exists (select 1 from {} where {key} = {column})",
        written(names.parent)
    )
}

/// The same as `pg_get_expr` prints it with an empty `search_path`.
pub(super) fn parent_deparsed(names: &Names<'_>, above: Shown, below: Shown) -> String {
    let (key, column) = names.columns();
    format!(
        "(EXISTS ( SELECT 1\n   FROM {}.{}\n  WHERE ({} = {})))",
        quoted(&names.parent.schema),
        quoted(&names.parent.name),
        as_shown(key, above),
        as_shown(column, below)
    )
}

impl Names<'_> {
    fn columns(&self) -> (String, String) {
        (
            format!("{}.{}", quoted(&self.parent.name), quoted(self.key)),
            format!("{}.{}", quoted(self.child), quoted(self.column)),
        )
    }
}
