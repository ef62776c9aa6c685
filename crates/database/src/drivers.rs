use crate::{DatabaseUrl, Driver, InvalidDatabaseUrl};
use std::sync::Arc;

/// Drivers by the schemes of their URLs.
///
/// # Examples
///
/// ```
/// use central_logger_database::Drivers;
///
/// let drivers = Drivers::of_this_build();
/// assert!(drivers.parse("sqlite:data/central-logger.db").is_ok());
/// let error = drivers.parse("mysql://root:secret@db/x").unwrap_err().to_string();
/// assert!(error.contains("sqlite:PATH") && !error.contains("secret"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Drivers(Vec<Arc<dyn Driver>>);

impl Drivers {
    /// The drivers that the features of this build bring.
    pub fn of_this_build() -> Self {
        let drivers = Self::default();
        #[cfg(feature = "sqlite")]
        let drivers = drivers.with(crate::SqliteDriver);
        #[cfg(feature = "postgres")]
        let drivers = drivers.with(crate::PostgresDriver);
        drivers
    }

    /// Adds a driver. Of several with the same scheme, the one that was added last opens its URLs.
    #[must_use]
    pub fn with(mut self, driver: impl Driver + 'static) -> Self {
        self.0.insert(0, Arc::new(driver));
        self
    }

    /// Finds the driver of a URL.
    ///
    /// # Errors
    /// When there is none, or the URL is not written as the driver wants it.
    pub fn parse(&self, url: &str) -> Result<DatabaseUrl, InvalidDatabaseUrl> {
        let scheme = url.split_once(':').map(|(scheme, _)| scheme);
        let is_its = |driver: &&Arc<dyn Driver>| {
            let mut schemes = driver.schemes().iter().copied();
            schemes.any(|known| Some(known) == scheme)
        };
        let Some(driver) = self.0.iter().find(is_its) else {
            return Err(InvalidDatabaseUrl::UnknownScheme {
                known: self.url_forms(),
            });
        };
        match driver.is_url(url) {
            true => Ok(DatabaseUrl::new(url, Arc::clone(driver))),
            false => Err(InvalidDatabaseUrl::Malformed {
                form: driver.url_form(),
            }),
        }
    }

    /// How URLs of each driver are written, in the order of their names.
    fn url_forms(&self) -> String {
        let mut forms: Vec<_> = self.0.iter().map(|driver| driver.url_form()).collect();
        forms.sort_unstable();
        match forms.is_empty() {
            true => "no scheme at all".to_owned(),
            false => forms.join(" or "),
        }
    }
}
