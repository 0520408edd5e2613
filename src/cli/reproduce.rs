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
use onsager::files::{
    CheckedTable, Reproduced, ReproducedClaim, Role, Written, create_folder, read_text, replace,
    will_write,
};
use onsager::study::{Finished, SizeOverride, Study};
use onsager::table::{Column, Difference, Digits, Table, Value};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
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
    #[arg(long, value_name = "DIR", default_value = "figures-out")]
    directory: PathBuf,
    /// Hold the tables against those of the same names in this folder, such as the committed ones;
    /// exit status 1 where numbers differ by more than processors round
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = "figures", require_equals = true)]
    check: Option<PathBuf>,
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
            all.push(Reproduction::named(&name, &self.directory, size)?);
        }
        let count = all.len();
        for (place, one) in all.iter_mut().enumerate().filter(|_| count > 1) {
            one.label = format!("{}/{count} {}", place + 1, one.name);
        }
        for one in &all {
            one.against(self.check.as_deref())?;
        }
        create_folder(&self.directory)?;
        for one in &all {
            one.announce()?;
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
                Some(finished) => {
                    finished.piece(index as u64, || one.run(self.check.as_deref()))?
                }
                None => one.run(self.check.as_deref())?,
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
pub struct Reproduction {
    name: String,
    /// What the sign of life calls it.
    label: String,
    drawing: Drawing,
    study: Study,
}

/// What is kept of a figure that was computed and drawn.
#[derive(Clone, Serialize, Deserialize)]
struct Outcome {
    seconds: f64,
    notes: Vec<String>,
    claims: Vec<Claim>,
    #[serde(default)]
    check: Option<CheckedTable>,
}

impl Reproduction {
    /// The figure of that name or path, to be drawn in that folder.
    pub fn named(name: &str, directory: &Path, size: SizeOverride) -> Result<Self> {
        let drawing = Drawing::find(name, Some(directory))?;
        let study = study(name, &drawing)?.resized(size);
        Ok(Self {
            name: name.into(),
            label: name.into(),
            drawing,
            study,
        })
    }

    /// Announces the files, before work starts.
    pub fn announce(&self) -> Result<()> {
        will_write(&self.drawing.data(), Role::Table)?;
        self.drawing.will_draw()
    }

    /// The table. An interrupted computation goes on from its record.
    pub fn compute(&self) -> Result<Table> {
        let record = self.drawing.record();
        watched(&self.label, |watch| self.study.run(&record, watch))
    }

    /// Writes the table, which then holds all that its record has, and draws it.
    pub fn draw(&self, table: &Table) -> Result<()> {
        replace(&self.drawing.data(), table.write().as_bytes())?;
        for kept in self.study.records(&self.drawing.record()) {
            remove(&kept)?;
        }
        self.drawing.draw(table)?;
        Ok(())
    }

    /// The files of table and drawings.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.drawing.paths()
    }

    fn run(&self, check: Option<&Path>) -> Result<Outcome> {
        let begun = Instant::now();
        let table = self.compute()?;
        self.draw(&table)?;
        let ends = |key: &str| key == "theory" || key == "runs";
        let said = table.metadata.iter().filter(|(key, _)| ends(key));
        Ok(Outcome {
            seconds: begun.elapsed().as_secs_f64(),
            notes: said
                .map(|(key, value)| format!("{} {key}: {value}", self.name))
                .collect(),
            claims: Claim::of_table(&table, &self.name)?,
            check: self.check(&table, check)?,
        })
    }

    /// The table to hold this one against, in that folder.
    fn against(&self, folder: Option<&Path>) -> Result<Option<PathBuf>> {
        let Some(folder) = folder else {
            return Ok(None);
        };
        let path = folder.join(self.drawing.data().file_name().unwrap_or_default());
        if !path.is_file() {
            let hint = "does not exist: --check=DIR names the folder with the tables to compare with, figures in a clone";
            return Err(Error::file(&path, hint));
        }
        let same = |path: &Path| path.canonicalize().ok();
        if same(&path) == same(&self.drawing.data()) {
            let allowed = "is where the new table goes: choose another --directory";
            return Err(Error::invalid("check", folder.display(), allowed));
        }
        Ok(Some(path))
    }

    /// The table that was computed beside the one in that folder.
    fn check(&self, table: &Table, folder: Option<&Path>) -> Result<Option<CheckedTable>> {
        let Some(path) = self.against(folder)? else {
            return Ok(None);
        };
        let text = read_text(&path, Role::Table)?;
        let read = |text: &str| Table::read(text).map_err(|error| Error::file(&path, error));
        // As files have it.
        let difference = Difference::between(&read(&table.write())?, &read(&text)?);
        Ok(Some(CheckedTable {
            study: self.name.clone(),
            file: path.display().to_string(),
            equal: difference.is_none(),
            difference,
        }))
    }

    fn page(&self, outcome: &Outcome) -> StudyClaims {
        let title = self.drawing.title().map(str::to_owned);
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
        checks: found.iter().filter_map(|own| own.check.clone()).collect(),
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
    if !everything.checks.is_empty() {
        reply.tables.push(checked(&everything.checks));
        if everything.checks.iter().any(|one| !one.equal) {
            reply.exit = ExitCode::FAILURE;
        }
    }
    reply
        .notes
        .extend(found.iter().flat_map(|outcome| outcome.notes.clone()));
    Ok(reply)
}

/// The tables beside others, and how far each column is from the other.
fn checked(checks: &[CheckedTable]) -> Table {
    let columns = [
        Column::new("study"),
        Column::new("file").headed("beside"),
        Column::new("equal"),
        Column::new("column"),
        Column::new("cells")
            .headed("cells that differ")
            .digits(Digits::Shortest),
        Column::new("largest")
            .headed("largest difference")
            .digits(Digits::Error),
    ];
    let mut table = Table::new("tables beside those that were there", columns);
    for one in checks {
        let begin = || {
            [
                one.study.as_str().into(),
                one.file.as_str().into(),
                one.equal.into(),
            ]
        };
        if one.equal {
            let row = begin()
                .into_iter()
                .chain([Value::Missing, 0_usize.into(), Value::Missing]);
            table.push(row.collect());
        }
        for column in &one.difference.columns {
            let differs = [
                column.name.as_str().into(),
                column.cells.into(),
                column.largest.into(),
            ];
            table.push(begin().into_iter().chain(differs).collect());
        }
    }
    table
}

/// The study of a figure, which gives a table with all that the figure names.
fn study(name: &str, drawing: &Drawing) -> Result<Study> {
    let Some(study) = drawing.document.study.clone() else {
        let allowed = "has no [study]: draw it with onsager figure";
        return Err(Error::invalid("figure", name, allowed));
    };
    if let Some(spec) = drawing.written_spec() {
        check_names(spec, &study.header()?).map_err(|error| Error::Definition {
            origin: name.into(),
            reason: error.to_string(),
        })?;
    }
    Ok(study)
}

/// The table holds everything now: what the record was for is done.
fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::file(path, error)),
        _ => Ok(()),
    }
}
