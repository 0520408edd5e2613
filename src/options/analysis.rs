//! Flags and keys of the analysis of data.

use crate::analysis::{Preparation, SpectrumPart, Standardise, Trainer};
use crate::error::{Error, Result, require_positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Synthetic data sets beside weights, unless a number is given.
const USUAL_SETS: usize = 16;

/// Most synthetic data sets.
const MOST_SETS: usize = 10_000;

flags! {
    /// What the spectrum of data says before training.
    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
    #[command(next_help_heading = "Analysis")]
    pub struct AnalysisOptions {
        /// The data, a sample in each row: NPY, IDX, or CSV with or without names above, plain or
        /// compressed by gzip; or digits, which are built in
        #[arg(value_name = "FILE")]
        pub data: Option<PathBuf>,
        /// Scale of the columns: mean 0 and variance 1 of each (columns), mean 0 of each and variance 1
        /// in the mean (global), or as they are (none) [default: columns]
        #[arg(long, value_name = "HOW")]
        pub standardise: Option<Standardise>,
        /// Divide the columns, once they are scaled, by the deviation that so many common factors leave
        /// of them (factor analysis)
        #[arg(long, value_name = "FACTORS")]
        pub whiten: Option<usize>,
        /// Columns that are left out, from 1: numbers and ranges, such as 1,5-7
        #[arg(long, value_name = "COLUMNS")]
        pub skip_columns: Option<String>,
        /// Part of the rows, drawn at random, that nothing is learnt from
        #[arg(long, value_name = "PART")]
        pub holdout: Option<f64>,
        /// Entries from here on become 1, and others 0, before columns are scaled
        #[arg(long, value_name = "LEVEL", allow_negative_numbers = true)]
        pub binarise: Option<f64>,
        /// How much of the spectrum is computed: whole, or leading (what sticks out of the noise, with
        /// an estimate of the rest) [default: whole up to 5000 rows or columns, whichever are fewer]
        #[arg(long, value_name = "PART")]
        pub spectrum: Option<SpectrumPart>,
        /// Predict what so many hidden units ±1 learn, one for each of the strongest signals
        #[arg(long, value_name = "K")]
        pub units: Option<usize>,
        /// Number of directions that are taken for signals, where no test decides it [default: those
        /// that stick out of the noise; without a bulk of noise those above permuted columns]
        #[arg(long, value_name = "R")]
        pub signals: Option<usize>,
        /// Law of the signals over samples, for a prediction: scores (as they are, jointly), matched
        /// (independent, of their kurtoses), a name of equations/priors, or a .toml file [default:
        /// scores where they are nearly the signals, else matched]
        #[arg(long, value_name = "LAW|FILE")]
        pub signal: Option<String>,
        /// Variance of the visible units of the RBM, in units of the data as they are scaled
        /// [default: that of the noise]
        #[arg(long, value_name = "V")]
        pub visible_variance: Option<f64>,
        /// Train the units on the data, and compare
        #[arg(long, value_name = "HOW")]
        pub train: Option<Trainer>,
        /// Look at weights that were trained elsewhere, in place of training: NPY or CSV, a row for each
        /// column that is analysed, a column for each unit, so that x·w are the fields of a scaled row
        #[arg(long, value_name = "FILE")]
        pub load_weights: Option<PathBuf>,
        /// Hide half of the columns of each row that is kept apart, drawn at random and the second half
        /// of the file's (the lower half of images), and complete them by the units (needs weights and
        /// --holdout)
        #[arg(long)]
        pub occlude: bool,
        /// Train on so many synthetic data sets of what was found, too [default: 16 with weights, else
        /// none]
        #[arg(long, value_name = "SETS")]
        pub bootstrap: Option<usize>,
        /// Folder of definition files, searched before the built-in ones
        #[arg(long, value_name = "DIR")]
        pub equations: Option<PathBuf>,
    }
}

impl AnalysisOptions {
    /// Checks what belongs together.
    ///
    /// # Errors
    /// Names an option that needs the number of units where that is missing, or one outside of its
    /// range.
    pub fn validate(&self) -> Result<()> {
        let needs_units = [
            ("signal", self.signal.is_some()),
            ("visible-variance", self.visible_variance.is_some()),
            ("train", self.train.is_some()),
            ("bootstrap", self.bootstrap.is_some()),
            ("load-weights", self.load_weights.is_some()),
            ("occlude", self.occlude),
        ];
        for (name, given) in needs_units {
            if given && self.units.is_none() {
                let allowed = "belongs to a number of units: give units, or leave it out";
                return Err(Error::invalid(name, "given", allowed));
            }
        }
        if self.train.is_some() && self.load_weights.is_some() {
            let allowed = "weights are trained or loaded: leave one of the two out";
            return Err(Error::invalid("load-weights", "given with train", allowed));
        }
        if self.occlude && !(self.has_weights() && self.holdout.is_some()) {
            let allowed =
                "needs weights (train or load-weights) and rows that are kept apart (holdout)";
            return Err(Error::invalid("occlude", "given", allowed));
        }
        if let Some(variance) = self.visible_variance {
            require_positive("visible-variance", variance)?;
        }
        if let Some(sets) = self.bootstrap
            && (sets == 1 || sets > MOST_SETS)
        {
            let allowed = format!("must be 0, or lie in 2..={MOST_SETS}");
            return Err(Error::invalid("bootstrap", sets, allowed));
        }
        Ok(())
    }

    /// Whether weights are looked at.
    pub fn has_weights(&self) -> bool {
        self.train.is_some() || self.load_weights.is_some()
    }

    /// Number of synthetic data sets.
    pub fn sets(&self) -> usize {
        let usual = if self.has_weights() { USUAL_SETS } else { 0 };
        self.bootstrap.unwrap_or(usual)
    }

    /// How the data are made ready.
    ///
    /// # Errors
    /// Names `skip-columns`: no list of numbers and ranges.
    pub fn preparation(&self) -> Result<Preparation> {
        let skip = self.skip_columns.as_deref().map(columns).transpose()?;
        Ok(Preparation {
            standardise: self.standardise.unwrap_or_default(),
            skip: skip.unwrap_or_default(),
            holdout: self.holdout,
            binarise: self.binarise,
        })
    }
}

/// Numbers and ranges, between commas.
fn columns(list: &str) -> Result<Vec<RangeInclusive<usize>>> {
    let range = |part: &str| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let [from, to] = [from, to].map(|end| end.trim().parse::<usize>().ok());
        let ends = from.zip(to).filter(|(from, to)| from <= to);
        let (from, to) = ends.ok_or_else(|| {
            let allowed = "give numbers of columns and ranges of them, such as 1,5-7";
            Error::invalid("skip-columns", format!("\"{list}\""), allowed)
        })?;
        Ok(from..=to)
    };
    list.split(',').map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_numbers_and_ranges() {
        let read = |list: &str| {
            let options = AnalysisOptions {
                skip_columns: Some(list.into()),
                ..AnalysisOptions::default()
            };
            options.preparation().map(|preparation| preparation.skip)
        };
        assert_eq!(read("1,5-7, 9").expect("a list"), [1..=1, 5..=7, 9..=9]);
        for bad in ["", "a", "1,", "7-5", "1-", "-3", "1.5", "1;2"] {
            let message = read(bad).expect_err(bad).to_string();
            assert!(message.contains("skip-columns is"), "{message}");
        }
    }
}
