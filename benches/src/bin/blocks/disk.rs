//! What the logs of a database take on the disk.

use central_logger_benches::Failure;
use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};
use tokio_postgres::{Client, NoTls};

pub(super) enum Disk {
    /// The directory of its files.
    Sqlite(PathBuf),
    /// A connection, and the bytes of an empty database.
    Postgres(Client, i64),
}

impl Disk {
    pub(super) async fn new(url: &str, directory: &Path) -> Result<Self, Failure> {
        if url.starts_with("sqlite:") {
            return Ok(Self::Sqlite(directory.to_owned()));
        }
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        let empty = size(&client).await?;
        Ok(Self::Postgres(client, empty))
    }

    /// Tells the bytes of an entry: those in use, and those that are allocated.
    pub(super) async fn print(&self, entries: usize) -> Result<(), Failure> {
        let (live, allocated) = match self {
            Self::Sqlite(directory) => sqlite(directory)?,
            Self::Postgres(client, empty) => {
                let allocated = size(client).await? - empty;
                client.batch_execute("VACUUM FULL").await?;
                ((size(client).await? - empty) as f64, allocated as f64)
            }
        };
        let each = |bytes: f64| bytes / entries as f64;
        println!(
            "{:32}{:.1} bytes live, {:.1} allocated",
            "disk, each entry",
            each(live),
            each(allocated)
        );
        Ok(())
    }
}

async fn size(client: &Client) -> Result<i64, Failure> {
    let row = client
        .query_one("SELECT pg_database_size(current_database())", &[])
        .await?;
    Ok(row.get(0))
}

/// The pages in use and all pages of the databases; a write-ahead log is as large as its checkpoints let it grow.
fn sqlite(directory: &Path) -> Result<(f64, f64), Failure> {
    let (mut live, mut allocated) = (0, 0);
    for file in fs::read_dir(directory)? {
        let path = file?.path();
        let length = fs::metadata(&path)?.len();
        allocated += length;
        let mut bytes = Vec::new();
        File::open(&path)?.take(100).read_to_end(&mut bytes)?;
        // The header of a file: the size of a page at 16, the pages that are free at 36.
        if bytes.starts_with(b"SQLite format 3\0") {
            let page = match u16::from_be_bytes([bytes[16], bytes[17]]) {
                1 => 65_536,
                size => u64::from(size),
            };
            let free = u32::from_be_bytes([bytes[36], bytes[37], bytes[38], bytes[39]]);
            live += length - u64::from(free) * page;
        }
    }
    Ok((live as f64, allocated as f64))
}
