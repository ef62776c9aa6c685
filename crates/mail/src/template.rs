use crate::{Letter, MailError};
use central_logger_text::shown;

/// A text with places for values, `{name}`: the subject, an empty line, and paragraphs. The templates are the
/// files in `templates/`.
///
/// # Examples
///
/// ```
/// use central_logger_mail::Template;
///
/// let letter = Template::TEST.letter(&[("server", "https://logs.example.com")])?;
/// assert!(letter.text().contains("https://logs.example.com"));
/// assert!(Template::TEST.letter(&[]).is_err(), "a value is missing");
/// # Ok::<(), central_logger_mail::MailError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Template {
    name: &'static str,
    text: &'static str,
}

macro_rules! template {
    ($file:literal) => {
        Template {
            name: $file,
            text: include_str!(concat!("../templates/", $file, ".txt")),
        }
    };
}

impl Template {
    /// Something has happened that the provider is to know: `kind`, `subject`, `evidence`, `at`, `server`.
    pub const ALERT: Self = template!("alert");
    /// A key of a client expires soon: `client`, `key`, `name`, `ends`, `server`.
    pub const KEY_EXPIRES: Self = template!("key_expires");
    /// A key of a client was found where others can read it: `client`, `key`, `evidence`, `server`.
    pub const KEY_LEAKED: Self = template!("key_leaked");
    /// A key of a client is to be replaced: `client`, `key`, `name`, `age`, `server`.
    pub const ROTATION_DUE: Self = template!("rotation_due");
    /// A link by which a client gets its first key: `client`, `url`, `until`, `api_url`.
    pub const NEW_KEY: Self = template!("new_key");
    /// A link by which a client gets the successor of a key: `client`, `key`, `url`, `until`, `grace`, `api_url`.
    pub const SUCCESSOR: Self = template!("successor");
    /// A link by which a person signs in: `client`, `url`, `minutes`.
    pub const SIGN_IN: Self = template!("sign_in");
    /// Something has happened to a run of a workflow: `what`, `text`, `workflow`, `environment`, `at`, `client`,
    /// `server`.
    pub const INCIDENT: Self = template!("incident");
    /// A link by which whoever reads a mailbox allows messages about workflows to go there: `client`, `url`, `days`.
    pub const CONFIRM_CHANNEL: Self = template!("confirm_channel");
    /// Nothing has happened; the way is tried: `server`.
    pub const TEST: Self = template!("test");
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::ALERT,
        Self::KEY_EXPIRES,
        Self::KEY_LEAKED,
        Self::ROTATION_DUE,
        Self::NEW_KEY,
        Self::SUCCESSOR,
        Self::SIGN_IN,
        Self::INCIDENT,
        Self::CONFIRM_CHANNEL,
        Self::TEST,
    ];

    /// The name of its file.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Writes a letter with these values. Each is shown in one line: what a terminal would obey is escaped.
    ///
    /// # Errors
    /// When a value is missing.
    pub fn letter(&self, values: &[(&str, &str)]) -> Result<Letter, MailError> {
        let (subject, body) = self.text.split_once("\n\n").unwrap_or((self.text, ""));
        let subject = self.filled(subject, values)?;
        let paragraphs = body.trim_end().split("\n\n");
        let paragraphs = paragraphs.map(|paragraph| self.filled(paragraph, values));
        Ok(Letter::new(&subject, paragraphs.collect::<Result<_, _>>()?))
    }

    fn filled(&self, mut text: &str, values: &[(&str, &str)]) -> Result<String, MailError> {
        let mut filled = String::new();
        while let Some((before, rest)) = text.split_once('{') {
            filled.push_str(before);
            let (name, behind) = rest.split_once('}').unwrap_or((rest, ""));
            let value = values.iter().find(|(known, _)| *known == name);
            let (_, value) = value.ok_or_else(|| {
                MailError::Unwritable(format!("{} has no value for {name}", self.name))
            })?;
            filled.push_str(&shown(value));
            text = behind;
        }
        filled.push_str(text);
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [(&str, &str); 20] = [
        ("age", "94"),
        ("api_url", "https://logs.example.com/api/v1/logs"),
        ("at", "2026-03-01 12:00 UTC"),
        ("client", "Söhne & <Co>"),
        ("days", "7"),
        ("ends", "2026-04-01 12:00 UTC"),
        ("environment", "production"),
        ("evidence", "5 times as many"),
        ("grace", "30 days"),
        ("key", "000000000001"),
        ("kind", "spike"),
        ("minutes", "15"),
        ("name", "billing"),
        ("server", "https://logs.example.com"),
        ("subject", "acme_corp"),
        ("text", "The run has failed"),
        ("until", "2026-03-02 12:00 UTC"),
        ("url", "https://logs.example.com/reveal/abc"),
        ("what", "A run has failed"),
        ("workflow", "invoices"),
    ];

    #[test]
    fn every_template_becomes_a_letter_in_both_forms() {
        for template in Template::ALL {
            let letter = template.letter(&VALUES).unwrap();
            let (text, html) = (letter.text(), letter.html());
            assert!(!letter.subject().is_empty() && !letter.subject().contains('\n'));
            assert!(!text.contains(['{', '}']), "{}", template.name());
            // No picture, style sheet, frame or script: nothing tells anybody that it was read.
            for loading in ["src=", "<img", "<link", "<script", "url(", "<iframe"] {
                assert!(!html.contains(loading), "{}: {loading}", template.name());
            }
            assert!(!html.contains("<Co>"), "values are escaped");
        }
    }

    #[test]
    fn a_link_can_be_followed_and_a_value_makes_no_lines() {
        let letter = Template::SIGN_IN.letter(&VALUES).unwrap();
        let link = r#"<a href="https://logs.example.com/reveal/abc">"#;
        assert!(letter.html().contains(link));
        let mut values = VALUES;
        values[3].1 = "Acme\r\nBcc: all@example.com";
        let letter = Template::SIGN_IN.letter(&values).unwrap();
        assert!(letter.subject().ends_with(r"Acme\r\nBcc: all@example.com"));
        assert!(!letter.text().contains("\r\nBcc"));
    }
}
