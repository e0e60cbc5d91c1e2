//! Statements put together from fragments: optional filters, orders, pages, lists.

mod filter;
mod list;
mod order;
mod separated;

use std::fmt;

use sqlx::error::BoxDynError;
use sqlx::{Arguments, Encode, Type};

pub use self::list::Lists;
pub use self::order::{Direction, NotAllowed, UnknownDirection};
pub use self::separated::Separated;
use super::{As, Prover, Query, QueryAs, QueryScalar, Refused, Rows, Scalar};
use crate::context::Captured;
use crate::driver::Driver;

/// Writes one value to the arguments.
type Encoder<'a, DB> =
    Box<dyn FnOnce(&mut <DB as sqlx::Database>::Arguments) -> Result<(), BoxDynError> + Send + 'a>;

/// Puts a statement together, as `sqlx::QueryBuilder` does, and has it proved.
///
/// Fragments are `&'static str`: they are part of the program. What comes from a user becomes a bind
/// ([`push_bind`](Self::push_bind)), or chooses among fragments that the program wrote ([`order_by`](Self::order_by)). A
/// `String` is no fragment.
///
/// Each combination of fragments is a text of its own, proved when it comes first. What the fragments make together is
/// what is proved: one that opens a string or a comment changes the whole, and either it is proved like that, or refused.
///
/// ```
/// # use sqlx::Sqlite;
/// # use tenancy::TenantDb;
/// # use tenancy::dynamic::{Direction, NotAllowed, Prover, QueryBuilder};
/// # static SHOP: Prover<Sqlite> = tenancy::embed_project!();
/// # #[derive(sqlx::FromRow)]
/// # struct Order { id: i64, item: String }
/// /// What a user asks for; everything in it comes from outside.
/// struct Search { shipped: Option<bool>, item: Option<String>, sort: String, page: i64 }
///
/// async fn search(db: &TenantDb<Sqlite>, search: Search) -> Result<Vec<Order>, Box<dyn std::error::Error>> {
///     let mut query = QueryBuilder::new(&SHOP, "select o.id, o.item from orders o where o.tenant_id = $tenant");
///     query
///         .filter_if(search.shipped, "o.shipped = ")
///         .filter_if(search.item.map(|item| format!("%{item}%")), "o.item like ")
///         .order_by(&[("number", "o.id"), ("item", "o.item")], &search.sort, Direction::Ascending)?
///         .page(20, search.page * 20);
///     Ok(query.build_query_as().fetch_all(db).await?)
/// }
///
/// let mut query = QueryBuilder::new(&SHOP, "select o.id from orders o where o.tenant_id = $tenant");
/// query.filter_if(Some(7), "o.id = ").filter_if(None::<String>, "o.item = ");
/// assert_eq!(query.sql(), "select o.id from orders o where o.tenant_id = $tenant and (o.id = ?)");
/// let refused = query.order_by(&[("number", "o.id")], "id; drop table orders", Direction::Ascending);
/// assert!(refused.is_err());
/// ```
#[must_use = "a builder does nothing until its query is built and run"]
pub struct QueryBuilder<'a, DB: Driver> {
    prover: &'a Prover<DB>,
    captured: Captured,
    text: String,
    binds: Vec<Encoder<'a, DB>>,
    /// The text ends in a placeholder.
    after_bind: bool,
    /// There is an `order by`.
    ordered: bool,
    failure: Option<Refused>,
}

impl<'a, DB: Driver> QueryBuilder<'a, DB> {
    /// Begins a statement of the current tenant.
    pub fn new(prover: &'a Prover<DB>, init: &'static str) -> Self {
        let mut builder = Self {
            prover,
            captured: Captured::tenant(),
            text: String::new(),
            binds: Vec::new(),
            after_bind: false,
            ordered: false,
            failure: None,
        };
        builder.push(init);
        builder
    }

    /// Adds a fragment.
    ///
    /// It may hold `$tenant` but no other placeholder: a statement with one is refused.
    pub fn push(&mut self, fragment: &'static str) -> &mut Self {
        if self.after_bind && fragment.starts_with(is_word) {
            // `$1` and `0` are not `$10`.
            self.text.push(' ');
        }
        if DB::has_placeholder(fragment) {
            self.failure.get_or_insert(Refused::Placeholder { fragment });
        }
        self.text.push_str(fragment);
        self.after_bind &= fragment.is_empty();
        self
    }

    /// Adds a placeholder, and the value for it.
    pub fn push_bind<T>(&mut self, value: T) -> &mut Self
    where
        T: Encode<'a, DB> + Type<DB> + Send + 'a,
    {
        if self.text.ends_with(is_word) || self.after_bind {
            // `x$1` is a name.
            self.text.push(' ');
        }
        self.binds.push(Box::new(move |arguments| arguments.add(value)));
        DB::push_placeholder(&mut self.text, self.binds.len());
        self.after_bind = true;
        self
    }

    /// A list whose parts `separator` keeps apart.
    pub fn separated(&mut self, separator: &'static str) -> Separated<'_, 'a, DB> {
        Separated::new(self, separator)
    }

    /// Adds `values (..), (..)`, one tuple for each item, written by `push_tuple`.
    ///
    /// The tenant is `push("$tenant")` in each tuple. Rows by the thousand are better passed as arrays (PostgreSQL's `unnest`) or
    /// JSON: their text is the same for every number of rows.
    pub fn push_values<I, F>(&mut self, tuples: I, push_tuple: F) -> &mut Self
    where
        I: IntoIterator,
        F: FnMut(&mut Separated<'_, 'a, DB>, I::Item),
    {
        self.push("values ");
        self.tuples(tuples, push_tuple)
    }

    /// Adds `((..), (..))`, for `where (a, b) in` and the like.
    pub fn push_tuples<I, F>(&mut self, tuples: I, push_tuple: F) -> &mut Self
    where
        I: IntoIterator,
        F: FnMut(&mut Separated<'_, 'a, DB>, I::Item),
    {
        self.push(" (");
        self.tuples(tuples, push_tuple);
        self.push(") ")
    }

    fn tuples<I, F>(&mut self, tuples: I, mut push_tuple: F) -> &mut Self
    where
        I: IntoIterator,
        F: FnMut(&mut Separated<'_, 'a, DB>, I::Item),
    {
        for (number, tuple) in tuples.into_iter().enumerate() {
            self.push(if number == 0 { "(" } else { ", (" });
            push_tuple(&mut self.separated(", "), tuple);
            self.push(")");
        }
        self
    }

    /// The text so far, with the database's placeholders; `$tenant` is not replaced yet.
    pub fn sql(&self) -> &str {
        &self.text
    }

    /// Has the statement proved; what is wrong with it comes out when it runs.
    ///
    /// The query belongs to the tenant in whose scope the builder was made.
    pub fn build(self) -> Query<DB> {
        self.finish::<Rows>()
    }

    /// Like [`build`](Self::build), each row read as `T`.
    pub fn build_query_as<T>(self) -> QueryAs<DB, T> {
        self.finish::<As<T>>()
    }

    /// Like [`build`](Self::build), of each row the first column.
    pub fn build_query_scalar<T>(self) -> QueryScalar<DB, T> {
        self.finish::<Scalar<T>>()
    }

    fn finish<Y>(self) -> Query<DB, Y> {
        let Self {
            prover,
            captured,
            text,
            binds,
            after_bind: _,
            ordered: _,
            failure,
        } = self;
        let mut query = prover.start(&text, captured, failure);
        for bind in binds {
            query.bind_with(bind);
        }
        query
    }
}

/// What could be read together with a digit or a letter beside it.
fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

impl<DB: Driver> fmt::Debug for QueryBuilder<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryBuilder")
            .field("sql", &self.text)
            .field("binds", &self.binds.len())
            .field("owner", &self.captured)
            .finish_non_exhaustive()
    }
}
