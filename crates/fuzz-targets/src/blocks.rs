use central_logger_blocks::{
    Block, BlockBuilder, BlockHeader, BlockKind, Counts, Encoded, Entry, Filters, Limits,
};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, StoredLog, Submission};
use time::macros::datetime;
use uuid::Uuid;

/// What is kept of a block is refused, or is what was kept; entries come back as they went in; and a block
/// that was changed is refused. The first two bytes say where it is changed.
pub fn blocks(data: &[u8]) {
    if let Ok(header) = BlockHeader::from_bytes(data) {
        assert_eq!(header.to_bytes(), data);
    }
    if let Ok(filters) = Filters::from_bytes(data) {
        assert_eq!(Filters::from_bytes(&filters.to_bytes()).ok(), Some(filters));
    }
    if let Ok(counts) = Counts::from_bytes(data) {
        assert_eq!(Counts::from_bytes(&counts.to_bytes()).ok(), Some(counts));
    }
    let Some((place, body)) = data.split_first_chunk() else {
        return;
    };
    let client: ClientId = "acme_corp".parse().expect("a client id");
    let logs = logs(&client, body);
    for kind in [BlockKind::Fresh, BlockKind::Sealed] {
        if !logs.is_empty() {
            let mut encoded = encode(&client, kind, &logs);
            assert_eq!(entries(&client, &encoded), logs);
            let place = usize::from(u16::from_le_bytes(*place)) % encoded.bytes.len();
            encoded.bytes[place] ^= 1;
            Block::open(&client, &encoded.header, encoded.bytes.into())
                .expect_err("it was changed");
        }
    }
}

/// The entries of a body, each once, in the order of their ids.
fn logs(client: &ClientId, body: &[u8]) -> Vec<StoredLog> {
    let now = datetime!(2026-03-01 12:00 UTC);
    let entries = match Submission::parse(body, client, now) {
        Ok(Submission::One(entry)) => vec![entry],
        Ok(Submission::Many(entries)) => entries,
        Err(_) => Vec::new(),
    };
    let stored = entries
        .iter()
        .map(|entry| StoredLog::new(client, now, entry));
    let mut logs: Vec<_> = stored.collect();
    logs.sort_by_key(|log| log.id);
    logs.dedup_by_key(|log| log.id);
    logs
}

fn encode(client: &ClientId, kind: BlockKind, logs: &[StoredLog]) -> Encoded {
    let limits = Limits {
        entries: usize::MAX,
        text_bytes: usize::MAX,
    };
    let mut builder = BlockBuilder::new(kind, client, limits);
    for log in logs {
        builder
            .push(Entry::from(log))
            .expect("a place in the block");
    }
    builder.finish().expect("entries")
}

fn entries(client: &ClientId, encoded: &Encoded) -> Vec<StoredLog> {
    let bytes = encoded.bytes.clone().into();
    let block = Block::open(client, &encoded.header, bytes).expect("a block");
    let all: (LogId, LogId) = (Uuid::nil().into(), Uuid::max().into());
    let entries = block.entries(all.0..=all.1).expect("entries");
    entries.map(|entry| entry.expect("an entry")).collect()
}
