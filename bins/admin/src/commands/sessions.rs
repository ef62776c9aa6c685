use crate::{
    args::{EndSessionsArgs, SessionsCommand, SignInLinkArgs},
    context::{Context, key_id},
    error::AdminError,
    handover::base_url,
    text::session_table,
};
use central_logger_keys::KeyOwner;
use central_logger_operations::sessions::{EndedSessions, NewSignInLink, SessionOperations};

pub(crate) async fn sign_in_link(
    context: &Context<'_>,
    args: SignInLinkArgs,
) -> Result<(), AdminError> {
    let opened = context.open().await?;
    let owner = match args.client {
        Some(client) => KeyOwner::Client(client),
        None => KeyOwner::Provider,
    };
    let new = NewSignInLink {
        name: args.name,
        scopes: (!args.scopes.is_empty()).then(|| args.scopes.into()),
        valid: Some(args.valid.duration()),
        ..NewSignInLink::for_owner(owner)
    };
    let base_url = base_url(&opened.settings)?;
    let sessions = opened.operations.sessions();
    let made = sessions.make_link(new, None, &base_url).await?;
    context.output.secret(&made, || {
        format!(
            "{}\nIt signs one person in, once, within {}.",
            made.url, args.valid
        )
    })
}

pub(crate) async fn sessions(
    context: &Context<'_>,
    command: SessionsCommand,
) -> Result<(), AdminError> {
    let sessions = context.open().await?.operations.sessions();
    match command {
        SessionsCommand::List { client } => {
            let owner = client.map(KeyOwner::Client);
            let list = sessions.list(owner.as_ref()).await?;
            let text = || match list.sessions.is_empty() {
                true => "Nobody is signed in.".to_owned(),
                false => session_table(&list.sessions),
            };
            context.output.result(&list, text)
        }
        SessionsCommand::End(args) => {
            let ended = end(&sessions, args).await?;
            context.output.result(&ended, || sentence(&ended))
        }
    }
}

async fn end(
    sessions: &SessionOperations,
    args: EndSessionsArgs,
) -> Result<EndedSessions, AdminError> {
    Ok(match (args.id, args.client) {
        (Some(id), _) => sessions.end(&key_id(&id)?).await?,
        (None, Some(client)) => sessions.end_all(&KeyOwner::Client(client)).await?,
        (None, None) => {
            let message = "name a SESSION_ID or --client ID".to_owned();
            return Err(AdminError::Usage(message));
        }
    })
}

fn sentence(ended: &EndedSessions) -> String {
    let ids: Vec<_> = ended.ended.iter().map(ToString::to_string).collect();
    let mut sentence = match ids.is_empty() {
        true => "Nobody was signed in.".to_owned(),
        false => format!(
            "Ended: {}. No server accepts them any more.",
            ids.join(", ")
        ),
    };
    if ended.links > 0 {
        sentence += &format!(" Sign-in links withdrawn: {}.", ended.links);
    }
    sentence
}
