//! What one request sends, or the parts of it after a refusal.

use std::ops::Range;

/// Bounds of a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchLimits {
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
}

/// Entries in order, as lines of JSON.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    lines: Vec<u8>,
    /// Where each line ends.
    ends: Vec<usize>,
}

impl Batch {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether an entry of `size` bytes fits in. A batch takes at least one.
    pub(crate) fn has_room(&self, size: usize, limits: BatchLimits) -> bool {
        let fits = self.len() < limits.entries && self.lines.len() + size < limits.bytes;
        self.is_empty() || fits
    }

    pub(crate) fn push(&mut self, json: &[u8]) {
        self.lines.extend_from_slice(json);
        self.lines.push(b'\n');
        self.ends.push(self.lines.len());
    }

    /// The lines of these entries.
    pub(crate) fn lines(&self, entries: Range<usize>) -> &[u8] {
        let end_of = |count: usize| count.checked_sub(1).and_then(|last| self.ends.get(last));
        let (start, end) = (end_of(entries.start), end_of(entries.end));
        let (start, end) = (start.copied().unwrap_or(0), end.copied().unwrap_or(0));
        self.lines.get(start..end).unwrap_or_default()
    }

    /// Takes out the entries at these places.
    fn remove(&mut self, places: &[usize]) {
        let mut kept = Self::default();
        for place in (0..self.len()).filter(|place| !places.contains(place)) {
            let line = self.lines(place..place + 1);
            kept.push(line.get(..line.len() - 1).unwrap_or_default());
        }
        *self = kept;
    }
}

/// A batch on its way. A part that is refused is halved until the entry is found that is at fault.
#[derive(Debug, Default)]
pub(crate) struct Delivery {
    batch: Batch,
    /// The entries that are settled.
    first: usize,
    /// The sizes of the parts to send, the next one last.
    parts: Vec<usize>,
}

impl Delivery {
    pub(crate) fn of(batch: Batch) -> Self {
        let parts = vec![batch.len()];
        let mut delivery = Self {
            batch,
            first: 0,
            parts,
        };
        delivery.skip_empty_parts();
        delivery
    }

    pub(crate) fn is_over(&self) -> bool {
        self.parts.is_empty()
    }

    /// The number of entries in the next part.
    pub(crate) fn part_len(&self) -> usize {
        self.parts.last().copied().unwrap_or(0)
    }

    /// The next part, as lines of JSON.
    pub(crate) fn part(&self) -> &[u8] {
        self.batch.lines(self.first..self.first + self.part_len())
    }

    /// The entry at a place of the next part.
    pub(crate) fn entry(&self, place: usize) -> &[u8] {
        let place = self.first + place;
        self.batch.lines(place..place + 1).trim_ascii_end()
    }

    /// Notes that the next part is settled.
    pub(crate) fn settle_part(&mut self) {
        self.first += self.parts.pop().unwrap_or(0);
        self.skip_empty_parts();
    }

    /// Halves the next part, which has several entries.
    pub(crate) fn split_part(&mut self) {
        let size = self.parts.pop().unwrap_or(0);
        let half = size.div_ceil(2);
        self.parts.extend([size - half, half]);
        self.skip_empty_parts();
    }

    /// Takes the entries at these places out of the next part.
    pub(crate) fn remove(&mut self, places: &[usize]) {
        let in_batch: Vec<_> = places.iter().map(|place| self.first + place).collect();
        self.batch.remove(&in_batch);
        if let Some(size) = self.parts.last_mut() {
            *size -= places.len();
        }
        self.skip_empty_parts();
    }

    fn skip_empty_parts(&mut self) {
        while self.parts.last() == Some(&0) {
            self.parts.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(entries: &[&str]) -> Delivery {
        let mut batch = Batch::default();
        entries
            .iter()
            .for_each(|entry| batch.push(entry.as_bytes()));
        Delivery::of(batch)
    }

    #[test]
    fn halves_are_sent_in_order() {
        let mut delivery = delivery(&["a", "b", "c", "d", "e"]);
        assert_eq!(delivery.part(), b"a\nb\nc\nd\ne\n");
        delivery.split_part();
        assert_eq!(delivery.part(), b"a\nb\nc\n");
        delivery.settle_part();
        assert_eq!(delivery.part(), b"d\ne\n");
        delivery.split_part();
        assert_eq!(delivery.part(), b"d\n");
        assert_eq!(delivery.entry(0), b"d");
        delivery.settle_part();
        delivery.settle_part();
        assert!(delivery.is_over());
    }

    #[test]
    fn named_entries_are_taken_out_of_the_part() {
        let mut delivery = delivery(&["a", "b", "c", "d", "e"]);
        delivery.split_part();
        delivery.settle_part();
        assert_eq!(delivery.entry(1), b"e");
        delivery.remove(&[0]);
        assert_eq!(delivery.part(), b"e\n");
        delivery.remove(&[0]);
        assert!(delivery.is_over());
    }

    #[test]
    fn a_batch_has_bounds() {
        let limits = BatchLimits {
            entries: 2,
            bytes: 10,
        };
        let mut batch = Batch::default();
        assert!(batch.has_room(1000, limits), "one entry always fits");
        batch.push(b"1234");
        assert!(batch.has_room(4, limits));
        assert!(!batch.has_room(5, limits));
        batch.push(b"1");
        assert!(!batch.has_room(1, limits));
    }
}
