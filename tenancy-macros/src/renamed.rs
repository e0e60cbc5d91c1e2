//! Under which name a crate knows `tenancy`: an attribute has no `$crate`.
//!
//! Only one question is asked of `Cargo.toml`, so it is answered by looking at its lines; a TOML reader would cost
//! every user seconds of a clean build. Where the answer is in doubt, `#[tenant_scoped(crate = path)]` says it.

use std::fs;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use crate::project;

/// The name that crates give this library unless they rename it.
const PACKAGE: &str = "tenancy";

/// The absolute path of the library.
pub(crate) fn path() -> TokenStream {
    let manifest =
        project::manifest_directory().and_then(|folder| fs::read_to_string(folder.join("Cargo.toml")).ok());
    let name = manifest
        .as_deref()
        .and_then(rename)
        .unwrap_or_else(|| PACKAGE.to_owned());
    let name = Ident::new(&name, Span::mixed_site());
    quote_spanned! {Span::mixed_site()=> ::#name }
}

/// The key of the dependency whose `package` is this library, as an identifier.
fn rename(manifest: &str) -> Option<String> {
    let mut table = "";
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            table = header.split(']').next().unwrap_or_default().trim();
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let key = key.trim();
        let found = if table.ends_with("dependencies") {
            match key.strip_suffix(".package") {
                Some(name) => is_package(value).then_some(name),
                None => inline_package(value).then_some(key),
            }
        } else {
            let name = table.rsplit_once("dependencies.").map(|(_, name)| name);
            name.filter(|_| key == "package" && is_package(value))
        };
        if let Some(name) = found {
            return identifier(name);
        }
    }
    None
}

/// `{ version = "1", package = "tenancy" }`.
fn inline_package(value: &str) -> bool {
    let Some(inside) = value.trim().strip_prefix('{') else {
        return false;
    };
    inside
        .split([',', '}'])
        .filter_map(|pair| pair.split_once('='))
        .any(|(key, value)| key.trim() == "package" && is_package(value))
}

fn is_package(value: &str) -> bool {
    let text = value.split('#').next().unwrap_or_default().trim();
    text.trim_matches(['"', '\'']) == PACKAGE
}

fn identifier(name: &str) -> Option<String> {
    let name = name.trim().trim_matches(['"', '\'']).replace('-', "_");
    syn::parse_str::<Ident>(&name).is_ok().then_some(name)
}

#[cfg(test)]
mod tests {
    use super::rename;

    #[test]
    fn every_spelling_of_a_rename_is_found() {
        for manifest in [
            "[dependencies]\nmy-tenancy = { version = \"1\", package = \"tenancy\" }",
            "[dependencies]\nmy-tenancy={package='tenancy',path=\"..\"}",
            "[dependencies.my-tenancy]\nversion = \"1\"\npackage = \"tenancy\" # ours",
            "[target.'cfg(unix)'.dependencies]\nmy-tenancy.package = \"tenancy\"",
            "[dev-dependencies]\n\"my-tenancy\" = { package = \"tenancy\", features = [\"a\"] }",
            "[workspace.dependencies]\nmy-tenancy = { package = \"tenancy\" }",
        ] {
            assert_eq!(rename(manifest).as_deref(), Some("my_tenancy"), "{manifest}");
        }
    }

    #[test]
    fn other_manifests_rename_nothing() {
        for manifest in [
            "",
            "[package]\nname = \"tenancy\"\n[dependencies]\ntenancy = \"1\"",
            "[dependencies]\nother = { package = \"tenancy-macros\" }",
            "[package.metadata]\nx = { package = \"tenancy\" }",
        ] {
            assert_eq!(rename(manifest), None, "{manifest}");
        }
    }
}
