//! `onsager figure`: draws a specification from `figures/`.

use super::CommandResult;
use super::output::{Reply, finish, temporary_beside};
use clap::Args;
use onsager::error::{Error, Result};
use onsager::figure::{FigureSpec, Written, rasterise, render_svg};
use onsager::study::Document;
use onsager::table::{Column, Table, TableError};
use std::path::{Path, PathBuf};

/// Pixels of the PNG for each nominal pixel.
const PNG_SCALE: f32 = 2.0;

/// Figures built into the binary: a name and its specification.
pub const BUILT_IN: [(&str, &str); 11] = [
    ("fig1-left", include_str!("../../figures/fig1-left.toml")),
    ("fig1-right", include_str!("../../figures/fig1-right.toml")),
    ("fig7", include_str!("../../figures/fig7.toml")),
    ("dmft", include_str!("../../figures/dmft.toml")),
    (
        "dmft-two-time",
        include_str!("../../figures/dmft-two-time.toml"),
    ),
    ("alignment", include_str!("../../figures/alignment.toml")),
    (
        "phase-alpha-lambda",
        include_str!("../../figures/phase-alpha-lambda.toml"),
    ),
    (
        "phase-two-signals",
        include_str!("../../figures/phase-two-signals.toml"),
    ),
    (
        "phase-ternary",
        include_str!("../../figures/phase-ternary.toml"),
    ),
    ("phase-sk", include_str!("../../figures/phase-sk.toml")),
    (
        "phase-hopfield",
        include_str!("../../figures/phase-hopfield.toml"),
    ),
];

/// The specification of a built-in figure.
pub fn built_in(name: &str) -> Option<&'static str> {
    let (_, text) = BUILT_IN.iter().find(|(known, _)| *known == name)?;
    Some(text)
}

/// Flags of `figure`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    /// Name of a built-in figure, or the path of a specification
    name: String,
    /// Folder with the table, into which SVG and PNG are written [default: that of the specification, or figures]
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// A specification and the names of its files.
pub struct Drawing {
    pub document: Document,
    directory: PathBuf,
    stem: String,
}

impl Drawing {
    /// The figure of that name or path.
    pub fn find(name: &str, directory: Option<&Path>) -> Result<Self> {
        if let Some(text) = built_in(name) {
            return Ok(Self {
                document: Document::parse(text, name)?,
                directory: directory.unwrap_or(Path::new("figures")).into(),
                stem: name.into(),
            });
        }
        let path = Path::new(name);
        if path.extension().is_none_or(|extension| extension != "toml") {
            let known: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
            let allowed = format!(
                "must be one of {}, or the path of a .toml file",
                known.join(", ")
            );
            return Err(Error::invalid("figure", format!("\"{name}\""), allowed));
        }
        let text = std::fs::read_to_string(path).map_err(|error| Error::file(path, error))?;
        let folder = path
            .parent()
            .filter(|parent| *parent != Path::new(""))
            .unwrap_or(Path::new("."));
        let stem = path.file_stem().map_or_else(
            || "figure".into(),
            |stem| stem.to_string_lossy().into_owned(),
        );
        Ok(Self {
            document: Document::parse(&text, name)?,
            directory: directory.unwrap_or(folder).into(),
            stem,
        })
    }

    /// Path of the table.
    pub fn data(&self) -> PathBuf {
        self.directory.join(&self.document.figure.data)
    }

    /// Path of the record of a study that keeps one.
    pub fn record(&self) -> PathBuf {
        self.path("reproduce.record")
    }

    fn path(&self, extension: &str) -> PathBuf {
        self.directory.join(format!("{}.{extension}", self.stem))
    }

    /// Checks that the folder can be written, before work starts.
    pub fn check_writable(&self) -> Result<()> {
        temporary_beside(&self.data()).map(drop)
    }

    /// Draws the table; returns the paths of SVG and PNG.
    pub fn draw(&self, table: &Table) -> Result<[PathBuf; 2]> {
        let svg = render_svg(&self.document.figure, table)?;
        let png = rasterise(&svg, PNG_SCALE)?;
        let paths = [self.path("svg"), self.path("png")];
        for (path, bytes) in paths.iter().zip([svg.as_bytes(), &png]) {
            finish(temporary_beside(path)?, path, bytes)?;
        }
        Ok(paths)
    }

    /// The specification of the figure.
    pub fn spec(&self) -> &FigureSpec {
        &self.document.figure
    }
}

impl Arguments {
    pub fn run(self) -> CommandResult {
        let drawing = Drawing::find(&self.name, self.directory.as_deref())?;
        let data = drawing.data();
        let text = std::fs::read_to_string(&data).map_err(|error| {
            let hint = format!(
                "{error}: compute it first, for example with onsager reproduce {}",
                self.name
            );
            Error::file(&data, hint)
        })?;
        let paths = drawing.draw(&Table::read(&text).map_err(|error| broken(&data, &error))?)?;
        written(&paths, drawing.spec().title.as_deref())
    }
}

fn broken(path: &Path, error: &TableError) -> Error {
    Error::file(path, error)
}

/// The reply that lists written files.
pub fn written(paths: &[PathBuf], title: Option<&str>) -> CommandResult {
    let names = paths.iter().map(|path| path.display().to_string());
    let written = Written {
        written: names.collect(),
        title: title.map(String::from),
    };
    let mut table = Table::new("", [Column::new("written")]);
    for name in &written.written {
        table.push(vec![name.as_str().into()]);
    }
    Ok(Reply {
        tables: vec![table],
        ..Reply::plain(&written)?
    })
}
