//! `--lambda` with a range: `0.7:2:50` is 50 values from 0.7 to 2.

use clap::builder::ValueParser;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use onsager::error::{Error, Result};
use onsager::options::{Grid, ModelOptions};

/// One strength, or a range of them.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Strength {
    One(f64),
    Range(Grid),
}

fn strength(text: &str) -> std::result::Result<Strength, String> {
    let number = |text: &str| text.parse::<f64>().map_err(|error| error.to_string());
    let range = || -> std::result::Result<Strength, String> {
        let parts: Vec<&str> = text.split(':').collect();
        let [from, to, points] = parts[..] else {
            return Err("a range has three parts, FROM:TO:POINTS".into());
        };
        Ok(Strength::Range(Grid {
            from: number(from)?,
            to: number(to)?,
            points: points
                .parse()
                .map_err(|_| "the number of points must be a whole number".to_owned())?,
        }))
    };
    match text.contains(':') {
        true => range(),
        false => number(text).map(Strength::One),
    }
}

/// The flags of a model, of which one strength may be a range.
#[derive(Debug, Clone, Default)]
pub struct ModelAlong {
    /// All but the strengths.
    pub rest: ModelOptions,
    strengths: Option<Vec<Strength>>,
}

impl ModelAlong {
    /// The strengths of each point, where one of them is a range.
    ///
    /// # Errors
    /// Two ranges, or a range that is not one.
    pub fn range(&self) -> Result<Option<Vec<Vec<f64>>>> {
        let strengths = self.strengths.as_deref().unwrap_or_default();
        let ranges = strengths
            .iter()
            .enumerate()
            .filter_map(|(at, own)| match own {
                Strength::Range(grid) => Some((at, *grid)),
                Strength::One(_) => None,
            });
        let ranges: Vec<(usize, Grid)> = ranges.collect();
        let [(varying, grid)] = ranges[..] else {
            if ranges.is_empty() {
                return Ok(None);
            }
            let allowed = "may have one range: onsager sweep varies two parameters";
            return Err(Error::invalid("lambda", "two ranges", allowed));
        };
        let at = |value: f64| {
            let own = strengths.iter().enumerate().map(|(at, own)| match own {
                Strength::One(strength) => *strength,
                Strength::Range(_) if at == varying => value,
                Strength::Range(_) => f64::NAN,
            });
            own.collect()
        };
        let values = grid.values("lambda")?;
        Ok(Some(values.into_iter().map(at).collect()))
    }

    /// The flags where no strength is a range.
    ///
    /// # Errors
    /// A range.
    pub fn options(&self) -> Result<ModelOptions> {
        let own = self.strengths.iter().flatten().map(|own| match own {
            Strength::One(strength) => Ok(*strength),
            Strength::Range(_) => {
                let allowed = "must be a number here";
                Err(Error::invalid("lambda", "a range", allowed))
            }
        });
        let lambda: Vec<f64> = own.collect::<Result<_>>()?;
        Ok(ModelOptions {
            lambda: self.strengths.is_some().then_some(lambda),
            ..self.rest.clone()
        })
    }
}

/// Those of [`ModelOptions`], with another reading of `--lambda`.
impl Args for ModelAlong {
    fn augment_args(command: Command) -> Command {
        with_ranges(ModelOptions::augment_args(command))
    }

    fn augment_args_for_update(command: Command) -> Command {
        with_ranges(ModelOptions::augment_args_for_update(command))
    }
}

fn with_ranges(command: Command) -> Command {
    command.mut_arg("lambda", |argument| {
        argument
            .value_parser(ValueParser::new(strength))
            .value_name("L1,L2,…|FROM:TO:POINTS")
            .help("Signal strengths λ_1,…,λ_r; one of them may be a range, 0.7:2:50")
    })
}

impl FromArgMatches for ModelAlong {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        Self::from_arg_matches_mut(&mut matches.clone())
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> std::result::Result<Self, clap::Error> {
        let strengths = matches.remove_many::<Strength>("lambda");
        let strengths = strengths.map(Iterator::collect);
        Ok(Self {
            strengths,
            rest: ModelOptions::from_arg_matches_mut(matches)?,
        })
    }

    fn update_from_arg_matches(
        &mut self,
        matches: &ArgMatches,
    ) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
