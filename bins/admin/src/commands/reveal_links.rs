use super::issue::first_line;
use crate::{
    args::{LinkArgs, RevealLinksCommand},
    context::{Context, key_id},
    error::AdminError,
    handover::base_url,
    text::{minute, reveal_link_table},
};
use central_logger_command_line::OutputTarget;
use central_logger_key_store::NewKey;
use central_logger_operations::OperationError;
use central_logger_reveal_links::{MadeRevealLink, NewRevealLink, Passphrase, RevealLinks};
use central_logger_settings::serves_console;
use central_logger_times::UnitDuration;

/// Makes a link to a key that does not exist yet.
pub(super) async fn make(
    context: &Context<'_>,
    new: NewKey,
    args: &LinkArgs,
) -> Result<(), AdminError> {
    let passphrase = args.passphrase_stdin.then(read_passphrase).transpose()?;
    let opened = context.open_or_create().await?;
    // So that there is no link that nobody can see.
    let target = OutputTarget::stdout();
    target.need_reader().map_err(AdminError::NoReader)?;
    if !serves_console(&opened.settings.environment)? {
        let reason = "nobody could open it, since LOGGER_CONSOLE is off";
        return Err(OperationError::InvalidRevealLink(reason).into());
    }
    let base_url = base_url(&opened.settings)?;
    let has_passphrase = passphrase.is_some();
    let new = NewRevealLink {
        valid: args.valid.map(UnitDuration::duration),
        passphrase,
        ..NewRevealLink::for_key(new)
    };
    let links = RevealLinks::of(&opened.operations);
    let made = links.make(new, &base_url).await?;
    let text = || message(&made.result, has_passphrase);
    context.output.secret_change(made.audit, &made.result, text)
}

fn message(made: &MadeRevealLink, has_passphrase: bool) -> String {
    let passphrase = match has_passphrase {
        true => " It asks for the passphrase that you were told.",
        false => "",
    };
    format!(
        "Made the reveal link {id}. There is no key before the client asks for it. For the client:\n\n\
         Your logger API key is ready. This link shows it, once, until {end}:\n\n    \
             {url}\n\n\
         Have a safe place for the key ready: nobody can show it again.{passphrase}",
        id = made.id,
        end = minute(made.expires_at),
        url = made.url,
    )
}

fn read_passphrase() -> Result<Passphrase, AdminError> {
    first_line()?.parse().map_err(AdminError::Passphrase)
}

pub(crate) async fn reveal_links(
    context: &Context<'_>,
    command: RevealLinksCommand,
) -> Result<(), AdminError> {
    let opened = context.open().await?;
    let links = RevealLinks::of(&opened.operations);
    match command {
        RevealLinksCommand::List { client } => {
            let list = links.list(client.as_ref()).await?;
            let text = || match list.links.is_empty() {
                true => "There are no reveal links.".to_owned(),
                false => reveal_link_table(&list.links),
            };
            context.output.result(&list, text)
        }
        RevealLinksCommand::Withdraw { id } => {
            let withdrawn = links.withdraw(&key_id(&id)?).await?;
            let link = &withdrawn.result;
            let text = || format!("The reveal link {} gives no key any more.", link.id);
            context.output.change(withdrawn.audit, link, text)
        }
    }
}
