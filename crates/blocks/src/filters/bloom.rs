use crate::{
    Unreadable,
    varint::{self, Reader},
};

/// A set of hashes that may claim to have one that it has not: a Bloom filter of blocks of 256 bits, of
/// which each hash sets eight bits in one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Bloom(Vec<Block>);

type Block = [u32; 8];

/// Odd numbers that choose a bit of each word of a block, those of Apache Parquet.
const SALT: Block = [
    0x47b6_137b,
    0x4497_4d91,
    0x8824_ad5b,
    0xa2b7_289d,
    0x7054_95c7,
    0x2df1_424b,
    0x9efc_4947,
    0x5c6b_fb31,
];
const BLOCK_BYTES: usize = size_of::<Block>();
/// With so many bits for each hash, one in three hundred that are not in the set seems to be.
const BITS: usize = 12;
/// With fewer bits for each hash, a filter excludes too little to be worth its bytes.
const FEWEST_BITS: usize = 5;

impl Bloom {
    /// Returns a set of `hashes` of at most about `most_bytes`, if that is enough.
    pub(super) fn of(
        hashes: impl ExactSizeIterator<Item = u64>,
        most_bytes: usize,
    ) -> Option<Self> {
        let bytes = (hashes.len() * BITS).div_ceil(8).min(most_bytes);
        if bytes * 8 < hashes.len() * FEWEST_BITS {
            return None;
        }
        let mut set = Self(vec![Block::default(); bytes.div_ceil(BLOCK_BYTES)]);
        for hash in hashes {
            let Some(place) = set.place(hash) else { break };
            for (word, mask) in set.0[place].iter_mut().zip(mask(hash)) {
                *word |= mask;
            }
        }
        Some(set)
    }

    pub(super) fn may_have(&self, hash: u64) -> bool {
        let block = self.place(hash).map(|place| &self.0[place]);
        block.is_some_and(|block| {
            block
                .iter()
                .zip(mask(hash))
                .all(|(word, mask)| word & mask != 0)
        })
    }

    /// Returns the block of a hash. An empty set has none.
    fn place(&self, hash: u64) -> Option<usize> {
        let place = ((hash >> 32) * self.0.len() as u64) >> 32;
        (!self.0.is_empty()).then_some(place as usize)
    }

    pub(super) fn put(&self, bytes: &mut Vec<u8>) {
        varint::put(bytes, self.0.len() as u64);
        let words = self.0.iter().flatten();
        bytes.extend(words.flat_map(|word| word.to_le_bytes()));
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Unreadable> {
        let length = usize::try_from(reader.number()?).map_err(|_| Unreadable::Length)?;
        let length = length.checked_mul(BLOCK_BYTES).ok_or(Unreadable::Length)?;
        let blocks = reader.take(length)?.chunks_exact(BLOCK_BYTES);
        let block = |bytes: &[u8]| {
            let mut block = Block::default();
            for (word, bytes) in block.iter_mut().zip(bytes.as_chunks().0) {
                *word = u32::from_le_bytes(*bytes);
            }
            block
        };
        Ok(Self(blocks.map(block).collect()))
    }
}

fn mask(hash: u64) -> impl Iterator<Item = u32> {
    let low = hash as u32;
    SALT.into_iter()
        .map(move |salt| 1 << (low.wrapping_mul(salt) >> 27))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use twox_hash::XxHash64;

    fn hash(number: u32) -> u64 {
        XxHash64::oneshot(0, &number.to_le_bytes())
    }

    #[test]
    fn few_seem_to_be_in_a_set_that_are_not() {
        let set = Bloom::of((0..10_000).map(hash), usize::MAX).unwrap();
        assert!((0..10_000).map(hash).all(|hash| set.may_have(hash)));
        let wrong = (10_000..110_000)
            .map(hash)
            .filter(|hash| set.may_have(*hash));
        let wrong = wrong.count();
        assert!((1..600).contains(&wrong), "{wrong} of 100000");
    }

    #[test]
    fn a_set_that_would_exclude_nothing_is_not_made() {
        assert!(Bloom::of((0..10_000).map(hash), 7_000).is_some());
        assert!(Bloom::of((0..10_000).map(hash), 5_000).is_none());
    }

    proptest! {
        #[test]
        fn a_set_has_what_was_put_in_and_comes_back(hashes: Vec<u64>, other: u64) {
            let set = Bloom::of(hashes.iter().copied(), usize::MAX).unwrap();
            prop_assert!(hashes.iter().all(|hash| set.may_have(*hash)));
            prop_assert!(!hashes.is_empty() || !set.may_have(other));
            let mut bytes = Vec::new();
            set.put(&mut bytes);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(&Bloom::read(&mut reader).unwrap(), &set);
            prop_assert!(reader.end().is_ok());
        }
    }
}
