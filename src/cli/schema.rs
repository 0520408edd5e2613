//! `onsager schema`: JSON Schema of replies and requests.

use super::CommandResult;
use super::output::Reply;
use clap::Args;
use onsager::schema::{all, of_reply, of_request};

/// Flags of `schema`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    /// The command whose reply is described [default: all, in one document]
    command: Option<String>,
    /// Describe the request instead, as the library and other programs make it
    #[arg(long, requires = "command")]
    request: bool,
}

impl Arguments {
    pub fn run(self) -> CommandResult {
        let schema = match (self.command.as_deref(), self.request) {
            (None, _) => all(),
            (Some(command), false) => of_reply(command)?,
            (Some(command), true) => of_request(command)?,
        };
        Ok(Reply {
            notes: vec![format!("{schema:#}")],
            ..Reply::plain(&schema)?
        })
    }
}
