use crate::Cell;
use sha2::{Digest, Sha256};

/// The rows of a table, in whatever order a database gives them: the SHA-256 of each, added up.
///
/// Databases sort texts by rules of their own, so a hash over an order would compare these.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TableDigest {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    sum: [u8; 32],
}

impl TableDigest {
    pub(crate) fn add(&mut self, record: &[Cell]) {
        let mut hash = Sha256::new();
        for cell in record {
            cell.feed(&mut hash);
            self.bytes += cell.weight() as u64;
        }
        self.rows += 1;
        let digest = hash.finalize();
        let mut carry = 0;
        for (sum, byte) in self.sum.iter_mut().zip(digest.iter()) {
            let [low, high] = (u16::from(*sum) + u16::from(*byte) + carry).to_le_bytes();
            *sum = low;
            carry = u16::from(high);
        }
    }

    pub(crate) fn hex(&self) -> String {
        let digits = self.sum.iter().map(|byte| format!("{byte:02x}"));
        digits.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(records: &[&[Cell]]) -> TableDigest {
        let mut digest = TableDigest::default();
        for record in records {
            digest.add(record);
        }
        digest
    }

    #[test]
    fn the_order_of_rows_says_nothing_and_all_else_does() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let (first, second) = ([text("a"), text("bc")], [text("d"), Cell::Null]);
        let both = digest(&[&first, &second]);
        assert_eq!(both, digest(&[&second, &first]));
        assert_eq!((both.rows, both.bytes), (2, 5));
        assert_eq!(both.hex().len(), 64);
        for other in [
            digest(&[&first]),
            digest(&[&first, &first]),
            digest(&[&[text("ab"), text("c")], &second]),
            digest(&[&first, &[text("d"), text("")]]),
        ] {
            assert_ne!(other.hex(), both.hex());
        }
    }
}
