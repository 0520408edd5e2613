//! `onsager reproduce`: computes and draws figures of arXiv:2505.18046, and others.

use super::CommandResult;
use super::config::Common;
use super::figure::{BUILT_IN, Drawing, written};
use super::output::{Reply, finish, temporary_beside};
use super::progress::Progress;
use clap::Args;
use onsager::error::{Error, Result};
use onsager::study::SizeOverride;
use onsager::sweep::times_path;
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
        create_directory(&self.directory)?;
        let mut paths = Vec::new();
        let mut metadata = Vec::new();
        for (name, drawing) in names.iter().zip(&drawings) {
            drawing.check_writable()?;
            let Some(study) = drawing.document.study.clone() else {
                let allowed = "has no [study]: draw it with onsager figure";
                return Err(Error::invalid("figure", name, allowed));
            };
            let progress = Progress::new(name);
            let table = study
                .resized(size)
                .run(&drawing.record(), &|what, fraction| {
                    progress.tell(what, fraction)
                })?;
            drop(progress);
            let data = drawing.data();
            finish(temporary_beside(&data)?, &data, table.write().as_bytes())?;
            remove_record(&drawing.record())?;
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

/// The table holds everything now: what the record was for is done.
fn remove_record(path: &Path) -> Result<()> {
    for path in [path.to_owned(), times_path(path)] {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::file(path, error));
            }
            _ => {}
        }
    }
    Ok(())
}

fn create_directory(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).map_err(|error| Error::file(path, error))
}
