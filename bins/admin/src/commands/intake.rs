use crate::{
    args::{IntakeCommand, RuleArgs, SampleArgs, SetMappingArgs, TryMappingArgs},
    context::Context,
    error::AdminError,
    text::{mapping_lines, new_mapping, trial_text},
};
use central_logger_database::OpenOptions;
use central_logger_input_file::InputFile;
use central_logger_intake::{HOOK, Rules, named};
use central_logger_intake_mappings::{Mappings, Sample, Set, Trial};
use central_logger_keys::ClientId;
use central_logger_times::SystemClock;
use serde_json::json;
use std::{io::Read, path::Path, sync::Arc, time::Duration};
use tokio::time::sleep;

/// The largest sample, in bytes, which is that of a body.
const MAX_SAMPLE: u64 = 10 << 20;

pub(crate) async fn intake(
    context: &Context<'_>,
    command: IntakeCommand,
) -> Result<(), AdminError> {
    match command {
        IntakeCommand::Set(args) => set(context, args).await,
        IntakeCommand::Try(args) => try_rules(context, args).await,
        IntakeCommand::Show { client, name } => {
            let mappings = open(context).await?.list(&client).await?;
            let is_asked = |found: &&_| name.as_ref().is_none_or(|name| is_of(found, name));
            let shown: Vec<_> = mappings.iter().filter(is_asked).collect();
            if name.is_some() && shown.is_empty() {
                return Err(AdminError::UnknownMapping);
            }
            context
                .output
                .result(&json!({"mappings": shown}), || match shown.is_empty() {
                    true => "No mappings.".to_owned(),
                    false => {
                        let texts: Vec<_> =
                            shown.iter().map(|found| mapping_lines(found)).collect();
                        texts.join("\n\n")
                    }
                })
        }
        IntakeCommand::Remove { client, name } => {
            if !open(context).await?.remove(&client, &name).await? {
                return Err(AdminError::UnknownMapping);
            }
            everywhere().await;
            let result = json!({"client_id": client, "removed": name});
            context.output.result(&result, || {
                format!("The mapping {name} of {client} is removed, and its hook with it.")
            })
        }
    }
}

fn is_of(
    view: &central_logger_intake_mappings::MappingView,
    name: &central_logger_intake_mappings::MappingName,
) -> bool {
    view.name == *name
}

async fn set(context: &Context<'_>, args: SetMappingArgs) -> Result<(), AdminError> {
    let rules = rules(&args.rules)?;
    let rules = rules.ok_or_else(|| {
        let text = "no rules are given: --workflow, --status …, --rules or --like say them";
        AdminError::Usage(text.to_owned())
    })?;
    let sample = args.sample.as_deref().map(read).transpose()?;
    let sample = sample.as_deref().map(|body| self::sample(&args.kind, body));
    let set = Set {
        name: args.name,
        rules,
        sample,
    };
    let view = open(context).await?.set(&args.client, set).await?;
    everywhere().await;
    match &view.secret {
        Some(_) => context.output.secret(&view, || new_mapping(&view)),
        None => context.output.result(&view, || mapping_lines(&view)),
    }
}

async fn try_rules(context: &Context<'_>, args: TryMappingArgs) -> Result<(), AdminError> {
    let body = read(&args.file)?;
    let rules = match (rules(&args.rules)?, &args.client) {
        (Some(rules), _) => rules,
        (None, None) => Rules::default(),
        (None, Some(client)) => {
            let shown = open(context).await?.show(client, &args.name).await?;
            shown.ok_or(AdminError::UnknownMapping)?.rules
        }
    };
    // Whose entries they would be is not shown.
    let client = match args.client {
        Some(client) => client,
        None => nobody()?,
    };
    let trial = Trial::of(&rules, &sample(&args.kind, &body), &client, context.now())?;
    context.output.result(&trial, || trial_text(&trial))
}

fn nobody() -> Result<ClientId, AdminError> {
    let parsed = "nobody".parse::<ClientId>();
    parsed.map_err(|error| AdminError::Usage(error.to_string()))
}

/// Those of the options, of the file, and of the engine, if there are any.
fn rules(args: &RuleArgs) -> Result<Option<Rules>, AdminError> {
    let given = args
        .given()
        .map_err(|error| AdminError::Usage(error.to_string()))?;
    let of_file = match &args.rules {
        Some(path) => String::from_utf8_lossy(&read(path)?).parse().map_err(
            |error: central_logger_intake::InvalidRules| {
                AdminError::Usage(format!("--rules {}: {error}", path.display()))
            },
        )?,
        None => Rules::default(),
    };
    let of_engine = args.like.as_deref().and_then(Rules::of);
    let has_any = !given.is_empty() || args.rules.is_some() || of_engine.is_some();
    let rules = given.over(of_file.over(of_engine.unwrap_or_default()));
    Ok(has_any.then_some(rules))
}

fn sample<'b>(kind: &SampleArgs, body: &'b [u8]) -> Sample<'b> {
    let protocol = named(&kind.protocol).unwrap_or(HOOK);
    Sample::new(protocol, kind.content_type.as_deref(), body)
}

fn read(path: &Path) -> Result<Vec<u8>, AdminError> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        let input = std::io::stdin().lock();
        let read = input.take(MAX_SAMPLE).read_to_end(&mut bytes);
        read.map_err(AdminError::Stdin)?;
        return Ok(bytes);
    }
    let file = InputFile::read(path, MAX_SAMPLE);
    let file = file.map_err(|error| AdminError::Sample(path.to_owned(), error))?;
    Ok(file.content.to_vec())
}

async fn open(context: &Context<'_>) -> Result<Mappings, AdminError> {
    let settings = context.settings()?;
    let database = settings.open_database(&OpenOptions::default()).await?;
    Ok(Mappings::new(database.workflows(), Arc::new(SystemClock)))
}

/// Waits until running servers have forgotten what was before.
async fn everywhere() {
    let fresh = Mappings::FRESH.whole_milliseconds();
    sleep(Duration::from_millis(
        u64::try_from(fresh).unwrap_or_default(),
    ))
    .await;
}
