//! Questions that the lowering asks of the catalog.

use std::fmt;

use super::{Catalog, ForeignKey, QName, Relation, Table};

impl Catalog {
    /// The relation of that (already folded) name; without a schema, the one in the default schema.
    pub fn relation(&self, schema: Option<&str>, name: &str) -> Option<(&QName, &Relation)> {
        let schema = schema.unwrap_or(self.home);
        self.relations.get_key_value(&QName {
            schema: schema.to_owned(),
            name: name.to_owned(),
        })
    }

    /// Up to three names of relations that `name` may be a misspelling of, the nearest first; those of another schema
    /// are qualified.
    pub fn near_names(&self, name: &str) -> Vec<String> {
        let default = self.home;
        // One slip in a short name, at most three in a long one: what is further away is another name.
        let limit = (name.chars().count() / 3).clamp(1, 3);
        let mut near: Vec<(usize, String)> = self
            .relations
            .iter()
            .filter(|(_, relation)| !matches!(relation, Relation::Opaque { .. }))
            .map(|(candidate, _)| {
                let distance = distance(&name.to_lowercase(), &candidate.name.to_lowercase());
                let moved = usize::from(candidate.schema != default);
                let shown = if candidate.schema == default {
                    candidate.name.clone()
                } else {
                    format!("{}.{}", candidate.schema, candidate.name)
                };
                (distance + moved, shown)
            })
            .filter(|(distance, _)| *distance <= limit)
            .collect();
        near.sort();
        // Beside an exact match in another schema, what only looks alike is noise.
        let best = near.first().map_or(0, |(distance, _)| *distance);
        near.retain(|(distance, _)| *distance <= best + 1);
        near.into_iter().take(3).map(|(_, name)| name).collect()
    }

    /// The foreign keys that reference `parent`, each with the table that it belongs to.
    pub fn children_of<'a>(&'a self, parent: &'a QName) -> impl Iterator<Item = (&'a Table, &'a ForeignKey)> {
        let tables = self.relations.values().filter_map(|relation| match relation {
            Relation::Table(table) => Some(table),
            Relation::View(_) | Relation::Opaque { .. } => None,
        });
        tables.flat_map(move |table| {
            let keys = table.foreign_keys.iter().filter(move |key| key.parent == *parent);
            keys.map(move |key| (table, key))
        })
    }
}

impl Table {
    /// The position of the column of that (already folded) name.
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

impl fmt::Display for QName {
    /// `schema.name`, or the name alone in a default schema.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.schema.as_str() {
            "public" | "main" | "" => formatter.write_str(&self.name),
            schema => write!(formatter, "{schema}.{}", self.name),
        }
    }
}

/// The edit distance of two names.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line + 1;
        let mut next = vec![before];
        for (to, above) in right.iter().zip(row.iter().skip(1)) {
            let cost = (diagonal + usize::from(from != *to))
                .min(above + 1)
                .min(before + 1);
            diagonal = *above;
            before = cost;
            next.push(cost);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn the_distance_counts_edits() {
        assert_eq!(distance("orders", "orders"), 0);
        assert_eq!(distance("oders", "orders"), 1);
        assert_eq!(distance("order", "orders"), 1);
        assert_eq!(distance("plans", "orders"), 5);
        assert_eq!(distance("", "abc"), 3);
    }
}
