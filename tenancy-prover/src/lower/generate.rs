//! Functions in `from`: rows computed from their arguments.

use sqlparser::ast::{
    self, Expr as Ast, FunctionArg, FunctionArgExpr, ObjectName, TableAlias, TableAliasColumnDef,
};

use super::Lowerer;
use super::from::{Piece, refused_relation};
use super::names::name_span;
use super::scope::{Locks, Name, Named, Scope, Visible};
use crate::functions::FunctionKind;
use crate::plan::{ColInfo, Rel};
use crate::{Dialect, Span};

impl<'a> Lowerer<'a> {
    /// `unnest(a, b)`: a column an array; of a literal list of `$tenant` it holds the tenant.
    pub(super) fn unnest(
        &mut self,
        arrays: &[Ast],
        ordinality: bool,
        alias: Option<&TableAlias>,
        scope: &mut Scope<'_>,
    ) -> Piece {
        self.refuse_own("unnest", Span::default());
        self.piece(scope, true, |this, scope| {
            let operands = this.exprs(arrays, scope);
            let mut columns = Vec::new();
            for array in arrays {
                let id = this.arena.column(this.array_info(array));
                columns.push(Named {
                    name: Some(Name::from("unnest")),
                    id,
                    hidden: false,
                });
            }
            this.add_function_columns(columns, ordinality, alias, scope);
            let certain = arrays.iter().all(|array| this.is_array_of_scalars(array));
            this.mark_uncertain(!certain, scope);
            Rel::Generate(operands)
        })
    }

    /// The last relation may have other columns than are known: an array of rows unnests to their columns.
    pub(super) fn mark_uncertain(&mut self, uncertain: bool, scope: &mut Scope<'_>) {
        if let Some(last) = scope.relations.last_mut() {
            last.uncertain = uncertain;
        }
    }

    pub(super) fn is_array_of_scalars(&self, array: &Ast) -> bool {
        match array {
            Ast::Nested(inner) => self.is_array_of_scalars(inner),
            Ast::Cast { data_type, .. } => self.element_info(data_type).is_some(),
            Ast::Array(ast::Array { elem, named: _ }) => elem
                .iter()
                .all(|one| matches!(one, Ast::Value(_) | Ast::Cast { .. })),
            _ => false,
        }
    }

    pub(super) fn array_info(&self, array: &Ast) -> ColInfo {
        match array {
            Ast::Nested(inner) => self.array_info(inner),
            Ast::Cast { data_type, .. } => self.element_info(data_type).unwrap_or(ColInfo::OPAQUE),
            Ast::Array(ast::Array { elem, named: _ }) => {
                let tenant = |one: &Ast| {
                    matches!(one, Ast::Value(value)
                        if matches!(&value.value, ast::Value::Placeholder(text) if text == "$tenant"))
                };
                if !elem.is_empty() && elem.iter().all(tenant) {
                    self.tenant_info()
                } else {
                    ColInfo::OPAQUE
                }
            }
            _ => ColInfo::OPAQUE,
        }
    }

    /// A function in `from`: its columns are named by its definition list, or as the server names them.
    pub(super) fn table_function(
        &mut self,
        name: &ObjectName,
        args: &[FunctionArg],
        ordinality: bool,
        alias: Option<&TableAlias>,
        scope: &mut Scope<'_>,
        aliases: &[String],
    ) -> Piece {
        let span = name_span(name);
        let plain = self
            .parts(name)
            .and_then(|parts| parts.last().cloned())
            .unwrap_or_default();
        let builtin = self.parts(name).is_some_and(|parts| {
            matches!(parts.as_slice(), [_]) || parts.first().is_some_and(|one| one == "pg_catalog")
        });
        if plain == "unnest" && builtin {
            let arrays: Vec<Ast> = args
                .iter()
                .filter_map(|arg| match arg {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr.clone()),
                    _ => None,
                })
                .collect();
            if arrays.len() == args.len() {
                return self.unnest(&arrays, ordinality, alias, scope);
            }
        }
        self.piece(scope, true, |this, scope| {
            let called = this.called(name, args.len(), span);
            let list = ast::FunctionArguments::List(ast::FunctionArgumentList {
                duplicate_treatment: None,
                args: args.to_vec(),
                clauses: Vec::new(),
            });
            let operands = match this.dialect() {
                Dialect::Sqlite => {
                    let seen = this.seen_by_arguments(&plain, alias, aliases, scope);
                    this.arguments(&list, &seen)
                }
                Dialect::Postgres | Dialect::Mysql => this.arguments(&list, scope),
            };
            let Some(called) = called else {
                scope.add(refused_relation(alias.map(|alias| this.fold(&alias.name))));
                return Rel::Unit;
            };
            if matches!(called.kind, FunctionKind::Aggregate | FunctionKind::Window) {
                this.unsupported(span, "an aggregate in `from`");
            }
            // A function of the project's own may return any columns.
            let own = this.catalog.functions.contains_key(&plain);
            let columns = if own {
                None
            } else {
                this.function_columns(&plain, alias)
            };
            let sqlite =
                this.dialect() == Dialect::Sqlite && matches!(plain.as_str(), "json_each" | "json_tree");
            let postgres = this.dialect() == Dialect::Postgres;
            let certain = sqlite
                || postgres
                    && matches!(
                        plain.as_str(),
                        "generate_series"
                            | "json_each"
                            | "generate_subscripts"
                            | "jsonb_each"
                            | "json_each_text"
                            | "jsonb_each_text"
                            | "json_array_elements"
                            | "jsonb_array_elements"
                            | "json_array_elements_text"
                            | "jsonb_array_elements_text"
                            | "json_object_keys"
                            | "jsonb_object_keys"
                            | "json_to_record"
                            | "json_to_recordset"
                            | "jsonb_to_record"
                            | "jsonb_to_recordset"
                            | "plainto_tsquery"
                            | "phraseto_tsquery"
                            | "websearch_to_tsquery"
                            | "to_tsquery"
                            | "regexp_split_to_table"
                            | "string_to_table"
                    );
            match columns {
                Some(columns) => {
                    this.add_function_columns(columns, ordinality, alias, scope);
                    this.mark_uncertain(!certain, scope);
                }
                None => {
                    this.unsupported(
                        span,
                        &format!("`{plain}` in `from` without a column definition list"),
                    );
                    scope.add(refused_relation(alias.map(|alias| this.fold(&alias.name))));
                }
            }
            Rel::Generate(operands)
        })
    }

    /// SQLite resolves the arguments of a function in `from` with the whole `from`, the function's own columns among them, and
    /// then with the names of the select list. What stands to the left is what they can mean; where a name may mean
    /// something else than an outer column, it is refused.
    fn seen_by_arguments<'s>(
        &mut self,
        function: &str,
        alias: Option<&TableAlias>,
        aliases: &'s [String],
        scope: &Scope<'s>,
    ) -> Scope<'s> {
        let mut seen = Scope::new(scope.parent);
        seen.relations.clone_from(&scope.relations);
        seen.columns.clone_from(&scope.columns);
        let shown = alias.map_or_else(|| function.to_owned(), |alias| self.fold(&alias.name));
        let own = self.function_columns(function, alias).unwrap_or_default();
        seen.add(Visible {
            columns: own,
            refused: false,
            ..refused_relation(Some(shown))
        });
        seen.pending = aliases;
        let named = self.blocks.last().is_some_and(|block| !block.names.is_empty());
        // The last one of a `from` sees all of it.
        seen.partial = named || aliases.len() > seen.relations.len();
        seen
    }

    /// The columns of a function in `from`; `None` if they are not known.
    pub(super) fn function_columns(&mut self, name: &str, alias: Option<&TableAlias>) -> Option<Vec<Named>> {
        let names: &[&str] = match (self.dialect(), name) {
            (
                Dialect::Postgres,
                "json_to_record" | "json_to_recordset" | "jsonb_to_record" | "jsonb_to_recordset",
            ) => {
                let alias = alias?;
                let mut columns = Vec::new();
                for TableAliasColumnDef { name, data_type } in &alias.columns {
                    let info = self.cast_info(data_type.as_ref()?)?;
                    // What a caller's document says is nobody's tenant until it is compared.
                    let id = self.arena.column(info);
                    columns.push(Named {
                        name: Some(Name::from(self.fold(name))),
                        id,
                        hidden: false,
                    });
                }
                return Some(columns);
            }
            (Dialect::Postgres, "json_each" | "jsonb_each" | "json_each_text" | "jsonb_each_text") => {
                &["key", "value"]
            }
            (
                Dialect::Postgres,
                "json_array_elements"
                | "jsonb_array_elements"
                | "json_array_elements_text"
                | "jsonb_array_elements_text",
            ) => &["value"],
            (
                Dialect::Postgres,
                "json_populate_record"
                | "json_populate_recordset"
                | "jsonb_populate_record"
                | "jsonb_populate_recordset"
                | "ts_parse"
                | "ts_debug"
                | "ts_token_type",
            ) => return None,
            // A function of one column gives it its alias, or its own name.
            (Dialect::Postgres, own) => {
                let shown = alias.map_or_else(|| own.to_owned(), |alias| self.fold(&alias.name));
                let id = self.arena.column(ColInfo::OPAQUE);
                return Some(vec![Named {
                    name: Some(Name::from(shown)),
                    id,
                    hidden: false,
                }]);
            }
            // The last two are the arguments, which `*` does not show.
            (Dialect::Sqlite, "json_each" | "json_tree") => &[
                "key", "value", "type", "atom", "id", "parent", "fullkey", "path", "json", "root",
            ],
            (Dialect::Sqlite | Dialect::Mysql, _) => return None,
        };
        Some(
            names
                .iter()
                .map(|name| Named {
                    name: Some(Name::from(*name)),
                    id: self.arena.column(ColInfo::OPAQUE),
                    hidden: self.dialect() == Dialect::Sqlite && matches!(*name, "json" | "root"),
                })
                .collect(),
        )
    }

    pub(super) fn add_function_columns(
        &mut self,
        mut columns: Vec<Named>,
        ordinality: bool,
        alias: Option<&TableAlias>,
        scope: &mut Scope<'_>,
    ) {
        if let ([only], Some(alias)) = (columns.as_mut_slice(), alias)
            && alias.columns.is_empty()
            && self.dialect() == Dialect::Postgres
            && only.name.as_deref() == Some("unnest")
        {
            only.name = Some(Name::from(self.fold(&alias.name)));
        }
        if ordinality {
            let id = self.arena.column(ColInfo::OPAQUE);
            columns.push(Named {
                name: Some(Name::from("ordinality")),
                id,
                hidden: false,
            });
        }
        self.add_derived(columns, alias, Locks::Nothing, scope);
    }
}
