//! `onsager reproduce`: computes and draws figures of arXiv:2505.18046, and others.

use super::CommandResult;
use super::built_in::BUILT_IN;
use super::config::Common;
use super::figure::{Drawing, written};
use super::output::Reply;
use super::progress::Progress;
use clap::Args;
use onsager::error::{Error, Result};
use onsager::figure::check_names;
use onsager::files::{Role, replace, will_write};
use onsager::study::{SizeOverride, Study};
use std::path::{Path, PathBuf};

/// Flags of `reproduce`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    /// Figures (names, or paths of specifications with a [study]) [default: all built-in ones]
    names: Vec<String>,
    /// Folder for CSV, SVG and PNG
    #[arg(long, value_name = "DIR", default_value = "figures")]
    directory: PathBuf,
    /// Other number of samples than the paper's
    #[arg(long)]
    n: Option<usize>,
    /// Other number of visible units than the paper's
    #[arg(long)]
    d: Option<usize>,
    /// Other number of instances
    #[arg(long)]
    instances: Option<usize>,
}

impl Arguments {
    pub fn run(self, common: &Common) -> CommandResult {
        let names: Vec<String> = if self.names.is_empty() {
            BUILT_IN
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect()
        } else {
            self.names.clone()
        };
        let size = SizeOverride {
            n: self.n,
            d: self.d,
            instances: self.instances,
            seed: common.given_seed,
        };
        let find = |name: &String| Drawing::find(name, Some(&self.directory));
        let drawings: Vec<Drawing> = names.iter().map(find).collect::<Result<_>>()?;
        let mut studies = Vec::new();
        for (name, drawing) in names.iter().zip(&drawings) {
            studies.push(study(name, drawing)?.resized(size));
        }
        create_directory(&self.directory)?;
        for drawing in &drawings {
            will_write(&drawing.data(), Role::Table)?;
            drawing.will_draw()?;
        }
        let mut paths = Vec::new();
        let mut metadata = Vec::new();
        for ((name, drawing), study) in names.iter().zip(&drawings).zip(&studies) {
            let progress = Progress::new(name);
            let table = study.run(&drawing.record(), &|what, fraction| {
                progress.tell(what, fraction)
            })?;
            drop(progress);
            let data = drawing.data();
            replace(&data, table.write().as_bytes())?;
            for kept in study.records(&drawing.record()) {
                remove(&kept)?;
            }
            paths.push(data);
            paths.extend(drawing.draw(&table)?);
            metadata.extend(
                table
                    .metadata
                    .into_iter()
                    .map(|(key, value)| (format!("{name} {key}"), value)),
            );
        }
        let mut reply: Reply = written(&paths, None)?;
        reply.notes = metadata
            .into_iter()
            .filter(|(key, _)| key.ends_with("theory") || key.ends_with("runs"))
            .map(|(key, value)| format!("{key}: {value}"))
            .collect();
        Ok(reply)
    }
}

/// The study of a figure, which gives a table with all that the figure names.
fn study(name: &str, drawing: &Drawing) -> Result<Study> {
    let Some(study) = drawing.document.study.clone() else {
        let allowed = "has no [study]: draw it with onsager figure";
        return Err(Error::invalid("figure", name, allowed));
    };
    check_names(drawing.spec(), &study.header()?).map_err(|error| Error::Definition {
        origin: name.into(),
        reason: error.to_string(),
    })?;
    Ok(study)
}

/// The table holds everything now: what the record was for is done.
fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file(path, error)),
        _ => Ok(()),
    }
}

fn create_directory(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|error| Error::file(path, error))
}
