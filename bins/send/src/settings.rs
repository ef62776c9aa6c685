//! Settings from flags, the environment and `.env`, in this order.

use crate::{args::SettingsArgs, error::SendError};
use central_logger_client::{Client, ClientBuilder};
use central_logger_env_file::{EnvFile, EnvFileError};
use std::{
    env,
    path::{Path, PathBuf},
    time::Duration,
};

/// The settings of a client.
pub(crate) struct Settings {
    builder: ClientBuilder,
    pub(crate) spool_dir: Option<PathBuf>,
    /// Whether there is an address and a key.
    is_complete: bool,
}

impl Settings {
    pub(crate) fn read(args: &SettingsArgs) -> Result<Self, SendError> {
        let path = args.env_file.as_deref().unwrap_or(Path::new(".env"));
        let in_file = |error| SendError::EnvFile(path.to_owned(), error);
        let file = match (EnvFile::read(path), &args.env_file) {
            (Ok(file), _) => file,
            (Err(EnvFileError::Read(_)), None) if !path.exists() => EnvFile::default(),
            (Err(error), _) => return Err(in_file(error)),
        };
        Self::of(args, &file, spool_dir(args)?).map_err(in_file)
    }

    /// Settings without those of a file that cannot be used, for a job that has to run.
    pub(crate) fn without_file(args: &SettingsArgs) -> Result<Self, SendError> {
        let spool_dir = spool_dir(args).unwrap_or_default();
        let in_file = |error| SendError::EnvFile(PathBuf::new(), error);
        Self::of(args, &EnvFile::default(), spool_dir).map_err(in_file)
    }

    fn of(
        args: &SettingsArgs,
        file: &EnvFile,
        spool_dir: Option<PathBuf>,
    ) -> Result<Self, EnvFileError> {
        let in_env_file = |name| {
            let value = file.get(name)?.filter(|value| !value.is_empty());
            Ok(value.map(str::to_owned))
        };
        // The client reads the environment by itself.
        let further = |flag: &Option<String>, name| match flag {
            Some(value) => Ok(Some(value.clone())),
            None if is_set(name) => Ok(None),
            None => in_env_file(name),
        };
        let user_agent = concat!("central-logger-send/", env!("CARGO_PKG_VERSION"));
        let mut builder = Client::builder().user_agent(user_agent);
        let url = further(&args.url, "LOGGER_API_URL")?;
        let has_url = url.is_some() || is_set("LOGGER_API_URL");
        if let Some(url) = url {
            builder = builder.url(url);
        }
        if let Some(environment) = further(&args.environment, "LOGGER_ENVIRONMENT")? {
            builder = builder.environment(environment);
        }
        if let Some(workflow) = &args.workflow {
            builder = builder.workflow(workflow);
        }
        if let Some(folder) = &spool_dir {
            builder = builder.spool_dir(folder);
        }
        let has_key_variable = is_set("LOGGER_API_KEY") || is_set("LOGGER_API_KEY_FILE");
        let mut has_key = true;
        if let Some(path) = &args.key_file {
            builder = builder.key_file(path);
        } else if !has_key_variable {
            if let Some(key) = in_env_file("LOGGER_API_KEY")? {
                builder = builder.key(key);
            } else if let Some(path) = in_env_file("LOGGER_API_KEY_FILE")? {
                builder = builder.key_file(path);
            } else {
                has_key = false;
            }
        }
        Ok(Self {
            builder,
            spool_dir,
            is_complete: has_url && has_key,
        })
    }

    /// How long to wait for deliveries: not for long when none can be made.
    pub(crate) fn patience(&self, patience: Duration) -> Duration {
        let for_report = Duration::from_millis(200);
        if self.is_complete {
            patience
        } else {
            for_report
        }
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        self.builder.clone()
    }
}

/// Where entries are kept, unless they are to be kept in memory.
fn spool_dir(args: &SettingsArgs) -> Result<Option<PathBuf>, SendError> {
    if args.no_spool {
        return Ok(None);
    }
    let state = || {
        // A relative path is to be ignored.
        let named = env::var_os("XDG_STATE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        named.or_else(|| {
            let home = env::var_os("HOME").filter(|home| !home.is_empty())?;
            Some(PathBuf::from(home).join(".local/state"))
        })
    };
    let folder = args
        .spool_dir
        .clone()
        .or_else(|| Some(state()?.join("central-logger")));
    folder.map(Some).ok_or(SendError::NoHome)
}

fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}
