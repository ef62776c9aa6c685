//! A file, which is replaced as a whole: for systemd credentials, sidecars and agents.

use crate::{Parcel, Secret, Target, TargetError, ValueTemplate};
use async_trait::async_trait;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
};
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

/// More than any key, and less than would hurt.
const MAX_LENGTH: u64 = 64 * 1024;

pub(crate) struct FileTarget {
    path: PathBuf,
    template: ValueTemplate,
}

impl FileTarget {
    pub(crate) fn new(path: PathBuf, template: ValueTemplate) -> Self {
        Self { path, template }
    }
}

#[async_trait]
impl Target for FileTarget {
    async fn current(&self) -> Result<Option<Secret>, TargetError> {
        let path = self.path.clone();
        let held = spawn_blocking(move || read(&path)).await??;
        Ok(held.map(|held| self.template.key_in(held.expose())))
    }

    async fn put(&self, parcel: &Parcel<'_>) -> Result<(), TargetError> {
        let path = self.path.clone();
        let value = self.template.fill(parcel);
        spawn_blocking(move || replace(&path, &value)).await?
    }

    async fn check(&self) -> Result<(), TargetError> {
        let path = self.path.clone();
        spawn_blocking(move || {
            read(&path)?;
            // Not the draft itself, which a key may be written to at this moment.
            let probe = beside(&path, ".central-logger-check");
            create(&probe).map_err(|error| TargetError::File("written", error))?;
            fs::remove_file(&probe).map_err(|error| TargetError::File("written", error))
        })
        .await?
    }
}

fn read(path: &Path) -> Result<Option<Secret>, TargetError> {
    let read = |error| TargetError::File("read", error);
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(read)?,
    };
    if !file.metadata().map_err(read)?.is_file() {
        return Err(read(io::Error::other("it is no regular file")));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let length = file.take(MAX_LENGTH + 1).read_to_end(&mut bytes);
    if length.map_err(read)? as u64 > MAX_LENGTH {
        return Err(TargetError::NotText);
    }
    let text = str::from_utf8(&bytes).map_err(|_| TargetError::NotText)?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Ok(None),
        key => Ok(Some(key.to_owned().into())),
    }
}

/// Readers see the old key or the new one, and nothing in between.
fn replace(path: &Path, key: &Secret) -> Result<(), TargetError> {
    let draft = draft_of(path);
    let written = create(&draft).and_then(|mut file| {
        file.write_all(key.expose().as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)
    });
    if let Err(error) = written {
        // It holds a key that will be revoked.
        drop(fs::remove_file(&draft));
        return Err(TargetError::File("written", error));
    }
    let folder = path.parent().unwrap_or(Path::new("/"));
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(TargetError::NotSynced)
}

/// Always the same file, so that one that a crash has left does not stay.
fn draft_of(path: &Path) -> PathBuf {
    beside(path, ".central-logger")
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(ending);
    path.with_file_name(name)
}

/// Makes an empty file that only its owner can read.
fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version_of;
    use central_logger_keys::{ApiKey, KeyEnvironment, KeyPrefix};

    async fn put(target: &FileTarget) -> Result<ApiKey, TargetError> {
        let key = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live).unwrap();
        let (key_id, client_id) = (key.key_id().unwrap(), "acme".parse().unwrap());
        let parcel = Parcel {
            api_key: &key,
            key_id,
            client_id: &client_id,
            version: version_of("store", key_id),
            api_url: "https://logs.example.com/api/v1/logs",
            expires_at: None,
        };
        target.put(&parcel).await?;
        Ok(key)
    }

    #[tokio::test]
    async fn a_file_is_replaced_and_read_by_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme");
        let target = FileTarget::new(path.clone(), ValueTemplate::default());
        assert!(target.current().await.unwrap().is_none());
        target.check().await.unwrap();
        for _ in 0..2 {
            let key = put(&target).await.unwrap();
            assert!(target.current().await.unwrap().unwrap().is_key(&key));
            assert_eq!(fs::read_to_string(&path).unwrap(), key.expose_secret());
        }
        target.check().await.unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "no draft is left");
    }

    #[tokio::test]
    async fn a_check_leaves_a_key_alone_that_is_being_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme");
        fs::write(draft_of(&path), "a key").unwrap();
        let target = FileTarget::new(path.clone(), ValueTemplate::default());
        target.check().await.unwrap();
        assert_eq!(fs::read_to_string(draft_of(&path)).unwrap(), "a key");
        let left = fs::read_dir(folder.path()).unwrap();
        assert_eq!(left.count(), 1);
    }

    #[tokio::test]
    async fn what_cannot_be_written_is_provably_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let missing = FileTarget::new(
            folder.path().join("no/such/folder"),
            ValueTemplate::default(),
        );
        let error = put(&missing).await.unwrap_err();
        assert!(!error.may_be_written(), "{error:?}");
        assert!(missing.check().await.is_err());
        let a_folder = FileTarget::new(folder.path().to_owned(), ValueTemplate::default());
        assert!(a_folder.current().await.is_err());
    }

    #[tokio::test]
    async fn line_ends_are_no_part_of_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme");
        let target = FileTarget::new(path.clone(), ValueTemplate::default());
        for (text, held) in [("abc\r\n", Some("abc")), ("\n", None), ("", None)] {
            fs::write(&path, text).unwrap();
            let current = target.current().await.unwrap();
            assert_eq!(current.as_ref().map(Secret::expose), held);
        }
        fs::write(&path, [0xff]).unwrap();
        let refused = target.current().await.unwrap_err();
        assert!(matches!(refused, TargetError::NotText));
    }
}
