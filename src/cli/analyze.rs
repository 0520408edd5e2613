//! `onsager analyze`: what the spectrum of data says, before anything is trained.

use super::CommandResult;
use super::config::Common;
use super::output::{Reply, watched};
use clap::Args;
use onsager::error::Error;
use onsager::experiment::{Analyze, Experiment};
use onsager::files::{Role, will_write, write_npy};
use onsager::options::AnalysisOptions;
#[cfg(feature = "figures")]
use page::Page;
use std::path::PathBuf;

/// Flags of `analyze`.
#[derive(Args)]
#[group(skip)]
pub struct Arguments {
    #[command(flatten)]
    analysis: AnalysisOptions,
    /// Write the weights of all units as NPY, so that x·w are the fields of a scaled row (needs
    /// --train)
    #[arg(long, value_name = "FILE", help_heading = "Analysis")]
    save_weights: Option<PathBuf>,
    #[cfg(feature = "figures")]
    #[command(flatten)]
    page: Page,
}

impl Arguments {
    pub fn run(self, common: &Common) -> CommandResult {
        if let Some(path) = &self.save_weights {
            if self.analysis.train.is_none() {
                let allowed = "needs weights that are trained: give --train";
                return Err(Error::invalid("save-weights", "given", allowed));
            }
            will_write(path, Role::Matrix)?;
        }
        let analyze = Analyze {
            analysis: self.analysis,
            seed: Some(common.seed),
        };
        #[cfg(feature = "figures")]
        let plan = self.page.plan(analyze.analysis.data.as_deref())?;
        let found = watched("analyze", |watch| analyze.run(watch))?;
        #[cfg(feature = "figures")]
        if let Some(plan) = plan {
            plan.write(&analyze, &found)?;
        }
        if let Some(path) = &self.save_weights {
            let trained = found.result.obtained.as_ref();
            let weights = trained.and_then(|trained| trained.weights.as_ref());
            let weights = weights.ok_or_else(|| {
                let allowed = "training failed, so that there are none";
                Error::invalid("save-weights", "without weights", allowed)
            })?;
            write_npy(path, weights)?;
        }
        Reply::of(&found)
    }
}

/// The page for people.
#[cfg(feature = "figures")]
mod page {
    use clap::Args;
    use onsager::error::{Error, Result};
    use onsager::experiment::{Analyze, Analyzed, Report};
    use onsager::files::{Role, replace, will_write};
    use onsager::report::{html, require_image};
    use std::path::{Path, PathBuf};

    /// Its flags.
    #[derive(Args)]
    #[command(next_help_heading = "Report")]
    pub struct Page {
        /// Write everything on one page of HTML, with figures
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        /// Rows and columns of the images that rows of the data are, such as 28x28: the report shows
        /// weights as images
        #[arg(long, value_name = "ROWSxCOLUMNS")]
        image: Option<String>,
    }

    /// A page that will be written.
    pub struct Plan {
        path: PathBuf,
        image: Option<[usize; 2]>,
    }

    impl Page {
        /// Checks the flags, before any work.
        pub fn plan(self, data: Option<&Path>) -> Result<Option<Plan>> {
            let image = self.image.as_deref().map(shape).transpose()?;
            let Some(path) = self.report else {
                return match image {
                    Some(_) => {
                        let allowed = "belongs to a report: give report, or leave it out";
                        Err(Error::invalid("image", "given", allowed))
                    }
                    None => Ok(None),
                };
            };
            will_write(&path, Role::Report)?;
            if let Some((data, image)) = data.zip(image) {
                require_image(data, image)?;
            }
            Ok(Some(Plan { path, image }))
        }
    }

    impl Plan {
        /// Writes the page.
        pub fn write(self, request: &Analyze, found: &Report<Analyzed>) -> Result<()> {
            let page = html(request, found, self.image)?;
            replace(&self.path, page.as_bytes())
        }
    }

    /// Rows and columns, such as `28x28`.
    fn shape(text: &str) -> Result<[usize; 2]> {
        let sides = text.split_once(['x', '×']);
        let side = |side: &str| side.trim().parse().ok().filter(|side| *side > 0);
        let shape = sides.and_then(|(rows, columns)| Some([side(rows)?, side(columns)?]));
        shape.ok_or_else(|| {
            let allowed = "give rows and columns, such as 28x28";
            Error::invalid("image", format!("\"{text}\""), allowed)
        })
    }
}
