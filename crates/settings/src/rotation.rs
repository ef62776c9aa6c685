use crate::{Environment, Setting, SettingError};
use central_logger_times::UnitDuration;
use time::Duration;

const ROTATE_DUE: Setting = Setting {
    name: "LOGGER_ROTATE_DUE",
    flag: "--rotate-due",
    example: "90d",
    secret: false,
};
const ROTATE_GRACE: Setting = Setting {
    name: "LOGGER_ROTATE_GRACE",
    flag: "--rotate-grace",
    example: "30d",
    secret: false,
};
const ROTATE_FINISH_IDLE: Setting = Setting {
    name: "LOGGER_ROTATE_FINISH_IDLE",
    flag: "--rotate-finish-idle",
    example: "24h",
    secret: false,
};

/// How the server rotates keys by itself, and hands them over.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Environment, Flags, RotationSettings};
///
/// let flags = Flags::default().with("--rotate-due", ["90d".to_owned()]);
/// let rotation = RotationSettings::read(&Environment::read(None)?.with_flags(flags))?;
/// assert_eq!(rotation.map(|rotation| rotation.grace.whole_days()), Some(30));
/// # Ok::<(), central_logger_settings::SettingError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotationSettings {
    /// Keys older than this are rotated, and weak ones.
    pub due: Duration,
    /// How long a key that is replaced works at most.
    pub grace: Duration,
    /// A key that is replaced is revoked once it was not used for so long, and its successor was used.
    pub finish_idle: Option<Duration>,
}

impl RotationSettings {
    /// How long a key that is replaced works, unless told otherwise.
    const GRACE: Duration = Duration::days(30);

    /// Reads the settings; nothing unless the server is to rotate keys.
    ///
    /// # Errors
    /// On the first setting that is wrong.
    pub fn read(environment: &Environment) -> Result<Option<Self>, SettingError> {
        let read = |setting| environment.get::<UnitDuration>(setting);
        let grace = read(&ROTATE_GRACE)?.map(UnitDuration::duration);
        let finish_idle = read(&ROTATE_FINISH_IDLE)?.map(UnitDuration::duration);
        Ok(read(&ROTATE_DUE)?.map(|due| Self {
            due: due.duration(),
            grace: grace.unwrap_or(Self::GRACE),
            finish_idle,
        }))
    }
}
