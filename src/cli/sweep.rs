//! `onsager sweep` and `onsager merge`: phase diagrams on one machine or many.

use super::CommandResult;
use super::built_in::built_in;
use super::config::{Common, Format};
use super::output::Reply;
use super::plot::PlotOptions;
use super::progress::Progress;
use clap::Args;
use onsager::error::Error;
use onsager::files::{Role, read_text};
use onsager::study::{Study, parse_study};
use onsager::sweep::{Done, Shard, Summary, Sweep, SweepEntry, SweepReply, merge};
use onsager::table::{Column, Table};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Flags of `sweep`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    /// Name of a built-in figure, or the path of a TOML file, with a [study] of kind "diagram"
    study: String,
    /// Append finished cells to this file, and go on from it
    /// [default: NAME.record, or NAME.i-of-N.record for a shard]
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Compute only part i of N
    #[arg(
        long,
        value_name = "i/N",
        default_value = "1/1",
        allow_hyphen_values = true
    )]
    shard: Shard,
    #[command(flatten)]
    plot: PlotOptions,
}

/// Flags of `merge`.
#[derive(Args)]
#[group(skip)]
pub struct MergeArguments {
    /// The new record, which must not exist
    #[arg(value_name = "OUT")]
    out: PathBuf,
    /// The records of the shards
    #[arg(value_name = "RECORD", required = true)]
    records: Vec<PathBuf>,
}

impl Arguments {
    pub fn run(self, common: &Common) -> CommandResult {
        let (text, stem) = match built_in(&self.study) {
            Some(text) => (text.to_owned(), self.study.clone()),
            None => {
                let path = Path::new(&self.study);
                let stem = path.file_stem().map(|stem| stem.to_string_lossy());
                (
                    read_text(path, Role::Specification)?,
                    stem.unwrap_or_default().into_owned(),
                )
            }
        };
        let Study::Diagram(mut study) = parse_study(&text, &self.study)? else {
            let allowed = "must have a [study] of kind \"diagram\"";
            return Err(Error::invalid(
                "study",
                format!("\"{}\"", self.study),
                allowed,
            ));
        };
        study.seed = common.given_seed.unwrap_or(study.seed);
        self.refuse_plot_of_a_shard()?;
        #[cfg(feature = "figures")]
        self.plot.announce()?;
        let sweep = Sweep::new(&study)?;
        sweep.columns(self.shard)?;
        let path = self
            .record
            .unwrap_or_else(|| default_record(&stem, self.shard));
        let opened = sweep.open(&path)?;
        let expected = sweep.expected();
        let bar = Progress::new(&stem);
        let progress = |what: &str, finished: usize| {
            bar.tell(what, Some((finished as f64 / expected as f64).min(1.0)));
        };
        let (record, done) = sweep.run(opened, self.shard, &progress)?;
        drop(bar);
        let mut reply = reply(&sweep, record.runs(), &path, Some(done), common.format)?;
        #[cfg(feature = "figures")]
        if self.plot.is_asked() {
            let table = sweep.table(record.runs());
            let specification = |data: &str| onsager::picture::of_diagram(&study, &table, data);
            self.plot.draw_table(&table, specification)?;
        }
        if !self.shard.is_whole() {
            reply.notes.push(format!(
                "this is shard {}: what is missing is counted over the whole sweep; put the records together with onsager merge",
                self.shard
            ));
        }
        Ok(reply)
    }
}

impl Arguments {
    fn refuse_plot_of_a_shard(&self) -> onsager::error::Result<()> {
        if self.plot.is_asked() && !self.shard.is_whole() {
            let allowed = "belongs to a whole sweep: merge the shards, and sweep again with the merged record";
            return Err(Error::invalid("plot", "given", allowed));
        }
        Ok(())
    }
}

impl MergeArguments {
    pub fn run(self, common: &Common) -> CommandResult {
        let merged = merge(&self.out, &self.records)?;
        let mut reply = reply(
            &merged.sweep,
            &merged.entries,
            &self.out,
            None,
            common.format,
        )?;
        for path in &merged.truncated {
            reply.notes.push(format!(
                "{}: an incomplete line was left out",
                path.display()
            ));
        }
        if merged.missing > 0 {
            reply.notes.push(format!(
                "{} entries are missing (a shard that is lost or unfinished): onsager sweep STUDY --record {} computes them",
                Summary::new(&merged.sweep, &merged.entries).missing_text(),
                self.out.display()
            ));
            reply.exit = ExitCode::FAILURE;
        }
        Ok(reply)
    }
}

/// Path of the record unless the user gives one.
fn default_record(stem: &str, shard: Shard) -> PathBuf {
    if shard.is_whole() {
        format!("{stem}.record").into()
    } else {
        let shard = shard.to_string().replace('/', "-of-");
        format!("{stem}.{shard}.record").into()
    }
}

/// The reply in one format: the table, and all of it as JSON, each take more room than the record.
fn reply(
    sweep: &Sweep,
    entries: &[SweepEntry],
    record: &Path,
    done: Option<Done>,
    format: Format,
) -> CommandResult {
    let summary = Summary::new(sweep, entries);
    let mut shown = Table::new("", ["quantity", "value"].map(Column::new));
    let mut say = |key: String, value: String| shown.push(vec![key.into(), value.into()]);
    for (key, value) in summary.metadata() {
        say(key, value);
    }
    say("record".into(), record.display().to_string());
    if let Some(done) = done {
        let work = format!(
            "{} entries known, {} added in {:.1} s ({:.1} s over all threads)",
            done.known, done.added, done.wall_seconds, done.work_seconds
        );
        say("work".into(), work);
    }
    let everything = |table: &Table| SweepReply::new(sweep, entries, table, record, done);
    let plain = match format {
        Format::Json => Reply::plain(&everything(&sweep.table(entries))?)?,
        Format::Csv | Format::Table | Format::Markdown | Format::Latex => Reply::plain(&())?,
    };
    Ok(Reply {
        tables: vec![shown],
        data: (format == Format::Csv).then(|| sweep.table(entries)),
        ..plain
    })
}
