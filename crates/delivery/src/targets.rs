use crate::{
    Target, TargetError, TargetName, ValueTemplate, aws::AwsTarget, azure::AzureTarget,
    file::FileTarget, vault::VaultTarget,
};
use central_logger_times::Clock;
use std::{fmt, sync::Arc};

/// Opens targets.
pub trait OpenTarget: Send + Sync {
    /// Opens a target, to which keys are written by this template. Nothing is asked of it yet.
    ///
    /// # Errors
    /// When settings or credentials are missing, or it takes no key.
    fn open(
        &self,
        name: &TargetName,
        template: &ValueTemplate,
    ) -> Result<Box<dyn Target>, TargetError>;
}

/// The environment variables that targets are set up by.
///
/// # Examples
///
/// ```
/// use central_logger_delivery::Variables;
///
/// let variables = Variables::from_fn(|name| (name == "VAULT_ADDR").then(|| "https://vault:8200".to_owned()));
/// assert_eq!(variables.get("VAULT_ADDR").as_deref(), Some("https://vault:8200"));
/// assert_eq!(variables.get("VAULT_TOKEN"), None);
/// ```
#[derive(Clone)]
pub struct Variables(Arc<Get>);

type Get = dyn Fn(&str) -> Option<String> + Send + Sync;

/// The targets of this machine, with the credentials that it has.
///
/// # Examples
///
/// ```
/// use central_logger_delivery::{OpenTarget, Targets, ValueTemplate, Variables};
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let targets = Targets::new(Variables::of_process(), Arc::new(SystemClock));
/// let file = targets.open(&"file:/no/such/file".parse()?, &ValueTemplate::default())?;
/// assert!(file.current().await?.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Targets {
    variables: Variables,
    clock: Arc<dyn Clock>,
}

impl Targets {
    /// Takes settings and credentials from these variables, and from the files and services that they name.
    pub fn new(variables: Variables, clock: Arc<dyn Clock>) -> Self {
        Self { variables, clock }
    }
}

impl OpenTarget for Targets {
    fn open(
        &self,
        name: &TargetName,
        template: &ValueTemplate,
    ) -> Result<Box<dyn Target>, TargetError> {
        let template = template.clone();
        match name {
            TargetName::File(path) => Ok(Box::new(FileTarget::new(path.clone(), template))),
            TargetName::Vault { mount, path } => Ok(Box::new(VaultTarget::new(
                &self.variables,
                mount.clone(),
                path.clone(),
                &template,
            )?)),
            TargetName::AwsSecretsManager { name, region } => {
                let clock = Arc::clone(&self.clock);
                let region = region.as_deref();
                let target =
                    AwsTarget::new(&self.variables, clock, name.clone(), region, template)?;
                Ok(Box::new(target))
            }
            TargetName::AzureKeyVault { vault, name } => Ok(Box::new(AzureTarget::new(
                &self.variables,
                vault,
                name,
                template,
            )?)),
            other => Err(TargetError::TakesNoKey(other.to_string())),
        }
    }
}

impl Variables {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self::from_fn(|name| std::env::var(name).ok())
    }

    /// Those that a function gives.
    pub fn from_fn(get: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(get))
    }

    /// Returns the value of one that is set and not empty.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0(name).filter(|value| !value.is_empty())
    }
}

/// Without values, which may be secret.
impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Variables(..)")
    }
}

impl fmt::Debug for Targets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Targets").finish_non_exhaustive()
    }
}
