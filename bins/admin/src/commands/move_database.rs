use crate::{
    args::MoveArgs, context::Context, error::AdminError, progress::Progress, table::table,
};
use central_logger_database::{DatabaseUrl, InvalidDatabaseUrl, MoveProgress, MoveSummary};

pub(crate) async fn move_database(context: &Context<'_>, args: MoveArgs) -> Result<(), AdminError> {
    let from = parse("--from", &args.from)?;
    let to = parse("--to", &args.to)?;
    if from.has_password() || to.has_password() {
        context.output.remark(
            "The password in a URL can be read by everybody on this machine: put it into the file that \
             PGPASSFILE names.",
        );
    }
    let mut progress = Progress::new(context.output);
    let mut tell = |now: MoveProgress| {
        let verb = match now.is_comparing {
            true => "comparing",
            false => "copying",
        };
        progress.tell_with_bar(&format!("{verb} {}", now.table), now.done, now.total);
    };
    let moved = from.move_to(&to, &mut tell).await?;
    context.output.result(&moved, || told(&moved))
}

/// A URL is not repeated, since it may hold a password.
fn parse(flag: &str, url: &str) -> Result<DatabaseUrl, AdminError> {
    let parsed = url.parse();
    parsed.map_err(|error: InvalidDatabaseUrl| AdminError::Usage(format!("{flag}: {error}")))
}

fn told(moved: &MoveSummary) -> String {
    let rows = moved.tables.iter().map(|moved| {
        [
            moved.table.to_owned(),
            moved.rows.to_string(),
            moved.bytes.to_string(),
            moved.sha256.clone(),
        ]
    });
    let mut text = table(["TABLE", "ROWS", "BYTES", "SHA-256"], rows);
    text += match moved.was_there {
        true => "\nAll was there already: both databases were read, and are the same.",
        false => {
            "\nMoved: both databases were read again, and are the same. Start the servers with the new one."
        }
    };
    if let Some(seal) = &moved.seal {
        text += &format!(
            "\nCheck it with `audit --verify --at-least {}:{seal}`.",
            moved.sequence
        );
    }
    text
}
