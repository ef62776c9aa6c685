//! What calls about mappings take and return.

use central_logger_http_api::{
    Members, Parameters, Problem,
    openapi::{one_of, or_null},
    text,
};
use central_logger_intake::{HOOK, PROTOCOLS, Protocol, Rules, named};
use central_logger_intake_mappings::{MappingName, Sample, Set};
use central_logger_keys::{ClientId, InvalidClientId};
use central_logger_log_store::{ValidationError, ValidationErrors};
use serde_json::Value;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema, openapi::Schema};

/// What was asked for.
pub(crate) struct Asked {
    pub(crate) rules: Option<Rules>,
    protocol: &'static dyn Protocol,
    content_type: Option<String>,
    sample: Option<String>,
}

impl Asked {
    /// Reads a body, of a trial with a sample.
    pub(crate) fn parse(body: &[u8], is_trial: bool) -> Result<Self, Problem> {
        let mut members = Members::parse(body)?;
        let like = members.take("like", known);
        let rules = members.take("rules", |value| {
            Rules::from_json(value).map_err(|error| error.to_string())
        });
        let protocol = members.take("protocol", protocol).unwrap_or(HOOK);
        let content_type = members.take("content_type", text::<String>);
        let sample = match is_trial {
            true => members.need("sample", sample),
            false => members.take("sample", sample),
        };
        members.finish()?;
        Ok(Self {
            rules: match (rules, like) {
                (Some(rules), Some(base)) => Some(rules.over(base)),
                (rules, like) => rules.or(like),
            },
            protocol,
            content_type,
            sample,
        })
    }

    pub(crate) fn sample(&self) -> Option<Sample<'_>> {
        let sample = self.sample.as_ref()?;
        let content_type = self.content_type.as_deref();
        Some(Sample::new(self.protocol, content_type, sample.as_bytes()))
    }

    pub(crate) fn set(&self, name: MappingName) -> Option<Set<'_>> {
        Some(Set {
            name,
            rules: self.rules.clone()?,
            sample: self.sample(),
        })
    }
}

fn known(value: &Value) -> Result<Rules, String> {
    let engine = value.as_str().and_then(Rules::of);
    engine.ok_or_else(|| format!("must be one of {}", Rules::KNOWN.join(", ")))
}

fn protocol(value: &Value) -> Result<&'static dyn Protocol, String> {
    let protocol = value.as_str().and_then(named);
    protocol.ok_or_else(|| {
        let names = PROTOCOLS.map(|protocol| protocol.name());
        format!("must be one of {}", names.join(", "))
    })
}

/// A text is the body as it is.
fn sample(value: &Value) -> Result<String, String> {
    Ok(match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    })
}

/// Refuses parameters where a call has none.
pub(crate) fn no_parameters(parameters: &Parameters) -> Result<(), Problem> {
    unknown_but(parameters, None)
}

/// The client that a query names.
pub(crate) fn client(parameters: &Parameters) -> Result<ClientId, Problem> {
    const NAME: &str = "client_id";
    unknown_but(parameters, Some(NAME))?;
    let fault = |message: String| {
        Problem::faulty_query(ValidationErrors::from(ValidationError::new(NAME, message)))
    };
    let mut values = parameters.0.iter().map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => value
            .parse()
            .map_err(|error: InvalidClientId| fault(error.to_string())),
        (Some(_), Some(_)) => Err(fault("is given twice".to_owned())),
        (None, _) => Err(fault("is missing".to_owned())),
    }
}

fn unknown_but(parameters: &Parameters, known: Option<&str>) -> Result<(), Problem> {
    let mut faults = ValidationErrors::default();
    let names = parameters.0.iter().map(|(name, _)| name);
    for name in names.filter(|name| Some(name.as_str()) != known) {
        faults.push(ValidationError::new(name, "is no parameter of this call"));
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Problem::faulty_query(faults)),
    }
}

/// Whose mappings.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct OfClient {
    /// The client.
    client_id: String,
}

/// Where a field of entries comes from.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct MappingRule {
    /// Names of foreign fields, the better ones first. A dot leads into an object, and a number into an array.
    #[schema(max_items = 16)]
    from: Option<Vec<String>>,
    /// What stands for a value that is found.
    values: Option<BTreeMap<String, String>>,
    /// What the field is when neither the rule nor the protocol finds anything.
    #[schema(min_length = 1, max_length = 256)]
    default: Option<String>,
}

/// Rules, by the names of the fields: `environment`, `status`, `workflow`, `message`, `executed_at`, `event_id`,
/// `run_id`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct MappingRules {
    environment: Option<MappingRule>,
    status: Option<MappingRule>,
    workflow: Option<MappingRule>,
    message: Option<MappingRule>,
    executed_at: Option<MappingRule>,
    event_id: Option<MappingRule>,
    run_id: Option<MappingRule>,
}

/// A mapping that is to hold.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct NewMapping {
    /// Rules that are known for an engine, below those of `rules`.
    #[schema(schema_with = engine, required = false)]
    like: Option<String>,
    /// The rules.
    rules: Option<MappingRules>,
    /// Each rule has to find something in it: JSON, or a text with a body.
    #[schema(value_type = Option<Value>)]
    sample: Option<Value>,
    /// The protocol of the sample.
    #[schema(schema_with = protocol_name, required = false)]
    protocol: Option<String>,
    /// The media type of the sample, if it is not the usual one of its protocol.
    content_type: Option<String>,
}

/// Rules that are to be tried.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct NewTrial {
    /// Rules that are known for an engine, below those of `rules`.
    #[schema(schema_with = engine, required = false)]
    like: Option<String>,
    /// The rules.
    rules: Option<MappingRules>,
    /// What is sent: JSON, or a text with a body.
    sample: Value,
    /// The protocol of the sample.
    #[schema(schema_with = protocol_name, required = false)]
    protocol: Option<String>,
    /// The media type of the sample, if it is not the usual one of its protocol.
    content_type: Option<String>,
}

fn engine() -> Schema {
    or_null(one_of(Rules::KNOWN))
}

fn protocol_name() -> Schema {
    or_null(one_of(PROTOCOLS.map(|protocol| protocol.name())))
}

/// A mapping.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct MappingShown {
    /// Its name.
    name: String,
    /// Its id.
    id: String,
    /// The path of its hook.
    path: String,
    /// Its rules.
    rules: MappingRules,
    /// When it was made.
    created_at: OffsetDateTime,
    /// When its rules were set.
    changed_at: OffsetDateTime,
}

/// A mapping that was just made.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct MappingMade {
    /// Its name.
    name: String,
    /// Its id.
    id: String,
    /// The path of its hook.
    path: String,
    /// Its rules.
    rules: MappingRules,
    /// When it was made.
    created_at: OffsetDateTime,
    /// When its rules were set.
    changed_at: OffsetDateTime,
    /// What senders without a key sign with.
    secret: String,
}

/// The mappings of a client.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct MappingList {
    #[schema(max_items = 20)]
    mappings: Vec<MappingShown>,
}

/// What would be stored of a sample.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct TrialShown {
    /// The entries.
    entries: Vec<BTreeMap<String, Value>>,
    /// What would be refused.
    refused: Vec<TrialRefused>,
    /// Fields whose rules find nothing in any entry.
    without_effect: Vec<String>,
}

/// An entry that would be refused.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct TrialRefused {
    /// Its place, from 0.
    index: usize,
    /// Why.
    detail: String,
}
