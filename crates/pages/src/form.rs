//! Forms.

use central_logger_sessions::FormToken;
use maud::{Markup, html};

/// The name of the field that proves that a page of this session has sent a form.
pub const TOKEN: &str = "form_token";

/// A form that changes something, with what proves that a page of this session has sent it.
pub fn changing(action: &str, token: &FormToken, fields: Markup) -> Markup {
    html! {
        form method="post" action=(action) {
            // Without it, the form is refused.
            @if let Ok(masked) = token.masked() { input type="hidden" name=(TOKEN) value=(masked); }
            (fields)
        }
    }
}

/// A form that is one button.
pub fn button(action: &str, token: &FormToken, text: &str) -> Markup {
    changing(action, token, html! { button type="submit" { (text) } })
}

/// A field for a line of text.
pub struct Field<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is called.
    pub label: &'a str,
    /// What may be written there.
    pub hint: &'a str,
    /// What stands there.
    pub value: &'a str,
}

/// A line of text with its label. The labels of a page differ; names of fields may be the same in two forms of it.
pub fn field(field: &Field<'_>) -> Markup {
    labelled(field, |id, hint_id| {
        html! {
            input type="text" id=(id) name=(field.name) value=(field.value) autocomplete="off"
                aria-describedby=[hint_id];
        }
    })
}

/// As [`field`], for several lines of text.
pub fn area(field: &Field<'_>, rows: u8) -> Markup {
    labelled(field, |id, hint_id| {
        html! {
            textarea id=(id) name=(field.name) rows=(rows) spellcheck="false"
                aria-describedby=[hint_id] { (field.value) }
        }
    })
}

fn labelled(field: &Field<'_>, input: impl FnOnce(&str, Option<&str>) -> Markup) -> Markup {
    let is_part = |character: char| character.is_ascii_alphanumeric();
    let words = field.label.split(|character| !is_part(character));
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let id = format!("field-{}", words.join("-").to_lowercase());
    let hint_id = format!("{id}-hint");
    html! {
        div.field {
            label for=(id) { (field.label) }
            (input(&id, (!field.hint.is_empty()).then_some(&*hint_id)))
            @if !field.hint.is_empty() { p.hint id=(hint_id) { (field.hint) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_label_is_that_of_its_own_field() {
        let [first, second] = ["Name of the key", "Who it is for"].map(|label| {
            field(&Field {
                name: "name",
                label,
                hint: "",
                value: "",
            })
            .into_string()
        });
        assert!(
            first.contains("for=\"field-name-of-the-key\"")
                && first.contains("id=\"field-name-of-the-key\" name=\"name\""),
            "{first}"
        );
        assert!(second.contains("for=\"field-who-it-is-for\""), "{second}");
    }
}
