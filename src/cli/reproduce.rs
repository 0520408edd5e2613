//! `onsager reproduce`: computes and draws figures of arXiv:2505.18046, and others.

use super::CommandResult;
use super::built_in::BUILT_IN;
use super::config::Common;
use super::figure::{Drawing, written};
use super::output::{Reply, watched};
use clap::Args;
use onsager::claims::{Claim, StudyClaims, claims_table, page};
use onsager::error::{Error, Result};
use onsager::figure::check_names;
use onsager::files::{Reproduced, ReproducedClaim, Role, Written, replace, will_write};
use onsager::study::{Finished, SizeOverride, Study};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The name that stands for all figures that state claims.
const CLAIMS: &str = "claims";

/// Flags of `reproduce`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    /// Figures (names, or paths of specifications with a [study]); claims: those that state claims,
    /// and a page with all of them, CLAIMS.md [default: all built-in ones]
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
        let size = SizeOverride {
            n: self.n,
            d: self.d,
            instances: self.instances,
            seed: common.given_seed,
        };
        let mut all = Vec::new();
        for name in self.names()? {
            let drawing = Drawing::find(&name, Some(&self.directory))?;
            let study = study(&name, &drawing)?.resized(size);
            all.push(Reproduction {
                name,
                drawing,
                study,
            });
        }
        create_directory(&self.directory)?;
        for one in &all {
            will_write(&one.drawing.data(), Role::Table)?;
            one.drawing.will_draw()?;
        }
        let page_at = self.directory.join("CLAIMS.md");
        let with_page = self.names.iter().any(|name| name == CLAIMS);
        let kept = self.directory.join("claims.record");
        let mut finished = None;
        if with_page {
            will_write(&page_at, Role::Table)?;
            finished = Some(Finished::open(&kept, all.iter().map(|one| &one.study))?);
        }
        let mut found = Vec::new();
        for (index, one) in all.iter().enumerate() {
            found.push(match &mut finished {
                Some(finished) => finished.piece(index as u64, || one.run())?,
                None => one.run()?,
            });
        }
        let mut paths: Vec<PathBuf> = all.iter().flat_map(|one| one.drawing.paths()).collect();
        if with_page {
            let pages: Vec<StudyClaims> = all.iter().zip(&found).map(|(a, b)| a.page(b)).collect();
            replace(&page_at, page(&pages).as_bytes())?;
            paths.push(page_at);
            drop(finished);
            remove(&kept)?;
        }
        reply(&paths, &all, &found)
    }

    /// The figures that are meant.
    fn names(&self) -> Result<Vec<String>> {
        let built_in = || BUILT_IN.iter().map(|(name, _)| (*name).to_owned());
        if self.names.is_empty() {
            return Ok(built_in().collect());
        }
        let mut names = Vec::new();
        for name in &self.names {
            if name != CLAIMS {
                names.push(name.clone());
                continue;
            }
            for stated in built_in().filter(|name| !self.names.contains(name)) {
                let study = Drawing::find(&stated, None)?.document.study;
                if study.map_or(Ok(false), |study| study.states_claims())? {
                    names.push(stated);
                }
            }
        }
        Ok(names)
    }
}

/// A figure to compute and draw.
struct Reproduction {
    name: String,
    drawing: Drawing,
    study: Study,
}

/// What is kept of a figure that was computed and drawn.
#[derive(Clone, Serialize, Deserialize)]
struct Outcome {
    seconds: f64,
    notes: Vec<String>,
    claims: Vec<Claim>,
}

impl Reproduction {
    fn run(&self) -> Result<Outcome> {
        let begun = Instant::now();
        let record = self.drawing.record();
        let table = watched(&self.name, |watch| self.study.run(&record, watch))?;
        let data = self.drawing.data();
        replace(&data, table.write().as_bytes())?;
        for kept in self.study.records(&record) {
            remove(&kept)?;
        }
        self.drawing.draw(&table)?;
        let ends = |key: &str| key == "theory" || key == "runs";
        let said = table.metadata.iter().filter(|(key, _)| ends(key));
        Ok(Outcome {
            seconds: begun.elapsed().as_secs_f64(),
            notes: said
                .map(|(key, value)| format!("{} {key}: {value}", self.name))
                .collect(),
            claims: Claim::of_table(&table, &self.name)?,
        })
    }

    fn page(&self, outcome: &Outcome) -> StudyClaims {
        let title = self.drawing.spec().title.clone();
        StudyClaims {
            study: self.name.clone(),
            title: title.unwrap_or_else(|| self.name.clone()),
            seconds: outcome.seconds,
            claims: outcome.claims.clone(),
        }
    }
}

fn reply(paths: &[PathBuf], all: &[Reproduction], found: &[Outcome]) -> CommandResult {
    let mut claims = Vec::new();
    for (one, outcome) in all.iter().zip(found) {
        claims.extend(outcome.claims.iter().map(|claim| ReproducedClaim {
            study: one.name.clone(),
            seconds: outcome.seconds,
            claim: claim.clone(),
        }));
    }
    let mut reply = written(paths, None)?;
    let names = paths.iter().map(|path| path.display().to_string());
    let everything = Reproduced {
        files: Written {
            written: names.collect(),
            title: None,
        },
        claims,
    };
    reply.json = Reply::plain(&everything)?.json;
    if !everything.claims.is_empty() {
        let claims = everything.claims.iter().map(|one| one.claim.clone());
        let claims: Vec<Claim> = claims.collect();
        reply.tables.push(claims_table(&claims));
        let notes = claims.iter().filter_map(|claim| {
            let note = claim.note.as_ref()?;
            Some(format!("{} {}: {note}", claim.name, claim.verdict))
        });
        reply.notes.extend(notes);
    }
    reply
        .notes
        .extend(found.iter().flat_map(|outcome| outcome.notes.clone()));
    Ok(reply)
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
