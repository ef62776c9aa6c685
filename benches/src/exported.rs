use crate::{Connection, Failure, Server};
use std::fs;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Reads all logs of a client as NDJSON, and returns how many lines came.
///
/// # Errors
/// When the connection breaks.
pub async fn export(server: &Server, key: &str) -> Result<u64, Failure> {
    let mut stream = TcpStream::connect(server.address).await?;
    let headers = format!("X-API-Key: {key}\r\nConnection: close\r\n");
    let asked = Connection::request("/api/v1/logs/export", &headers);
    stream.write_all(&asked).await?;
    let mut part = vec![0; 1 << 20];
    let (mut lines, mut last) = (0, 0);
    loop {
        let count = stream.read(&mut part).await?;
        for byte in &part[..count] {
            // The lines of the head and of chunks end with a carriage return too; one may come between an entry
            // and the end of its line.
            lines += u64::from(last != b'\r' && *byte == b'\n');
            last = *byte;
        }
        if count == 0 {
            return Ok(lines);
        }
    }
}

/// The most memory that a process has held, in MiB.
///
/// # Errors
/// When it has ended.
pub fn peak_memory(process: Option<u32>) -> Result<f64, Failure> {
    let id = process.ok_or("the process has ended")?;
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next());
    Ok(kilobytes.ok_or("no VmHWM")?.parse::<f64>()? / 1024.0)
}
