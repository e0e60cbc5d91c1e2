//! The generated crates. Each is a workspace of its own, as a user's would be.

use std::fs;
use std::path::{Path, PathBuf};

use super::queries::{self, TenantIs};
use crate::error::{Attempt, Error};
use crate::process;

/// Which way of writing queries a crate shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `tenancy::tenant_query_as!`.
    Ours,
    /// `sqlx::query_as::<_, T>()`, which checks nothing.
    Plain,
    /// `sqlx::query_as!` with prepared data.
    Checked,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Ours, Self::Plain, Self::Checked];

    /// Its folder, and its name in reports.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Plain => "plain",
            Self::Checked => "checked",
        }
    }

    /// What it measures.
    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::Ours => "tenancy::tenant_query_as!",
            Self::Plain => "sqlx::query_as::<_, T>()",
            Self::Checked => "sqlx::query_as!, offline",
        }
    }

    /// The kinds in a list such as `plain,checked`, or all.
    pub(super) fn chosen(list: Option<&str>) -> Result<Vec<Self>, Error> {
        let Some(list) = list else {
            return Ok(Self::ALL.to_vec());
        };
        let find = |name: &str| {
            let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
            found.ok_or_else(|| Error::Usage(format!("`--only` takes ours, plain and checked, not `{name}`")))
        };
        list.split(',').map(find).collect()
    }

    fn dependencies(self) -> String {
        let root = process::workspace().display();
        let sqlx = r#"sqlx = { version = "0.9.0", default-features = false, features = ["macros", "runtime-tokio", "sqlite"] }"#;
        match self {
            Self::Ours => {
                format!("{sqlx}\ntenancy = {{ path = \"{root}/tenancy\", features = [\"sqlite\"] }}")
            }
            Self::Plain | Self::Checked => sqlx.to_owned(),
        }
    }

    fn header(self) -> &'static str {
        match self {
            Self::Ours => "use sqlx::Sqlite;\nuse tenancy::TenantDb;\n",
            Self::Plain | Self::Checked => "use sqlx::SqlitePool;\n",
        }
    }

    fn function(self, index: usize) -> String {
        match self {
            Self::Ours => format!(
                "pub async fn q{index}(db: &TenantDb<Sqlite>, least: i64) -> tenancy::Result<Vec<Row>> {{\n    \
                     tenancy::tenant_query_as!(Row, {:?}, least).fetch_all(db).await\n}}\n",
                queries::text(index, TenantIs::Named)
            ),
            Self::Plain => format!(
                "pub async fn q{index}(db: &SqlitePool, tenant: &str, least: i64) -> sqlx::Result<Vec<Row>> {{\n    \
                     sqlx::query_as::<_, Row>({:?}).bind(tenant).bind(least).fetch_all(db).await\n}}\n",
                queries::text(index, TenantIs::Bound)
            ),
            Self::Checked => format!(
                "pub async fn q{index}(db: &SqlitePool, tenant: &str, least: i64) -> sqlx::Result<Vec<Row>> {{\n    \
                     sqlx::query_as!(Row, {:?}, tenant, least).fetch_all(db).await\n}}\n",
                queries::text(index, TenantIs::Bound)
            ),
        }
    }
}

/// A crate on disk.
#[derive(Debug)]
pub(super) struct Generated {
    kind: Kind,
    folder: PathBuf,
    source: String,
}

impl Generated {
    /// Writes the crate.
    pub(super) fn write(kind: Kind, count: usize) -> Result<Self, Error> {
        let folder = base().join(kind.name());
        let generated = Self {
            kind,
            folder,
            source: source(kind, count),
        };
        generated.put("Cargo.toml", &manifest(kind))?;
        generated.put_source("")?;
        let lock = process::workspace().join("Cargo.lock");
        let lock = fs::read_to_string(&lock).attempting(format!("cannot read {}", lock.display()))?;
        generated.put("Cargo.lock", &lock)?;
        if kind == Kind::Ours {
            generated.put("tenancy.toml", TENANCY_TOML)?;
            generated.put("migrations/0001_shop.sql", &schema()?)?;
        }
        Ok(generated)
    }

    /// Its kind.
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Where it lies.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes its source again, below `above`.
    pub(super) fn put_source(&self, above: &str) -> Result<(), Error> {
        self.put("src/lib.rs", &format!("{above}{}", self.source))
    }

    fn put(&self, name: &str, text: &str) -> Result<(), Error> {
        let file = self.folder.join(name);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).attempting(format!("cannot create {}", folder.display()))?;
        }
        fs::write(&file, text).attempting(format!("cannot write {}", file.display()))
    }
}

const TENANCY_TOML: &str = "\
dialect = \"sqlite\"
migrations = \"migrations\"
isolation = \"rows\"

[tenant]
column = \"tenant_id\"
table = \"tenants\"
";

/// Where the crates, their target folder and the prepared data lie.
pub(super) fn base() -> PathBuf {
    process::target_directory().join("bench-build")
}

/// The benchmarks' schema.
fn schema() -> Result<String, Error> {
    let file = process::workspace().join("bench/schema/0001_shop.sql");
    fs::read_to_string(&file).attempting(format!("cannot read {}", file.display()))
}

fn manifest(kind: Kind) -> String {
    format!(
        "[package]\nname = \"bench-{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [workspace]\n\n[dependencies]\n{}\n",
        kind.name(),
        kind.dependencies()
    )
}

fn source(kind: Kind, count: usize) -> String {
    let row = match kind {
        Kind::Ours | Kind::Plain => "#[derive(Debug, sqlx::FromRow)]\n",
        Kind::Checked => "#[derive(Debug)]\n",
    };
    let mut text = format!(
        "{}\n{row}pub struct Row {{\n    pub id: i64,\n    pub customer: String,\n    pub product: String,\n    \
         pub amount: i64,\n}}\n",
        kind.header()
    );
    for index in 0..count {
        text.push('\n');
        text.push_str(&kind.function(index));
    }
    text
}
