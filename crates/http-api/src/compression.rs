//! What bodies are compressed with.

use flate2::bufread::GzDecoder;
use std::{
    fmt,
    io::{self, Read},
};
use zstd::zstd_safe::find_frame_compressed_size;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Zstd,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum DecompressError {
    #[error("there is more in it than is taken")]
    TooLarge,
    #[error("it has more parts than are taken")]
    TooManyParts,
    #[error(transparent)]
    Broken(#[from] io::Error),
}

/// The largest window of a zstd frame, as a power of two: 8 MiB, which all levels but the highest do
/// with, and RFC 8878 asks of every decoder.
const WINDOW_LOG_MAX: u32 = 23;

/// How many members of gzip or frames of zstd are taken, which may each hold nothing: as many as entries.
const PARTS: usize = 10_000;

impl Compression {
    /// All that is in `sent`, if it is no more than `limit` bytes: no more are ever held.
    pub(crate) fn decompress(self, sent: &[u8], limit: usize) -> Result<Vec<u8>, DecompressError> {
        match self {
            Self::Gzip => gunzip(sent, limit),
            Self::Zstd => {
                count_frames(sent)?;
                let mut decoder = zstd::Decoder::with_buffer(sent)?;
                decoder.window_log_max(WINDOW_LOG_MAX)?;
                let mut bytes = Vec::new();
                read_at_most(&mut decoder, limit, &mut bytes)?;
                Ok(bytes)
            }
        }
    }
}

/// All members, one after the other.
fn gunzip(sent: &[u8], limit: usize) -> Result<Vec<u8>, DecompressError> {
    let mut decoder = GzDecoder::new(sent);
    let mut bytes = Vec::new();
    for _ in 0..PARTS {
        read_at_most(&mut decoder, limit, &mut bytes)?;
        let rest: &[u8] = decoder.get_ref();
        if rest.is_empty() {
            return Ok(bytes);
        }
        decoder.reset(rest);
    }
    Err(DecompressError::TooManyParts)
}

/// What is no frame is left to the decoder.
fn count_frames(sent: &[u8]) -> Result<(), DecompressError> {
    let mut rest = sent;
    for _ in 0..PARTS {
        match find_frame_compressed_size(rest) {
            Ok(length @ 1..) if length < rest.len() => rest = &rest[length..],
            _ => return Ok(()),
        }
    }
    Err(DecompressError::TooManyParts)
}

/// Adds what is read to `bytes`, of which there may be `limit`.
fn read_at_most(from: impl Read, limit: usize, bytes: &mut Vec<u8>) -> Result<(), DecompressError> {
    let most = limit + 1 - bytes.len();
    from.take(most as u64).read_to_end(bytes)?;
    match bytes.len() > limit {
        true => Err(DecompressError::TooLarge),
        false => Ok(()),
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 1).unwrap()
    }

    #[test]
    fn what_was_compressed_comes_back_in_one_part_or_several() {
        let text = "once upon a time ".repeat(1000);
        for (compression, compress) in [
            (Compression::Gzip, gzip as fn(&[u8]) -> Vec<u8>),
            (Compression::Zstd, zstd),
        ] {
            let whole = compress(text.as_bytes());
            let found = compression.decompress(&whole, text.len()).unwrap();
            assert_eq!(found, text.as_bytes());
            let parts = [
                compress(&text.as_bytes()[..9]),
                compress(&text.as_bytes()[9..]),
            ];
            let found = compression.decompress(&parts.concat(), text.len()).unwrap();
            assert_eq!(found, text.as_bytes());
            let refused = compression.decompress(&whole, text.len() - 1).unwrap_err();
            assert!(matches!(refused, DecompressError::TooLarge), "{refused:?}");
            for broken in [&whole[..whole.len() - 1], &whole[1..], b"{}"] {
                let refused = compression.decompress(broken, text.len()).unwrap_err();
                assert!(
                    matches!(refused, DecompressError::Broken(_)),
                    "{compression}"
                );
            }
        }
    }

    #[test]
    fn parts_that_hold_nothing_have_an_end() {
        for (compression, empty) in [
            (Compression::Gzip, gzip(b"")),
            (Compression::Zstd, zstd(b"")),
        ] {
            let most = empty.repeat(PARTS);
            assert_eq!(compression.decompress(&most, 100).unwrap(), b"");
            let refused = compression.decompress(&empty.repeat(PARTS + 1), 100);
            let refused = refused.unwrap_err();
            assert!(
                matches!(refused, DecompressError::TooManyParts),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn a_window_beyond_all_measure_is_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(27).unwrap();
        encoder.write_all(b"a little").unwrap();
        let sent = encoder.finish().unwrap();
        let refused = Compression::Zstd.decompress(&sent, 100).unwrap_err();
        assert!(matches!(refused, DecompressError::Broken(_)), "{refused:?}");
    }
}
