//! `onsager completions` and `onsager man`: what a shell and a reader of manuals want.

use super::output::Reply;
use super::{Arguments as All, CommandResult};
use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use onsager::error::{Error, Result};
use onsager::files::{Role, create_folder, replace, will_write};
use std::path::{Path, PathBuf};

/// Flags of `completions`.
#[derive(Args)]
#[group(skip)]
pub struct CompletionArguments {
    /// The shell
    shell: Shell,
}

impl CompletionArguments {
    pub fn run(self) -> CommandResult {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut All::command(), "onsager", &mut script);
        let script = String::from_utf8_lossy(&script).into_owned();
        Ok(Reply {
            json: serde_json::json!({ "script": script }),
            raw: Some(script),
            ..Reply::plain(&())?
        })
    }
}

/// Flags of `man`.
#[derive(Args)]
#[group(skip)]
pub struct ManArguments {
    /// Folder for the pages
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl ManArguments {
    pub fn run(self) -> CommandResult {
        let mut command = All::command();
        command.build();
        let mut pages = vec![("onsager.1".to_owned(), page(&command)?)];
        for own in command
            .get_subcommands()
            .filter(|own| own.get_name() != "help")
        {
            let name = format!("onsager-{}", own.get_name());
            // The page of a command has its whole name.
            let titled = own.clone().name(String::leak(name.clone()) as &'static str);
            pages.push((format!("{name}.1"), page(&titled)?));
        }
        create_folder(&self.directory)?;
        let path = |name: &String| self.directory.join(name);
        for (name, _) in &pages {
            will_write(&path(name), Role::Report)?;
        }
        for (name, text) in &pages {
            replace(&path(name), text)?;
        }
        let paths: Vec<PathBuf> = pages.iter().map(|(name, _)| path(name)).collect();
        written(&paths)
    }
}

fn page(command: &Command) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let rendered = Man::new(command.clone()).render(&mut text);
    rendered.map_err(|error| Error::file(Path::new("a page"), error))?;
    Ok(text)
}

fn written(paths: &[PathBuf]) -> CommandResult {
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    Ok(Reply {
        notes: vec![format!(
            "{} pages in {}",
            names.len(),
            names[0].trim_end_matches("onsager.1")
        )],
        ..Reply::plain(&serde_json::json!({ "written": names }))?
    })
}
