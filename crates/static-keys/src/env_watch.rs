use crate::{ApiKeys, ApiKeysError, StaticKeys};
use central_logger_env_file::{EnvFile, EnvFileError};
use central_logger_input_file::{InputFile, InputFileError};
use central_logger_text::Report;
use central_logger_times::Clock;
use sha2::{Digest, Sha256};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{task::spawn_blocking, time::interval};
use zeroize::Zeroizing;

/// Static keys that follow `API_KEYS` in a `.env` file as it changes.
///
/// A change counts when two looks in a row find the same content, so that a file being written is
/// not taken for a finished one. A file that is missing, empty or wrong leaves the keys as they
/// are. One that has settled without an `API_KEYS` takes them all away: the line was deleted on
/// purpose.
///
/// # Examples
///
/// ```
/// use central_logger_static_keys::{EnvWatch, Reload};
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// # let files = tempfile::tempdir()?;
/// # let path = files.path().join(".env");
/// std::fs::write(&path, r#"API_KEYS={"xyz789_real_key": "acme_corp"}"#)?;
/// let mut watch = EnvWatch::open(&path, Arc::new(SystemClock))?;
/// let keys = watch.keys();
/// assert_eq!(keys.len(), 1);
///
/// std::fs::write(&path, "API_KEYS={}")?;
/// assert!(matches!(watch.poll(), Reload::Unchanged), "it may still be being written");
/// assert!(matches!(watch.poll(), Reload::Applied));
/// assert!(keys.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct EnvWatch {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    keys: Arc<StaticKeys>,
    seen: Look,
    settled: Look,
}

/// What a look at the file found: the digest of its content, or why it cannot be read.
type Look = Result<[u8; 32], String>;

/// What came of a look at the file.
///
/// # Examples
///
/// ```
/// use central_logger_static_keys::{EnvWatch, Reload};
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// # let files = tempfile::tempdir()?;
/// # let path = files.path().join(".env");
/// let mut watch = EnvWatch::open(&path, Arc::new(SystemClock))?;
/// std::fs::write(&path, "API_KEYS=key1:client1")?;
/// watch.poll();
/// let Reload::Kept(error) = watch.poll() else { panic!("it cannot be used") };
/// assert!(error.to_string().ends_with(".env"), "the rest is told by its source");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub enum Reload {
    /// Nothing new.
    Unchanged,
    /// The keys are those of the file now.
    Applied,
    /// The file has changed and cannot be used; the keys are those of before.
    Kept(EnvWatchError),
}

/// Why the keys in a `.env` file cannot be used.
///
/// # Examples
///
/// ```
/// use central_logger_static_keys::EnvWatch;
/// use central_logger_text::Report;
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// # let files = tempfile::tempdir()?;
/// # let path = files.path().join(".env");
/// std::fs::write(&path, "API_KEYS=key1:client1")?;
/// let error = EnvWatch::open(&path, Arc::new(SystemClock)).unwrap_err();
/// assert!(Report(&error).to_string().contains(".env: API_KEYS is not of the right form"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnvWatchError {
    /// The file cannot be read or is not of the form of a `.env` file.
    #[error("{}", .0.display())]
    File(PathBuf, #[source] EnvFileError),
    /// `API_KEYS` is wrong.
    #[error("{}", .0.display())]
    ApiKeys(PathBuf, #[source] ApiKeysError),
    /// The file is empty, perhaps because it is being written.
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
}

/// How a look tells that there is no file.
const ABSENT: &str = "absent";
/// Two looks are within the two seconds in which a change must have its effect.
const INTERVAL: Duration = Duration::from_millis(500);

impl EnvWatch {
    /// Reads the keys of the file at `path` for the first time; no file means no keys.
    ///
    /// # Errors
    /// When there is a file and it is wrong.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, EnvWatchError> {
        match read(path) {
            Ok(content) => Self::from_content(path, Some(&content), clock),
            Err(error) if is_absent(&error) => Self::from_content(path, None, clock),
            Err(error) => Err(unreadable(path, error)),
        }
    }

    /// Begins with what somebody else has read from the file at `path`; nothing where there was none.
    ///
    /// # Errors
    /// When what was read is wrong.
    pub fn from_content(
        path: &Path,
        content: Option<&[u8]>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, EnvWatchError> {
        let look = match content {
            Some(content) => Ok(digest(content)),
            None => Err(ABSENT.to_owned()),
        };
        let keys = match content {
            Some(content) => parse(path, content)?,
            None => ApiKeys::default(),
        };
        Ok(Self {
            path: path.to_owned(),
            keys: Arc::new(StaticKeys::new(&keys, clock.now())),
            clock,
            seen: look.clone(),
            settled: look,
        })
    }

    /// The keys, which change as the file does.
    pub fn keys(&self) -> Arc<StaticKeys> {
        Arc::clone(&self.keys)
    }

    /// Checks the file every half second, without end, and writes to the log what it does.
    pub async fn run(mut self) {
        let mut ticks = interval(INTERVAL);
        loop {
            ticks.tick().await;
            let before = self.clone();
            let looked = spawn_blocking(move || {
                let reload = self.poll();
                (self, reload)
            });
            let Ok((watch, reload)) = looked.await else {
                tracing::error!("API_KEYS kept as they were: looking at the file panicked");
                self = before;
                continue;
            };
            self = watch;
            match reload {
                Reload::Unchanged => {}
                Reload::Applied => {
                    tracing::info!(keys = self.keys.len(), "API_KEYS changed");
                    self.keys.warn_of_weak();
                }
                Reload::Kept(error) => {
                    let error = Report(&error).to_string();
                    tracing::warn!(error, keys = self.keys.len(), "API_KEYS kept as they were");
                }
            }
        }
    }

    /// Looks at the file once.
    pub fn poll(&mut self) -> Reload {
        let content = read(&self.path);
        let look = look(&content);
        let twice = look == std::mem::replace(&mut self.seen, look.clone());
        if !twice || look == self.settled {
            return Reload::Unchanged;
        }
        self.settled = look;
        match self.apply(content) {
            Ok(()) => Reload::Applied,
            Err(error) => Reload::Kept(error),
        }
    }

    fn apply(&self, content: Result<Content, InputFileError>) -> Result<(), EnvWatchError> {
        let content = content.map_err(|error| unreadable(&self.path, error))?;
        if content.trim_ascii().is_empty() {
            return Err(EnvWatchError::Empty(self.path.clone()));
        }
        let keys = parse(&self.path, &content)?;
        self.keys.replace(&keys, self.clock.now());
        Ok(())
    }
}

type Content = Zeroizing<Vec<u8>>;

fn read(path: &Path) -> Result<Content, InputFileError> {
    InputFile::read_regular(path, InputFile::SETTINGS_LIMIT).map(|file| file.content)
}

fn look(content: &Result<Content, InputFileError>) -> Look {
    match content {
        Ok(content) => Ok(digest(content)),
        Err(error) if is_absent(error) => Err(ABSENT.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn digest(content: &[u8]) -> [u8; 32] {
    Sha256::digest(content).into()
}

fn is_absent(error: &InputFileError) -> bool {
    matches!(error, InputFileError::Io(error) if error.kind() == io::ErrorKind::NotFound)
}

fn unreadable(path: &Path, error: InputFileError) -> EnvWatchError {
    EnvWatchError::File(path.into(), EnvFileError::Read(error))
}

fn parse(path: &Path, content: &[u8]) -> Result<ApiKeys, EnvWatchError> {
    let in_file = |error| EnvWatchError::File(path.into(), error);
    let file = EnvFile::parse(content).map_err(in_file)?;
    match file
        .get("API_KEYS")
        .map_err(in_file)?
        .filter(|json| !json.is_empty())
    {
        None => Ok(ApiKeys::default()),
        Some(json) => {
            ApiKeys::parse(json).map_err(|error| EnvWatchError::ApiKeys(path.into(), error))
        }
    }
}
