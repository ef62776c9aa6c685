use central_logger_text::shown;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A letter to people, as plain text and as HTML.
///
/// # Examples
///
/// ```
/// use central_logger_mail::Template;
///
/// let letter = Template::SIGN_IN.letter(&[
///     ("client", "Acme Corporation"),
///     ("url", "https://logs.example.com/sign-in/…"),
///     ("minutes", "15"),
/// ])?;
/// assert_eq!(letter.subject(), "Sign in to the logs of Acme Corporation");
/// # Ok::<(), central_logger_mail::MailError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    pub(crate) subject: String,
    pub(crate) paragraphs: Vec<String>,
}

impl Letter {
    /// The longest subject: what a line of a header may have at most (RFC 5322, section 2.1.1) is shortened.
    const SUBJECT: usize = 200;

    pub(crate) fn new(subject: &str, paragraphs: Vec<String>) -> Self {
        let subject = shown(subject);
        Self {
            subject: match subject.char_indices().nth(Self::SUBJECT) {
                Some((end, _)) => format!("{}…", &subject[..end]),
                None => subject.into_owned(),
            },
            paragraphs,
        }
    }

    /// The subject.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The plain text.
    pub fn text(&self) -> String {
        self.paragraphs.join("\n\n") + "\n"
    }

    /// The HTML, which says the same. It loads nothing.
    pub fn html(&self) -> String {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    title { (self.subject) }
                }
                body style="font-family: sans-serif; line-height: 1.5; max-width: 40em" {
                    @for paragraph in &self.paragraphs { p { (lines(paragraph)) } }
                }
            }
        }
        .into_string()
    }
}

fn lines(paragraph: &str) -> Markup {
    let is_link = |line: &str| {
        let is_web = line.starts_with("https://") || line.starts_with("http://");
        is_web && !line.contains(char::is_whitespace)
    };
    html! {
        @for (number, line) in paragraph.lines().enumerate() {
            @if number > 0 { (PreEscaped("<br>")) }
            @if is_link(line) { a href=(line) { (line) } } @else { (line) }
        }
    }
}

/// Without the text, which may have a link that signs in.
impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Letter")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
