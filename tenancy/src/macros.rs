//! The macros, each a thin front for its procedural twin that passes on the path of this crate.

macro_rules! fronts {
    ($dollar:tt $($(#[$doc:meta])* $name:ident => $twin:ident;)*) => {$(
        $(#[$doc])*
        #[macro_export]
        macro_rules! $name {
            ($dollar($dollar t:tt)*) => { $dollar crate::__private::$twin!($dollar crate, $dollar($dollar t)*) };
        }
    )*};
}

#[cfg(feature = "dynamic")]
fronts! { $
    /// Compiles the project into the program and makes a [`dynamic::Prover`](crate::dynamic::Prover) of it, for a `static`.
    ///
    /// The project is the one that the query macros use, or that in the folder whose path, relative to the crate's root, is
    /// given: `embed_project!("billing")`. Cargo builds the program again when one of its files changes; for files that are added,
    /// put `println!("cargo:rerun-if-changed=migrations")` into a `build.rs`, as for the query macros.
    embed_project => embed_project_impl;
}

fronts! { $
    /// Proves a statement and gives its rows; see the README for what is accepted.
    tenant_query => tenant_query_impl;
    /// Like [`tenant_query!`], each row read as the type that is named first.
    tenant_query_as => tenant_query_as_impl;
    /// Like [`tenant_query!`], of each row the first column.
    tenant_query_scalar => tenant_query_scalar_impl;
    /// [`tenant_query!`] of a statement in a file.
    tenant_query_file => tenant_query_file_impl;
    /// [`tenant_query_as!`] of a statement in a file.
    tenant_query_file_as => tenant_query_file_as_impl;
    /// [`tenant_query_scalar!`] of a statement in a file.
    tenant_query_file_scalar => tenant_query_file_scalar_impl;
    /// A statement across tenants, which runs only inside [`central`](crate::central). Nothing is proved.
    central_query => central_query_impl;
    /// Like [`central_query!`], each row read as the type that is named first.
    central_query_as => central_query_as_impl;
    /// Like [`central_query!`], of each row the first column.
    central_query_scalar => central_query_scalar_impl;
    /// [`central_query!`] of a statement in a file.
    central_query_file => central_query_file_impl;
    /// [`central_query_as!`] of a statement in a file.
    central_query_file_as => central_query_file_as_impl;
    /// [`central_query_scalar!`] of a statement in a file.
    central_query_file_scalar => central_query_file_scalar_impl;
}
