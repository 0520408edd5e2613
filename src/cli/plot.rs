//! `--plot` and `--plot-spec`: a picture of an answer.

use super::config::Common;
use super::output::{Reply, watched};
use clap::Args;
#[cfg(feature = "figures")]
use onsager::error::Error;
use onsager::error::Result;
use onsager::experiment::{Experiment, Report};
#[cfg(feature = "figures")]
use onsager::figure::{FigureSpec, Table, pdf, rasterise, render_svg};
#[cfg(feature = "figures")]
use onsager::files::{Role, replace, will_write};
#[cfg(feature = "figures")]
use onsager::picture::Pictured;
#[cfg(feature = "figures")]
use std::path::{Path, PathBuf};

/// Flags of commands whose answers have a picture.
#[derive(Debug, Clone, Default, Args)]
#[group(skip)]
#[command(next_help_heading = "Picture")]
pub struct PlotOptions {
    /// Draw the answer into this file: .svg, .png or .pdf
    #[cfg(feature = "figures")]
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Write the specification of that figure, and its table beside it, as a start for one of your
    /// own: onsager figure FILE.toml draws it
    #[cfg(feature = "figures")]
    #[arg(long, value_name = "FILE.toml")]
    plot_spec: Option<PathBuf>,
}

/// Without the feature `figures` there are no pictures.
#[cfg(not(feature = "figures"))]
pub trait Pictured {}

#[cfg(not(feature = "figures"))]
impl<T> Pictured for T {}

impl PlotOptions {
    /// Whether a picture was asked for.
    pub fn is_asked(&self) -> bool {
        #[cfg(feature = "figures")]
        return self.plot.is_some() || self.plot_spec.is_some();
        #[cfg(not(feature = "figures"))]
        false
    }

    /// Runs an experiment under a sign of life, draws its answer and replies with it.
    pub fn answer<E: Experiment>(
        &self,
        label: &str,
        experiment: &E,
        common: &Common,
    ) -> Result<Reply>
    where
        E::Answer: Pictured,
    {
        Ok(self.report(label, experiment, common)?.1)
    }

    /// The same, with the answer itself.
    pub fn report<E: Experiment>(
        &self,
        label: &str,
        experiment: &E,
        common: &Common,
    ) -> Result<(Report<E::Answer>, Reply)>
    where
        E::Answer: Pictured,
    {
        self.announce()?;
        let report = watched(label, |watch| experiment.run(watch))?;
        #[cfg_attr(not(feature = "figures"), allow(unused_mut))]
        let mut reply = Reply::of(&report)?;
        #[cfg(feature = "figures")]
        if let Err(error) = self.draw(&reply, common, &report.result) {
            reply.fail(&error);
        }
        #[cfg(not(feature = "figures"))]
        let _ = common;
        Ok((report, reply))
    }
}

#[cfg(not(feature = "figures"))]
impl PlotOptions {
    fn announce(&self) -> Result<()> {
        Ok(())
    }
}

#[cfg(feature = "figures")]
impl PlotOptions {
    /// Checks the files before any work.
    pub fn announce(&self) -> Result<()> {
        if let Some(path) = &self.plot {
            Form::of(path)?;
            will_write(path, Role::Drawing)?;
        }
        if let Some(path) = &self.plot_spec {
            if path.extension().is_none_or(|own| own != "toml") {
                let allowed = "must end in .toml";
                return Err(Error::invalid("plot-spec", path.display(), allowed));
            }
            // What was changed by hand is not written over.
            let beside = table_beside(path);
            if let Some(own) = [path, &beside].into_iter().find(|own| own.exists()) {
                let allowed = "exists: choose another name, or remove it";
                return Err(Error::invalid("plot-spec", own.display(), allowed));
            }
            will_write(path, Role::Specification)?;
            will_write(&beside, Role::Table)?;
        }
        Ok(())
    }

    /// Draws the main table of a reply as its specification says, and writes both where that was
    /// asked for.
    pub fn draw(&self, reply: &Reply, common: &Common, answer: &impl Pictured) -> Result<()> {
        if !self.is_asked() {
            return Ok(());
        }
        let table = Table {
            metadata: reply.metadata(common),
            ..answer.drawn()
        };
        self.draw_table(&table, |data| answer.picture(data))
    }

    /// The same of a table.
    pub fn draw_table(
        &self,
        table: &Table,
        specification: impl Fn(&str) -> Result<String>,
    ) -> Result<()> {
        if let Some(path) = &self.plot {
            let text = specification("table.csv")?;
            let svg = render_svg(&FigureSpec::parse(&text)?, table)?;
            replace(path, &Form::of(path)?.bytes(&svg)?)?;
        }
        if let Some(path) = &self.plot_spec {
            let beside = table_beside(path);
            let name = beside.file_name().map(|name| name.to_string_lossy());
            let text = specification(&name.unwrap_or_default())?;
            // What is written can be drawn.
            render_svg(&FigureSpec::parse(&text)?, table)?;
            replace(&beside, table.write().as_bytes())?;
            replace(path, text.as_bytes())?;
        }
        Ok(())
    }
}

#[cfg(feature = "figures")]
fn table_beside(path: &Path) -> PathBuf {
    path.with_extension("csv")
}

/// The form of a drawing.
#[cfg(feature = "figures")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Svg,
    Png,
    Pdf,
}

#[cfg(feature = "figures")]
impl Form {
    /// The form by the ending of a name.
    pub fn of(path: &Path) -> Result<Self> {
        let ending = path.extension().map(|own| own.to_ascii_lowercase());
        match ending.as_ref().and_then(|own| own.to_str()) {
            Some("svg") => Ok(Self::Svg),
            Some("png") => Ok(Self::Png),
            Some("pdf") => Ok(Self::Pdf),
            _ => {
                let allowed = "must end in .svg, .png or .pdf";
                Err(Error::invalid("plot", path.display(), allowed))
            }
        }
    }

    /// A drawing in this form.
    pub fn bytes(self, svg: &str) -> Result<Vec<u8>> {
        Ok(match self {
            Self::Svg => svg.as_bytes().to_vec(),
            Self::Png => rasterise(svg, super::figure::PNG_DPI)?,
            Self::Pdf => pdf(svg)?,
        })
    }
}
