//! `onsager figure`: draws a specification from `figures/`.

use super::CommandResult;
use super::built_in::{BUILT_IN, built_in};
use super::output::Reply;
use clap::Args;
use onsager::error::{Error, Result};
use onsager::figure::{FigureSpec, rasterise, render_svg};
use onsager::files::{Role, Written, read_text, replace, will_write};
use onsager::picture::of_document;
use onsager::study::Document;
use onsager::table::{Column, Table, TableError};
use std::path::{Path, PathBuf};

/// Resolution of the PNG, in pixels per inch: what journals ask of images with text.
pub const PNG_DPI: f32 = 300.0;

/// Flags of `figure`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    /// Name of a built-in figure, or the path of a specification
    name: String,
    /// Folder with the table, into which SVG and PNG are written
    /// [default: that of the specification, or figures]
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
        let text = read_text(path, Role::Specification)?;
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
        let named = self.document.figure.as_ref().map(|own| own.data.clone());
        let name = named.unwrap_or_else(|| format!("{}.csv", self.stem));
        self.directory.join(name)
    }

    /// Path of the record of a study that keeps one.
    pub fn record(&self) -> PathBuf {
        self.path("reproduce.record")
    }

    fn path(&self, extension: &str) -> PathBuf {
        self.directory.join(format!("{}.{extension}", self.stem))
    }

    /// Announces SVG and PNG, before work starts.
    pub fn will_draw(&self) -> Result<()> {
        for path in self.drawn() {
            will_write(&path, Role::Drawing)?;
        }
        Ok(())
    }

    /// Paths of table, SVG and PNG.
    pub fn paths(&self) -> Vec<PathBuf> {
        std::iter::once(self.data()).chain(self.drawn()).collect()
    }

    fn drawn(&self) -> [PathBuf; 2] {
        [self.path("svg"), self.path("png")]
    }

    /// Draws the table; returns the paths of SVG and PNG.
    pub fn draw(&self, table: &Table) -> Result<[PathBuf; 2]> {
        let data = self.data();
        let name = data.file_name().map(|name| name.to_string_lossy());
        let spec = of_document(&self.document, table, &name.unwrap_or_default())?;
        let svg = render_svg(&spec, table).map_err(|error| {
            if error.is_of_table() {
                Error::file(self.data(), error)
            } else {
                error.into()
            }
        })?;
        let png = rasterise(&svg, PNG_DPI)?;
        let paths = self.drawn();
        for (path, bytes) in paths.iter().zip([svg.as_bytes(), &png]) {
            replace(path, bytes)?;
        }
        Ok(paths)
    }

    /// The specification in the file, if it has one.
    pub fn written_spec(&self) -> Option<&FigureSpec> {
        self.document.figure.as_ref()
    }

    /// The title of the figure.
    pub fn title(&self) -> Option<&str> {
        self.document.figure.as_ref()?.title.as_deref()
    }
}

impl Arguments {
    pub fn run(self) -> CommandResult {
        let drawing = Drawing::find(&self.name, self.directory.as_deref())?;
        let data = drawing.data();
        if !data.exists() {
            let hint = format!(
                "does not exist: compute it first, for example with onsager reproduce {}",
                self.name
            );
            return Err(Error::file(&data, hint));
        }
        let text = read_text(&data, Role::Table)?;
        drawing.will_draw()?;
        let paths = drawing.draw(&Table::read(&text).map_err(|error| broken(&data, &error))?)?;
        written(&paths, drawing.title())
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
