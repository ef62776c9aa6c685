use crate::{
    Cell, MoveError, RawTables, Record, Side, Table,
    pages::read_all,
    tables::{FOLLOWER, IDENTITY, PLACES, STATE},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// The ids of entries that were not followed yet, of each client, 16 bytes each.
pub type Unfollowed = BTreeMap<String, Vec<u8>>;

/// What is put in its place at the end of a move.
#[derive(Debug, Clone)]
pub struct Ending {
    /// Tables, and all rows that they are to have.
    pub replaced: Vec<(Table, Vec<Record>)>,
    /// The rows of [`PLACES`].
    pub places: Vec<Record>,
    /// What has still to be followed, behind the position of the places.
    pub unfollowed: Unfollowed,
    /// Whether there are blocks, which older programs do not read.
    pub has_blocks: bool,
}

/// The column of [`FOLLOWER`] with the note.
const NOTE: usize = 2;
/// The column of [`PLACES`] with the position.
const POSITION: usize = 4;

impl Ending {
    /// Reads it from a source. All that was followed there lies before `position` in the target.
    pub(crate) async fn read(
        source: &mut dyn RawTables,
        position: &str,
        unfollowed: Unfollowed,
        has_blocks: bool,
    ) -> Result<Self, MoveError> {
        let state = read_all(source, Side::Source, &STATE).await?;
        let identity = read_all(source, Side::Source, &IDENTITY).await?;
        let mut follower = read_all(source, Side::Source, &FOLLOWER).await?;
        for record in &mut follower {
            if let Some(Cell::Text(note)) = record.get_mut(NOTE) {
                *note = at_position(note, position);
            }
        }
        let mut places = read_all(source, Side::Source, &PLACES).await?;
        for record in &mut places {
            if let Some(place) = record.get_mut(POSITION) {
                *place = Cell::Text(position.to_owned());
            }
        }
        Ok(Self {
            replaced: vec![(STATE, state), (IDENTITY, identity), (FOLLOWER, follower)],
            places,
            unfollowed,
            has_blocks,
        })
    }
}

/// A note that nobody can read stays so.
fn at_position(note: &str, position: &str) -> String {
    let Ok(mut read) = serde_json::from_str::<Value>(note) else {
        return note.to_owned();
    };
    if let Some(place) = read.get_mut("place") {
        *place = position.into();
    }
    read.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_keeps_all_but_its_place() {
        let note = r#"{"place":"7:9:","leader":"x","looked_at":5,"blind_until":null}"#;
        let moved: Value = serde_json::from_str(&at_position(note, "3")).unwrap();
        let mut expected: Value = serde_json::from_str(note).unwrap();
        expected["place"] = "3".into();
        assert_eq!(moved, expected);
        assert_eq!(at_position("no JSON", "3"), "no JSON");
    }
}
