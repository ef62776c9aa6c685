use crate::{
    Flags, Found, Origin, SettingError,
    alerting::WEBHOOK_URL,
    mail::SMTP_URL,
    secret_scanning::SECRET_SCANNING_URL,
    security_contact::SECURITY_CONTACT,
    settings::{DATABASE_URL, PUBLIC_URL},
};
use central_logger_env_file::{EnvFile, EnvFileError};
use central_logger_input_file::{InputFile, InputFileError};
use std::{
    fmt::Display,
    io,
    path::{Path, PathBuf},
    str::FromStr,
};
use zeroize::Zeroizing;

/// A setting and how it may be given.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Environment, Flags, Setting};
///
/// const SEATS: Setting =
///     Setting { name: "MY_SERVICE_SEATS", flag: "--seats", example: "12", secret: false };
///
/// let flags = Flags::default().with("--seats", Some("few".to_owned()));
/// let environment = Environment::read(None)?.with_flags(flags);
/// let error = environment.get::<u16>(&SEATS).unwrap_err();
/// let said =
///     "invalid value 'few' for --seats: invalid digit found in string (for example --seats 12)";
/// assert_eq!(error.to_string(), said);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// The flag.
    pub flag: &'static str,
    /// A correct value, to be shown when the one found is wrong.
    pub example: &'static str,
    /// Whether the value may hold a secret and must not be repeated.
    pub secret: bool,
}

/// The settings that are a URL.
static URLS: [Setting; 6] = [
    DATABASE_URL,
    PUBLIC_URL,
    SMTP_URL,
    WEBHOOK_URL,
    SECRET_SCANNING_URL,
    SECURITY_CONTACT,
];

impl Setting {
    /// Returns the setting that is a URL and has this flag, for a program that refuses a command line before it reads
    /// settings, and shows what would be right.
    pub fn of_url(flag: &str) -> Option<&'static Self> {
        URLS.iter().find(|setting| setting.flag == flag)
    }
}

/// Where settings come from: flags over environment variables over a `.env` file.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Environment, Flags, Setting};
///
/// const SEATS: Setting =
///     Setting { name: "MY_SERVICE_SEATS", flag: "--seats", example: "12", secret: false };
///
/// # let files = tempfile::tempdir()?;
/// # let path = files.path().join(".env");
/// std::fs::write(&path, "MY_SERVICE_SEATS=40\n")?;
/// let environment = Environment::read(Some(&path))?;
/// assert_eq!(environment.get(&SEATS)?, Some(40));
/// let flags = Flags::default().with("--seats", Some("12".to_owned()));
/// assert_eq!(environment.with_flags(flags).get(&SEATS)?, Some(12), "the flag wins");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Environment {
    flags: Flags,
    env_file: EnvFile,
    path: PathBuf,
    /// The file as it was read, if there was one.
    read: Option<InputFile>,
}

/// A value, and the file that it was read from, if it has one of its own.
#[derive(Debug)]
pub(crate) struct FoundOrRead<T> {
    pub(crate) found: Found<T>,
    pub(crate) file: Option<PathBuf>,
}

/// What beats what.
#[derive(Clone, Copy)]
enum Layer {
    Flag,
    Variable,
    File,
}

const LAYERS: [Layer; 3] = [Layer::Flag, Layer::Variable, Layer::File];

impl Environment {
    /// Reads `env_file`, or without one the `.env` of the working directory if there is any.
    ///
    /// # Errors
    /// When the file cannot be read or understood, or a named one does not exist.
    pub fn read(env_file: Option<&Path>) -> Result<Self, SettingError> {
        let path = env_file.unwrap_or(Path::new(".env"));
        let in_file = |error| SettingError::EnvFile(path.to_owned(), error);
        let read = match (InputFile::read(path, InputFile::SETTINGS_LIMIT), env_file) {
            (Ok(read), _) => Some(read),
            (Err(InputFileError::Io(error)), named) if error.kind() == io::ErrorKind::NotFound => {
                match named {
                    None => None,
                    Some(named) => return Err(SettingError::NoEnvFile(named.to_owned())),
                }
            }
            (Err(error), _) => return Err(in_file(EnvFileError::Read(error))),
        };
        let env_file = match &read {
            Some(file) => EnvFile::parse(&file.content).map_err(in_file)?,
            None => EnvFile::default(),
        };
        Ok(Self {
            flags: Flags::default(),
            env_file,
            path: path.to_owned(),
            read,
        })
    }

    /// Reads settings from these flags first.
    #[must_use]
    pub fn with_flags(self, flags: Flags) -> Self {
        Self { flags, ..self }
    }

    /// What was read of the `.env` file, if there is one.
    pub(crate) fn env_file_as_read(&self) -> Option<&InputFile> {
        self.read.as_ref()
    }

    /// The `.env` file, whether it exists or not.
    pub fn env_file(&self) -> &Path {
        &self.path
    }

    /// The value of an environment variable of this process; an empty one counts as none.
    ///
    /// # Errors
    /// When the value is not Unicode.
    pub fn variable(name: &'static str) -> Result<Option<String>, SettingError> {
        match std::env::var(name) {
            Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(SettingError::NotUnicode(name)),
        }
    }

    /// The value of a setting, from the flag, else the environment, else the file.
    ///
    /// # Errors
    /// When the value found is wrong.
    pub fn get<T>(&self, setting: &Setting) -> Result<Option<T>, SettingError>
    where
        T: FromStr<Err: Display>,
    {
        Ok(self.find(setting)?.map(|found| found.value))
    }

    /// The value of a setting as by [`get`](Self::get), and where it was found.
    ///
    /// # Errors
    /// When the value found is wrong.
    pub fn find<T>(&self, setting: &Setting) -> Result<Option<Found<T>>, SettingError>
    where
        T: FromStr<Err: Display>,
    {
        for layer in LAYERS {
            if let Some(found) = self.look(layer, setting)? {
                return parsed(setting, found).map(Some);
            }
        }
        Ok(None)
    }

    /// The value of a setting, or of the file that another names, and that file: for secrets, which
    /// others might read on a command line.
    ///
    /// # Errors
    /// When the value found is wrong, or both are given in the same way.
    pub(crate) fn find_or_read<T>(
        &self,
        setting: &Setting,
        file: &Setting,
    ) -> Result<Option<FoundOrRead<T>>, SettingError>
    where
        T: FromStr<Err: Display>,
    {
        for layer in LAYERS {
            let value = self.look(layer, setting)?;
            match (value, self.look(layer, file)?) {
                (None, None) => {}
                (Some(found), None) => {
                    let found = parsed(setting, found)?;
                    return Ok(Some(FoundOrRead { found, file: None }));
                }
                (None, Some(found)) => return read_value(found).map(Some),
                (Some(value), Some(file)) => {
                    return Err(SettingError::Both(value.origin, file.origin));
                }
            }
        }
        Ok(None)
    }

    fn look(&self, layer: Layer, setting: &Setting) -> Result<Option<Found<String>>, SettingError> {
        let name = setting.name;
        let (value, origin) = match layer {
            Layer::Flag => {
                let values = self.flags.get(setting.flag);
                let mut each = values.into_iter().flatten();
                if each.any(|value| value.trim().is_empty()) {
                    return Err(SettingError::Empty {
                        flag: setting.flag,
                        example: setting.example,
                    });
                }
                let value = values.map(|values| values.join(","));
                (value, Origin::Flag(setting.flag))
            }
            Layer::Variable => (Self::variable(name)?, Origin::Variable(name)),
            Layer::File => {
                let value = self.in_env_file(name)?.map(str::to_owned);
                (value, self.origin_in_env_file(name))
            }
        };
        Ok(value.map(|value| Found { value, origin }))
    }

    /// The value in the `.env` file; an empty one counts as none.
    pub(crate) fn in_env_file(&self, name: &str) -> Result<Option<&str>, SettingError> {
        let in_file = |error| SettingError::EnvFile(self.path.clone(), error);
        let value = self.env_file.get(name).map_err(in_file)?;
        Ok(value.filter(|value| !value.is_empty()))
    }

    pub(crate) fn origin_in_env_file(&self, name: &'static str) -> Origin {
        Origin::File {
            name,
            path: self.path.clone(),
            line: self.env_file.line(name).unwrap_or_default(),
        }
    }
}

fn parsed<T>(setting: &Setting, found: Found<String>) -> Result<Found<T>, SettingError>
where
    T: FromStr<Err: Display>,
{
    let Found { value, origin } = found;
    match value.parse() {
        Ok(value) => Ok(Found { value, origin }),
        Err(reason) => Err(SettingError::invalid(setting, &value, origin, reason)),
    }
}

/// The value in the file that was found, without line ends around it.
pub(crate) fn read_value<T>(file: Found<String>) -> Result<FoundOrRead<T>, SettingError>
where
    T: FromStr<Err: Display>,
{
    let origin = file.origin;
    let path = PathBuf::from(file.value);
    let read = read_file(&origin, &path)?;
    let parsed = match str::from_utf8(&read) {
        Ok(text) => text
            .trim()
            .parse()
            .map_err(|reason: T::Err| reason.to_string()),
        Err(_) => Err("it is not UTF-8 text".to_owned()),
    };
    match parsed {
        Ok(value) => Ok(FoundOrRead {
            found: Found { value, origin },
            file: Some(path),
        }),
        Err(reason) => Err(SettingError::File {
            origin,
            path,
            reason,
        }),
    }
}

/// The content of a file that a setting names.
pub(crate) fn read_file(origin: &Origin, path: &Path) -> Result<Zeroizing<Vec<u8>>, SettingError> {
    match InputFile::read(path, InputFile::SETTINGS_LIMIT) {
        Ok(file) => Ok(file.content),
        Err(error) => Err(SettingError::File {
            origin: origin.clone(),
            path: path.to_owned(),
            reason: error.to_string(),
        }),
    }
}
