#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{self, Read},
    path::Path,
    thread,
    time::{Duration, Instant},
};
use zeroize::Zeroizing;

/// The content of a file that somebody named, read once.
///
/// # Examples
///
/// ```
/// use central_logger_input_file::{InputFile, InputFileError};
///
/// # let files = tempfile::tempdir()?;
/// # let path = files.path().join("pepper");
/// std::fs::write(&path, "some secret")?;
/// let file = InputFile::read(&path, InputFile::SETTINGS_LIMIT)?;
/// assert_eq!(&file.content[..], b"some secret");
/// assert!(file.is_regular);
/// let folder = InputFile::read(files.path(), InputFile::SETTINGS_LIMIT);
/// assert!(matches!(folder, Err(InputFileError::Directory)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct InputFile {
    /// All of it, which may be a secret.
    pub content: Zeroizing<Vec<u8>>,
    /// Whether it can be read again, other than a pipe or a device.
    pub is_regular: bool,
}

/// Why a file that somebody named cannot be read.
///
/// # Examples
///
/// ```
/// use central_logger_input_file::{InputFile, InputFileError};
/// use std::path::Path;
///
/// let error = InputFile::read(Path::new("no/such/file"), 1024).unwrap_err();
/// assert!(matches!(error, InputFileError::Io(_)));
/// assert_eq!(InputFileError::TooLarge(1024).to_string(), "it has more than 1024 bytes");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputFileError {
    /// It is not there, or must not be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is a directory.
    #[error("it is a directory, not a file")]
    Directory,
    /// It is a pipe or a device to which nothing is written.
    #[error("it is a pipe or a device from which nothing comes: name a file")]
    Silent,
    /// It is no regular file, where only one will do.
    #[error("it is a pipe, a device or a socket, not a file")]
    NotRegular,
    /// It has no end, or one too far away.
    #[error("it has more than {0} bytes")]
    TooLarge(u64),
}

/// How long a pipe may say nothing.
const SILENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(10);

impl InputFile {
    /// The most bytes that are read of a file of settings or secrets.
    pub const SETTINGS_LIMIT: u64 = 16 << 20;

    /// Reads a file, or what is in a pipe such as that of `<(command)`. Never waits for longer than
    /// some seconds for anything to come.
    ///
    /// # Errors
    /// When it cannot be read, has more than `limit` bytes, or nothing comes.
    pub fn read(path: &Path, limit: u64) -> Result<Self, InputFileError> {
        let (file, metadata) = open(path)?;
        let content = read_to_end(file, limit)?;
        let is_regular = metadata.is_file();
        match content.is_empty() && is_pipe(&metadata) {
            true => Err(InputFileError::Silent),
            false => Ok(Self {
                content,
                is_regular,
            }),
        }
    }

    /// Reads a file, and nothing else: what a running program does again and again must not take from
    /// a pipe what is meant for others.
    ///
    /// # Errors
    /// When it cannot be read, is no regular file, or has more than `limit` bytes.
    pub fn read_regular(path: &Path, limit: u64) -> Result<Self, InputFileError> {
        need_regular(&std::fs::metadata(path)?)?;
        let (file, metadata) = open(path)?;
        // It may have been replaced in between.
        need_regular(&metadata)?;
        Ok(Self {
            content: read_to_end(file, limit)?,
            is_regular: true,
        })
    }
}

fn need_regular(metadata: &Metadata) -> Result<(), InputFileError> {
    match metadata {
        directory if directory.is_dir() => Err(InputFileError::Directory),
        file if file.is_file() => Ok(()),
        _ => Err(InputFileError::NotRegular),
    }
}

/// Opens without waiting for the writer of a pipe.
fn open(path: &Path) -> Result<(File, Metadata), InputFileError> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        let flags = i32::try_from(flags.bits()).unwrap_or_default();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    match metadata.is_dir() {
        true => Err(InputFileError::Directory),
        false => Ok((file, metadata)),
    }
}

#[cfg(unix)]
fn is_pipe(metadata: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_metadata: &Metadata) -> bool {
    false
}

fn read_to_end(mut file: File, limit: u64) -> Result<Zeroizing<Vec<u8>>, InputFileError> {
    let too_large = || InputFileError::TooLarge(limit);
    let limit = usize::try_from(limit).map_err(|_| too_large())?;
    let mut content = Zeroizing::new(Vec::new());
    let mut chunk = Zeroizing::new([0; 8192]);
    let mut heard = Instant::now();
    loop {
        match file.read(&mut *chunk) {
            Ok(0) => return Ok(content),
            Ok(length) if content.len() + length > limit => return Err(too_large()),
            Ok(length) => {
                append(&mut content, &chunk[..length]);
                heard = Instant::now();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if heard.elapsed() >= SILENCE {
                    return Err(InputFileError::Silent);
                }
                thread::sleep(PAUSE);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Appends without leaving copies of secrets behind where the vector grows.
fn append(content: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    if content.capacity() - content.len() < chunk.len() {
        let mut larger = Vec::with_capacity((content.capacity() * 2).max(2 * chunk.len()));
        larger.extend_from_slice(content);
        *content = Zeroizing::new(larger);
    }
    content.extend_from_slice(chunk);
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::process::Command;

    fn read(path: &str) -> Result<InputFile, InputFileError> {
        InputFile::read(Path::new(path), 1 << 20)
    }

    #[test]
    fn a_large_file_is_read_up_to_the_limit() {
        let files = tempfile::tempdir().unwrap();
        let path = files.path().join("large");
        let content = "0123456789".repeat(10_000);
        std::fs::write(&path, &content).unwrap();
        let whole = InputFile::read(&path, 100_000).unwrap();
        assert_eq!(&whole.content[..], content.as_bytes());
        for read in [InputFile::read, InputFile::read_regular] {
            let cut = read(&path, 99_999);
            assert!(
                matches!(cut, Err(InputFileError::TooLarge(99_999))),
                "{cut:?}"
            );
        }
    }

    #[test]
    fn devices_and_directories_end_in_an_error() {
        assert!(matches!(
            read("/dev/zero"),
            Err(InputFileError::TooLarge(_))
        ));
        assert!(matches!(read("/dev"), Err(InputFileError::Directory)));
        let nothing = read("/dev/null").unwrap();
        assert!(nothing.content.is_empty() && !nothing.is_regular);
        for path in ["/dev/zero", "/dev/null"] {
            let refused = InputFile::read_regular(Path::new(path), 1 << 20);
            assert!(matches!(refused, Err(InputFileError::NotRegular)), "{path}");
        }
    }

    #[test]
    fn a_pipe_is_read_only_if_somebody_writes() {
        let files = tempfile::tempdir().unwrap();
        let path = files.path().join("pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
        let silent = InputFile::read(&path, 1 << 20);
        assert!(matches!(silent, Err(InputFileError::Silent)), "{silent:?}");
        let refused = InputFile::read_regular(&path, 1 << 20);
        assert!(
            matches!(refused, Err(InputFileError::NotRegular)),
            "{refused:?}"
        );

        let (reader, mut writer) = std::io::pipe().unwrap();
        std::io::Write::write_all(&mut writer, b"secret").unwrap();
        drop(writer);
        let fd = std::os::fd::AsRawFd::as_raw_fd(&reader);
        let heard = read(&format!("/dev/fd/{fd}")).unwrap();
        assert_eq!(&heard.content[..], b"secret");
        assert!(!heard.is_regular);
    }
}
