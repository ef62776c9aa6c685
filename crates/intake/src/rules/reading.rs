//! Rules as JSON.

use super::{InvalidRules, Rule, RuleField, Rules};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, str::FromStr};

impl Rules {
    /// Reads rules: an object with a member for each field, which is the name of a foreign field, or an object
    /// with `from`, `values` and `default`.
    ///
    /// # Errors
    /// When it is something else, or too large.
    pub fn from_json(value: &Value) -> Result<Self, InvalidRules> {
        let members = value.as_object().ok_or_else(|| {
            InvalidRules("rules are an object with a member for each field".to_owned())
        })?;
        let rules = members.iter().map(|(name, value)| {
            let field: RuleField = name.parse()?;
            Ok((field, rule(field, value)?))
        });
        rules.collect::<Result<_, _>>().map(Self)
    }

    /// Returns these rules, and those of `base` for fields that these do not name.
    #[must_use]
    pub fn over(self, base: Self) -> Self {
        let mut rules = base.0;
        rules.extend(self.0);
        Self(rules)
    }

    /// Adds a name of a foreign field to the rule of `field`, behind those that it has.
    ///
    /// # Errors
    /// When the name is none, or there are too many.
    pub fn add_name(&mut self, field: RuleField, name: &str) -> Result<(), InvalidRules> {
        let rule = self.0.entry(field).or_default();
        rule.from.push(text(field, "from", name)?);
        bounded(field, rule)
    }

    /// Lets `sent` stand for `value` in the rule of `field`.
    ///
    /// # Errors
    /// When a text is empty or too long, or there are too many.
    pub fn add_value(
        &mut self,
        field: RuleField,
        sent: &str,
        value: &str,
    ) -> Result<(), InvalidRules> {
        let rule = self.0.entry(field).or_default();
        let sent = text(field, "values", sent)?;
        rule.values.insert(sent, text(field, "values", value)?);
        bounded(field, rule)
    }

    /// Sets the default of `field`.
    ///
    /// # Errors
    /// When the text is empty or too long, or the field has no default.
    pub fn set_default(&mut self, field: RuleField, value: &str) -> Result<(), InvalidRules> {
        let rule = self.0.entry(field).or_default();
        rule.default = Some(text(field, "default", value)?);
        bounded(field, rule)
    }
}

impl FromStr for Rules {
    type Err = InvalidRules;

    fn from_str(text: &str) -> Result<Self, InvalidRules> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| InvalidRules(format!("the rules are no JSON: {error}")))?;
        Self::from_json(&value)
    }
}

impl FromStr for RuleField {
    type Err = InvalidRules;

    fn from_str(name: &str) -> Result<Self, InvalidRules> {
        let found = Self::ALL.into_iter().find(|field| field.as_str() == name);
        found.ok_or_else(|| {
            let name: String = name.chars().take(100).collect();
            let fields = Self::ALL.map(Self::as_str).join(", ");
            InvalidRules(format!("{name} is no field of rules, which are {fields}"))
        })
    }
}

fn rule(field: RuleField, value: &Value) -> Result<Rule, InvalidRules> {
    let members = match value {
        Value::String(name) => {
            let from = vec![text(field, "from", name)?];
            return Ok(Rule {
                from,
                ..Rule::default()
            });
        }
        Value::Object(members) => members,
        _ => {
            return Err(InvalidRules(format!(
                "{field} must be the name of a foreign field, or an object"
            )));
        }
    };
    let known = ["from", "values", "default"];
    if let Some(other) = members.keys().find(|name| !known.contains(&&***name)) {
        let other: String = other.chars().take(100).collect();
        return Err(InvalidRules(format!(
            "{field}.{other} is unknown: a rule has from, values and default"
        )));
    }
    let rule = Rule {
        from: names(field, members)?,
        values: values(field, members)?,
        default: match members.get("default") {
            None | Some(Value::Null) => None,
            Some(value) => Some(text_of(field, "default", value)?),
        },
    };
    bounded(field, &rule)?;
    Ok(rule)
}

fn names(field: RuleField, members: &Map<String, Value>) -> Result<Vec<String>, InvalidRules> {
    match members.get("from") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(names)) => {
            let names = names.iter().map(|name| text_of(field, "from", name));
            names.collect()
        }
        Some(name) => Ok(vec![text_of(field, "from", name)?]),
    }
}

fn values(
    field: RuleField,
    members: &Map<String, Value>,
) -> Result<BTreeMap<String, String>, InvalidRules> {
    match members.get("values") {
        None | Some(Value::Null) => Ok(BTreeMap::new()),
        Some(Value::Object(values)) => {
            let values = values.iter().map(|(sent, value)| {
                let sent = text(field, "values", sent)?;
                Ok((sent, text_of(field, "values", value)?))
            });
            values.collect()
        }
        Some(_) => Err(InvalidRules(format!(
            "{field}.values must be an object of texts"
        ))),
    }
}

fn text_of(field: RuleField, member: &str, value: &Value) -> Result<String, InvalidRules> {
    match value.as_str() {
        Some(value) => text(field, member, value),
        None => Err(InvalidRules(format!("{field}.{member} must be a text"))),
    }
}

fn text(field: RuleField, member: &str, value: &str) -> Result<String, InvalidRules> {
    match value.len() {
        1..=Rules::MAX_TEXT if !value.contains('\0') => Ok(value.to_owned()),
        _ => Err(InvalidRules(format!(
            "{field}.{member} must have 1 to {} bytes without NUL",
            Rules::MAX_TEXT
        ))),
    }
}

fn bounded(field: RuleField, rule: &Rule) -> Result<(), InvalidRules> {
    let fault = |what: &str| Err(InvalidRules(format!("{field}{what}")));
    if rule.from.len() > Rules::MAX_NAMES {
        return fault(&format!(".from has more than {} names", Rules::MAX_NAMES));
    }
    if rule.values.len() > Rules::MAX_VALUES {
        return fault(&format!(".values has more than {}", Rules::MAX_VALUES));
    }
    if rule.from.is_empty() && rule.default.is_none() {
        return fault(" needs from or default");
    }
    if rule.from.is_empty() && !rule.values.is_empty() {
        return fault(".values needs from");
    }
    let has_default = rule.default.is_some();
    let is_of_one = [RuleField::ExecutedAt, RuleField::EventId, RuleField::RunId].contains(&field);
    match has_default && is_of_one {
        true => fault(".default is not possible: it differs from entry to entry"),
        false => Ok(()),
    }
}
