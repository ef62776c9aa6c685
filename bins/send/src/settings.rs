//! Settings from flags, the environment and `.env`, in this order.

use crate::{args::SettingsArgs, error::SendError, say};
use central_logger_client::{Client, ClientBuilder};
use central_logger_env_file::{EnvFile, EnvFileError};
use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

/// The folder of entries below one for the state of programs.
const FOLDER: &str = "central-logger";

/// The settings of a client.
pub(crate) struct Settings {
    builder: ClientBuilder,
    pub(crate) spool_dir: Option<PathBuf>,
    /// Whether somebody has asked for no folder. Otherwise there is none for want of a place.
    is_in_memory: bool,
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
        Self::of(args, &file).map_err(in_file)
    }

    /// Settings without those of a file that cannot be used, for a job that has to run.
    pub(crate) fn without_file(args: &SettingsArgs) -> Result<Self, SendError> {
        let in_file = |error| SendError::EnvFile(PathBuf::new(), error);
        Self::of(args, &EnvFile::default()).map_err(in_file)
    }

    fn of(args: &SettingsArgs, file: &EnvFile) -> Result<Self, EnvFileError> {
        let spool_dir = spool_dir(args);
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
            is_in_memory: args.no_spool,
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

    /// The folder that keeps entries, for what needs one.
    pub(crate) fn folder(&self) -> Result<&Path, SendError> {
        match &self.spool_dir {
            Some(folder) => Ok(folder),
            None if self.is_in_memory => Err(SendError::NeedsSpool),
            None => Err(SendError::NoHome),
        }
    }

    /// Whether there is no place for a folder, and nobody has asked for none.
    pub(crate) fn lacks_folder(&self) -> bool {
        self.spool_dir.is_none() && !self.is_in_memory
    }

    /// Says that entries end with this program, unless somebody has asked for that.
    pub(crate) fn tell_lack_of_folder(&self) {
        if self.lacks_folder() {
            say(&format!(
                "{}; until then entries are kept in memory only",
                SendError::NoHome
            ));
        }
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        self.builder.clone()
    }
}

/// Where entries are kept, unless they are to be kept in memory.
fn spool_dir(args: &SettingsArgs) -> Option<PathBuf> {
    if args.no_spool {
        return None;
    }
    let is_root = rustix::process::geteuid().is_root();
    let named = args.spool_dir.clone();
    named.or_else(|| default_folder(variable, is_root))
}

/// Where entries are kept when no flag says where: below what is for the state of programs.
fn default_folder(variable: impl Fn(&str) -> Option<OsString>, is_root: bool) -> Option<PathBuf> {
    let set = |name| variable(name).filter(|value| !value.is_empty());
    // A relative path is to be ignored.
    let named = set("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let of_user = || Some(PathBuf::from(set("HOME")?).join(".local/state"));
    if let Some(state) = named.or_else(of_user) {
        return Some(state.join(FOLDER));
    }
    // A service of the system has no home. What systemd makes for it may be for this program alone, or for the job.
    if let Some(all) = set("STATE_DIRECTORY") {
        let first = env::split_paths(&all).next();
        if let Some(state) = first.filter(|path| path.is_absolute()) {
            let is_own = state.ends_with(FOLDER);
            return Some(if is_own { state } else { state.join(FOLDER) });
        }
    }
    is_root.then(|| Path::new("/var/lib").join(FOLDER))
}

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name)
}

fn is_set(name: &str) -> bool {
    variable(name).is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(variables: &[(&str, &str)], is_root: bool) -> Option<String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name)?;
            Some(OsString::from(found.1))
        };
        let folder = default_folder(variable, is_root)?;
        Some(folder.into_os_string().into_string().unwrap())
    }

    #[test]
    fn the_folder_is_below_the_state_of_the_user() {
        let home = ("HOME", "/home/u");
        for (variables, expected) in [
            (&[("XDG_STATE_HOME", "/s"), home][..], "/s/central-logger"),
            (
                &[("XDG_STATE_HOME", "relative"), home],
                "/home/u/.local/state/central-logger",
            ),
            (
                &[home, ("STATE_DIRECTORY", "/var/lib/central-logger")],
                "/home/u/.local/state/central-logger",
            ),
        ] {
            assert_eq!(folder(variables, true).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_service_without_a_home_has_a_folder() {
        let of_service = |value| folder(&[("HOME", ""), ("STATE_DIRECTORY", value)], false);
        for (value, expected) in [
            ("/var/lib/central-logger", Some("/var/lib/central-logger")),
            ("/var/lib/job", Some("/var/lib/job/central-logger")),
            (
                "/var/lib/job:/var/lib/b",
                Some("/var/lib/job/central-logger"),
            ),
            ("relative", None),
            ("", None),
        ] {
            assert_eq!(of_service(value).as_deref(), expected, "{value}");
        }
        let of_root = folder(&[], true);
        assert_eq!(of_root.as_deref(), Some("/var/lib/central-logger"));
        assert_eq!(folder(&[], false), None);
    }
}
