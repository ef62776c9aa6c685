//! What an expression of PromQL names. It is no parser: it knows what the expressions in docs/ are
//! made of, and fails on all else.

/// What is asked for.
#[derive(Debug, Default)]
pub(crate) struct Query {
    pub(crate) selectors: Vec<Selector>,
    /// Labels of `by`.
    pub(crate) grouped_by: Vec<String>,
}

/// A metric, and what its labels are to be.
#[derive(Debug)]
pub(crate) struct Selector {
    pub(crate) metric: String,
    pub(crate) matchers: Vec<Matcher>,
}

#[derive(Debug)]
pub(crate) struct Matcher {
    pub(crate) label: String,
    operator: String,
    pub(crate) value: String,
}

const FUNCTIONS: &[&str] = &[
    "absent",
    "and",
    "count",
    "histogram_quantile",
    "increase",
    "max",
    "min",
    "rate",
    "sum",
];

impl Query {
    pub(crate) fn read(expression: &str) -> Self {
        let mut query = Self::default();
        let mut rest = expression.trim_start();
        while let Some(first) = rest.chars().next() {
            rest = match first {
                '[' => rest.split_once(']').expect(expression).1,
                '0'..='9' => rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'),
                _ if is_of_word(first) => query.word(rest),
                _ => {
                    assert!("()+-*/<>=,".contains(first), "{first} in {expression}");
                    &rest[1..]
                }
            }
            .trim_start();
        }
        query
    }

    /// Takes in the word that `text` begins with, and what belongs to it, and gives the rest.
    fn word<'a>(&mut self, text: &'a str) -> &'a str {
        let (word, rest) = split_word(text);
        if word == "by" {
            let (labels, rest) = between(rest, '(', ')');
            let labels = labels.split(',').map(|label| label.trim().to_owned());
            self.grouped_by.extend(labels);
            return rest;
        }
        if FUNCTIONS.contains(&word) {
            return rest;
        }
        let (matchers, rest) = match rest.starts_with('{') {
            true => between(rest, '{', '}'),
            false => ("", rest),
        };
        let matchers = matchers.split(',').filter(|matcher| !matcher.is_empty());
        self.selectors.push(Selector {
            metric: word.to_owned(),
            matchers: matchers.map(Matcher::read).collect(),
        });
        rest
    }
}

impl Matcher {
    fn read(text: &str) -> Self {
        let (label, rest) = split_word(text.trim());
        let (operator, value) = rest.split_once('"').expect(text);
        let value = value.strip_suffix('"').expect(text);
        assert!(["=", "!=", "=~"].contains(&operator), "{text}");
        Self {
            label: label.to_owned(),
            operator: operator.to_owned(),
            value: value.to_owned(),
        }
    }

    /// Whether the value, or one of the alternatives of the expression, is this one. Of regular
    /// expressions it knows `|` and `.`.
    pub(crate) fn names(&self, value: &str) -> bool {
        if self.operator != "=~" {
            return self.value == value;
        }
        self.value.split('|').any(|pattern| {
            let is_like = |(pattern, c): (char, char)| pattern == '.' || pattern == c;
            pattern.len() == value.len() && pattern.chars().zip(value.chars()).all(is_like)
        })
    }
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn split_word(text: &str) -> (&str, &str) {
    let end = text.find(|c| !is_of_word(c)).unwrap_or(text.len());
    text.split_at(end)
}

/// What stands between these signs at the beginning of `text`, and what follows them.
fn between(text: &str, open: char, close: char) -> (&str, &str) {
    let text = text.trim_start().strip_prefix(open).expect(text);
    let mut is_quoted = false;
    let end = text.find(|c| {
        is_quoted ^= c == '"';
        c == close && !is_quoted
    });
    let end = end.expect(text);
    (&text[..end], &text[end + 1..])
}
