use crate::{
    args::{Args, CompletionsArgs},
    error::AdminError,
    output::write_out,
};
use clap::CommandFactory;

pub(crate) fn completions(args: &CompletionsArgs) -> Result<(), AdminError> {
    let mut script = Vec::new();
    let name = env!("CARGO_BIN_NAME");
    clap_complete::generate(args.shell, &mut Args::command(), name, &mut script);
    write_out(&script)
}
