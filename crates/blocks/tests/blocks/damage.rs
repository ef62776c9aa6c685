//! What cannot be read is an error that names the block, never a panic and never other entries.

use crate::support::{KINDS, client, encode, logs, varied};
use central_logger_blocks::{Block, BlockHeader, BlockKind, Counts, Filters, Unreadable};
use proptest::{collection, prelude::*};

fn changed(bytes: &[u8], place: usize, change: u8, end: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let place = place % bytes.len();
    bytes[place] ^= change;
    bytes.truncate(bytes.len() - end % bytes.len());
    bytes
}

proptest! {
    #[test]
    fn damaged_bytes_are_not_read(
        varied in collection::vec(varied(), 1..20), place: usize, change in 1..=255_u8, end in 0..3_usize,
    ) {
        for kind in KINDS {
            let encoded = encode(kind, &logs(&varied));
            let bytes = changed(&encoded.bytes, place, change, end);
            let error = Block::open(&client(), &encoded.header, bytes.into()).unwrap_err();
            prop_assert!(error.to_string().contains(&encoded.header.first().to_string()));
            let header = changed(&encoded.header.to_bytes(), place, change, end);
            prop_assert!(BlockHeader::from_bytes(&header).is_err());
            let filters = changed(&encoded.filters.to_bytes(), place, change, end);
            prop_assert!(Filters::from_bytes(&filters).is_err());
            let counts = changed(&encoded.counts.to_bytes(), place, change, end);
            prop_assert!(Counts::from_bytes(&counts).is_err());
        }
    }

    #[test]
    fn other_bytes_are_not_read(bytes: Vec<u8>) {
        prop_assert!(BlockHeader::from_bytes(&bytes).is_err());
        prop_assert!(Filters::from_bytes(&bytes).is_err());
        prop_assert!(Counts::from_bytes(&bytes).is_err());
    }
}

#[test]
fn a_block_is_not_opened_for_another_client() {
    let encoded = encode(
        BlockKind::Sealed,
        &logs(&[crate::support::Varied {
            environment: "prod".into(),
            status: "OK".into(),
            ..crate::support::Varied::default()
        }]),
    );
    let other = "globex".parse().unwrap();
    let error = Block::open(&other, &encoded.header, encoded.bytes.into()).unwrap_err();
    assert!(matches!(error.cause, Unreadable::Checksum));
}
