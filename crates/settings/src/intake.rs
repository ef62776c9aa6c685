use crate::{Environment, Setting, SettingError, Switch};
use std::{fmt, num::NonZeroUsize, str::FromStr};

const OTLP_MAX_BODY: Setting = Setting {
    name: "LOGGER_OTLP_MAX_BODY",
    flag: "--otlp-max-body",
    example: "64MiB",
    secret: false,
};

const INTAKE_ONCE: Setting = Setting {
    name: "LOGGER_INTAKE_ONCE",
    flag: "--intake-once",
    example: "off",
    secret: false,
};

/// How requests in the protocols of other systems are taken.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Environment, Flags, IntakeSettings};
///
/// let environment = Environment::read(None)?;
/// let settings = IntakeSettings::read(&environment)?;
/// assert_eq!((settings.otlp_max_body, settings.once), (10 << 20, true));
/// let larger = Flags::default().with("--otlp-max-body", ["64MiB".to_owned()]);
/// let settings = IntakeSettings::read(&environment.with_flags(larger))?;
/// assert_eq!(settings.otlp_max_body, 64 << 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntakeSettings {
    /// The largest body of OTLP, in bytes, as it is sent and decompressed.
    pub otlp_max_body: usize,
    /// Whether an equal body is the same request, where it can hardly be another.
    pub once: bool,
}

impl Default for IntakeSettings {
    fn default() -> Self {
        Self {
            otlp_max_body: BodySize::DEFAULT.get(),
            once: true,
        }
    }
}

impl IntakeSettings {
    /// Reads the settings.
    ///
    /// # Errors
    /// When one of them is not what it should be.
    pub fn read(environment: &Environment) -> Result<Self, SettingError> {
        let size = environment.get::<BodySize>(&OTLP_MAX_BODY)?;
        let once = environment.get::<Switch>(&INTAKE_ONCE)?;
        let default = Self::default();
        Ok(Self {
            otlp_max_body: size.map_or(default.otlp_max_body, |size| size.0.get()),
            once: once.map_or(default.once, |switch| switch.0),
        })
    }
}

/// A size in bytes, or in `KiB` or `MiB`.
struct BodySize(NonZeroUsize);

impl BodySize {
    const DEFAULT: NonZeroUsize = NonZeroUsize::new(10 << 20).unwrap();
    const MAX: usize = 64 << 20;
}

struct InvalidBodySize;

impl fmt::Display for InvalidBodySize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be a number of bytes, or with KiB or MiB behind it, from 1 to 64MiB")
    }
}

impl FromStr for BodySize {
    type Err = InvalidBodySize;

    fn from_str(text: &str) -> Result<Self, InvalidBodySize> {
        let text = text.trim();
        let units = [("KiB", 10), ("MiB", 20)];
        let of_unit = |(unit, shift): (&str, u32)| Some((text.strip_suffix(unit)?, shift));
        let (number, shift) = units.into_iter().find_map(of_unit).unwrap_or((text, 0));
        let number: usize = number.trim().parse().map_err(|_| InvalidBodySize)?;
        let bytes = number
            .checked_mul(1 << shift)
            .filter(|bytes| *bytes <= Self::MAX);
        let bytes = bytes.and_then(NonZeroUsize::new);
        bytes.map(Self).ok_or(InvalidBodySize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_and_an_end() {
        for (text, bytes) in [
            ("1", Some(1)),
            ("64MiB", Some(64 << 20)),
            ("512 KiB", Some(512 << 10)),
            ("67108864", Some(64 << 20)),
            ("67108865", None),
            ("65MiB", None),
            ("0", None),
            ("10MB", None),
            ("-1", None),
            ("", None),
        ] {
            let read = text.parse::<BodySize>().ok().map(|size| size.0.get());
            assert_eq!(read, bytes, "{text}");
        }
    }
}
