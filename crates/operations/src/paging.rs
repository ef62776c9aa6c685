//! Pages of lists: one way for every list that is read whole and shown page by page.

use central_logger_keys::KeyId;
use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};
use time::OffsetDateTime;

/// Which page of a list is asked for. Elements are in the order of their places.
///
/// A place says where in the order a page ends, not which element stands there: a list goes on behind an
/// element that has been removed since, and a place of another list shows nothing that is not in this one.
#[derive(Debug, Clone)]
pub struct PageRequest<P = CreationPlace> {
    /// The most elements on the page.
    pub limit: usize,
    /// The place of the last element of the page before.
    pub after: Option<P>,
}

/// The place of an element in a list of the order in which they were made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CreationPlace {
    created_at: OffsetDateTime,
    id: KeyId,
}

/// Error returned when parsing a [`CreationPlace`] fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is no next_cursor of this list")]
pub struct InvalidPlace;

impl<P: Ord> PageRequest<P> {
    /// Returns the elements of the page, and the place of its last one if there are others behind it.
    ///
    /// `elements` are all that the list has after its filters. No two may have the same place.
    pub fn of<T>(
        &self,
        elements: impl IntoIterator<Item = T>,
        place: impl Fn(&T) -> P,
    ) -> (Vec<T>, Option<P>) {
        let elements = elements.into_iter();
        let placed = elements.map(|element| (place(&element), element));
        let is_behind = |place: &P| self.after.as_ref().is_none_or(|after| place > after);
        let mut placed: Vec<_> = placed.filter(|(place, _)| is_behind(place)).collect();
        placed.sort_by(|(one, _), (other, _)| one.cmp(other));
        let has_more = placed.len() > self.limit;
        placed.truncate(self.limit);
        let (mut places, elements): (Vec<_>, Vec<_>) = placed.into_iter().unzip();
        (elements, places.pop().filter(|_| has_more))
    }
}

impl CreationPlace {
    /// The place of what was made at that time. Ids tell apart what was made at the same time.
    pub fn new(created_at: OffsetDateTime, id: &KeyId) -> Self {
        let id = id.clone();
        Self { created_at, id }
    }
}

impl fmt::Display for CreationPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created_at.unix_timestamp_nanos(), self.id)
    }
}

impl FromStr for CreationPlace {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (created_at, id) = text.split_once('.').ok_or(InvalidPlace)?;
        let created_at = created_at.parse().map_err(|_| InvalidPlace)?;
        let created_at = OffsetDateTime::from_unix_timestamp_nanos(created_at);
        Ok(Self {
            created_at: created_at.map_err(|_| InvalidPlace)?,
            id: id.parse().map_err(|_| InvalidPlace)?,
        })
    }
}

impl Serialize for CreationPlace {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn walk(elements: &[u8], limit: usize) -> Vec<Vec<u8>> {
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let request = PageRequest { limit, after };
            let (page, next) = request.of(elements.iter().copied(), |element| *element);
            pages.push(page);
            after = next;
            if after.is_none() {
                return pages;
            }
        }
    }

    #[test]
    fn pages_are_full_but_the_last_which_is_not_empty() {
        assert_eq!(walk(&[3, 1, 2], 1), [[1], [2], [3]]);
        assert_eq!(walk(&[3, 1, 2], 2), [vec![1, 2], vec![3]]);
        assert_eq!(walk(&[4, 3, 1, 2], 2), [[1, 2], [3, 4]]);
        assert_eq!(walk(&[3, 1, 2], usize::MAX), [[1, 2, 3]]);
        assert_eq!(walk(&[], 1), [[0_u8; 0]]);
    }

    #[test]
    fn a_list_goes_on_behind_what_is_gone() {
        let request = PageRequest {
            limit: 2,
            after: Some(2),
        };
        let of = |elements: [u8; 3]| request.of(elements, |element| *element);
        assert_eq!(of([1, 3, 4]), (vec![3, 4], None));
        assert_eq!(of([0, 1, 2]), (Vec::new(), None));
    }

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let place = CreationPlace::new(
            datetime!(2026-03-01 12:00:00.123456 UTC),
            &"4fT9aXk20bQz".parse().unwrap(),
        );
        assert_eq!(place.to_string(), "1772366400123456000.4fT9aXk20bQz");
        assert_eq!(place.to_string().parse::<CreationPlace>(), Ok(place));
        for text in [
            "",
            "4fT9aXk20bQz",
            "1772366400123456000",
            "1772366400123456000.",
            "1772366400123456000.a b",
            "soon.4fT9aXk20bQz",
            "99999999999999999999999.4fT9aXk20bQz",
        ] {
            assert_eq!(text.parse::<CreationPlace>(), Err(InvalidPlace), "{text}");
        }
    }
}
