//! The files of profiles that the programs of AWS keep.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>

use crate::{
    Secret, TargetError, Variables,
    credentials_file::{home, read_optional},
};
use std::path::PathBuf;

/// The settings of one profile, from the files `credentials` and `config`.
pub(super) struct Profile {
    credentials: Option<Secret>,
    config: Option<Secret>,
    name: String,
}

impl Profile {
    pub(super) fn read(variables: &Variables) -> Result<Self, TargetError> {
        let file = |setting: &str, name: &str| {
            let usual = || home(variables).map(|home| home.join(".aws").join(name));
            let path = variables.get(setting).map(PathBuf::from).or_else(usual);
            path.map(|path| read_optional(&path)).transpose()
        };
        Ok(Self {
            credentials: file("AWS_SHARED_CREDENTIALS_FILE", "credentials")?.flatten(),
            config: file("AWS_CONFIG_FILE", "config")?.flatten(),
            name: variables.get("AWS_PROFILE").unwrap_or("default".to_owned()),
        })
    }

    /// Returns a setting of the profile.
    pub(super) fn get(&self, setting: &str) -> Option<String> {
        let in_config = match self.name.as_str() {
            "default" => "default".to_owned(),
            name => format!("profile {name}"),
        };
        let files = [(&self.credentials, &self.name), (&self.config, &in_config)];
        let mut found = files.into_iter().filter_map(|(file, section)| {
            let file = file.as_ref()?;
            find(file.expose(), section, setting)
        });
        found.next().filter(|value| !value.is_empty())
    }
}

fn find(file: &str, section: &str, setting: &str) -> Option<String> {
    let mut is_within = false;
    for line in file.lines() {
        // A line that begins with a space belongs to the setting above it.
        if line.starts_with([' ', '\t', '#', ';']) {
            continue;
        }
        let line = line.trim_end();
        if let Some(head) = line
            .strip_prefix('[')
            .and_then(|line| line.split(']').next())
        {
            is_within = head.split_whitespace().eq(section.split_whitespace());
        } else if is_within
            && let Some((name, value)) = line.split_once('=')
            && name.trim() == setting
        {
            return Some(value.trim().to_owned());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_found_in_its_section_alone() {
        let file = "# mine\n[default]\nregion = eu-central-1\ns3 =\n  region = no\n\n\
            [profile ops]\naws_access_key_id=AKID\nregion=us-east-1\n";
        let of = |section, setting| find(file, section, setting);
        assert_eq!(of("default", "region").as_deref(), Some("eu-central-1"));
        assert_eq!(of("profile ops", "region").as_deref(), Some("us-east-1"));
        assert_eq!(
            of("profile ops", "aws_access_key_id").as_deref(),
            Some("AKID")
        );
        assert_eq!(of("default", "aws_access_key_id"), None);
        assert_eq!(of("ops", "region"), None);
    }
}
