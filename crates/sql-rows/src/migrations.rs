//! Versions of a schema. Each migration brings it to the next one.

/// A step from one version of a schema to the next.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The name, under which it is recorded.
    pub name: &'static str,
    /// What it does.
    pub sql: &'static str,
    /// The oldest version whose programs can work with this schema too.
    pub compatible_from: u32,
}

/// All migrations of a schema, in order. Their numbers begin with 1.
#[derive(Debug, Clone, Copy)]
pub struct Migrations(pub &'static [Migration]);

/// The version that a database shows which another one is being moved into: no program works with it.
pub const MOVING: u32 = 1_000_000;

/// Returns what is to be done about a schema that is too new.
pub fn remedy(found: &u32) -> &'static str {
    match *found {
        MOVING => {
            "another database is being moved into this one: run `central-logger-admin move` again until it ends"
        }
        _ => "run a newer version of this program",
    }
}

/// How the schema of a database relates to what this program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// Older, or not there yet: the version.
    Behind(u32),
    /// The same, or newer in a way that this program can work with.
    Current,
    /// Newer, and not to be touched: the version.
    TooNew(u32),
}

impl Migrations {
    /// The version that this program knows.
    pub const fn known(self) -> u32 {
        // No schema has so many versions that it would not fit.
        self.0.len() as u32
    }

    /// Judges the schema by the migration that was applied last, if there is one: its number, and
    /// `compatible_from` as recorded.
    pub fn judge(self, latest: Option<(u32, u32)>) -> Schema {
        let (version, compatible_from) = latest.unwrap_or((0, 0));
        if version < self.known() {
            Schema::Behind(version)
        } else if version == self.known() || compatible_from <= self.known() {
            Schema::Current
        } else {
            Schema::TooNew(version)
        }
    }

    /// Returns what `schema` lacks, with the numbers.
    pub fn missing(self, schema: Schema) -> impl Iterator<Item = (u32, &'static Migration)> {
        let version = match schema {
            Schema::Behind(version) => version,
            Schema::Current | Schema::TooNew(_) => self.known(),
        };
        (1..)
            .zip(self.0)
            .filter(move |(number, _)| *number > version)
    }

    /// Returns the names of what `schema` lacks.
    pub fn missing_names(self, schema: Schema) -> Vec<&'static str> {
        let missing = self.missing(schema);
        missing.map(|(_, migration)| migration.name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn migration(name: &'static str) -> Migration {
        Migration {
            name,
            sql: "",
            compatible_from: 1,
        }
    }

    #[test]
    fn a_newer_schema_can_be_worked_with_if_it_says_so() {
        let migrations = Migrations(&const { [migration("first"), migration("second")] });
        for (latest, schema, missing) in [
            (None, Schema::Behind(0), &["first", "second"][..]),
            (Some((1, 1)), Schema::Behind(1), &["second"]),
            (Some((2, 2)), Schema::Current, &[]),
            (Some((5, 2)), Schema::Current, &[]),
            (Some((5, 3)), Schema::TooNew(5), &[]),
        ] {
            assert_eq!(migrations.judge(latest), schema);
            assert_eq!(migrations.missing_names(schema), missing);
        }
    }
}
