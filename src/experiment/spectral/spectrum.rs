//! The spectrum of a weight matrix: its law, a sample beside it, or a measured matrix read.

use super::super::{Answer, DEFAULT_SEED, Experiment, Report, Watch};
use crate::error::{Error, Result, require_between};
use crate::files::read_matrix;
use crate::memory;
use crate::numerics::streams::Streams;
use crate::options::SpectrumOptions;
use crate::spectral::{
    MOST_UNITS, MarchenkoPastur, Outlier, PlantedModes, PlantedSpectrum, Reading, singular_values,
};
use crate::table::{Column, Digits, Table, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Most planted modes.
const MOST_MODES: usize = 64;

/// Most singular values that people see one by one.
const SHOWN: usize = 40;

/// Asks for the spectrum of a weight matrix.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Spectrum {
    /// The law, planted modes, a sample; or a measured matrix.
    pub spectrum: SpectrumOptions,
    /// Seed of every random number [default: 1].
    pub seed: Option<u64>,
}

/// Resolved settings of [`Spectrum`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpectrumSettings {
    /// Level of the noise; null for a measured matrix.
    pub sigma: Option<f64>,
    /// Aspect ratio; null for a measured matrix.
    pub kappa: Option<f64>,
    /// Planted singular values, the largest first.
    pub planted: Vec<f64>,
    /// Visible units of the sample; null if there is none.
    pub sample: Option<usize>,
    /// File of the measured matrix; null if there is none.
    pub matrix: Option<PathBuf>,
}

/// How reading a matrix ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SpectrumOutcome {
    /// All numbers were obtained.
    Complete,
    /// A bulk could not be told from outliers, so that there is no noise level.
    NoBulk,
}

/// A spectrum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpectrumFound {
    /// What was asked for.
    pub settings: SpectrumSettings,
    /// `complete`, or why there is no noise level.
    pub outcome: SpectrumOutcome,
    /// The same in words; null if complete.
    pub explanation: Option<String>,
    /// The law of the bulk: as asked for, or with the noise level of the measured matrix; null
    /// where that was not obtained.
    pub law: Option<BulkLaw>,
    /// The singular values of the sample, or of the measured matrix; null if there is none.
    pub measured: Option<MeasuredBulk>,
    /// Planted modes, or the modes behind the outliers of the measured matrix; the largest first.
    pub modes: Vec<OutlierRow>,
}

/// The law of the bulk in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BulkLaw {
    /// Level of the noise.
    pub sigma: f64,
    /// Aspect ratio.
    pub kappa: f64,
    /// Lower edge.
    pub lower_edge: f64,
    /// Upper edge.
    pub upper_edge: f64,
    /// Median.
    pub median: f64,
    /// Mean of the square.
    pub mean_square: f64,
}

/// A matrix that was drawn or read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeasuredBulk {
    /// Number of visible units.
    pub visible_units: usize,
    /// Number of hidden units.
    pub hidden_units: usize,
    /// All singular values, the largest first.
    pub singular_values: Vec<f64>,
    /// Number of outliers: those that the theory has for a sample, those that were found in a
    /// measured matrix. The others are the bulk; where nothing was found, all of them.
    pub outliers: usize,
    /// Smallest value of the bulk.
    pub smallest: f64,
    /// Largest value of the bulk.
    pub largest: f64,
    /// Median of the bulk.
    pub median: f64,
    /// Mean square of the bulk.
    pub mean_square: f64,
    /// Kolmogorov–Smirnov distance of the bulk from the law; null where there is no law.
    pub distance: Option<f64>,
    /// Noise level from the median of what is no outlier by its size; null where not obtained.
    pub sigma: Option<f64>,
    /// Standard deviation of the entries of the noise that belongs to it; null where not obtained.
    pub entry_deviation: Option<f64>,
    /// Level above which a singular value counts as an outlier by its size: the 99 % quantile of
    /// the largest one of pure noise; null where not obtained.
    pub level: Option<f64>,
}

/// A mode on top of the noise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutlierRow {
    /// Its planted singular value; null for a measured matrix.
    pub planted: Option<f64>,
    /// Whether it leaves the bulk.
    pub visible: bool,
    /// Where it is seen in theory; null where it does not leave the bulk, and for a measured
    /// matrix.
    pub predicted: Option<f64>,
    /// Squared overlap of the observed with the planted visible vector in theory; null where it
    /// does not leave the bulk.
    pub visible_overlap_squared_predicted: Option<f64>,
    /// The same of the hidden vector.
    pub hidden_overlap_squared_predicted: Option<f64>,
    /// Where it is seen in the matrix; null without one.
    pub observed: Option<f64>,
    /// The planted singular value that belongs to it by the theory: null if it is seen in the bulk.
    pub behind: Option<f64>,
    /// Squared overlap of the observed with the planted visible vector in the sample.
    pub visible_overlap_squared: Option<f64>,
    /// The same of the hidden vector.
    pub hidden_overlap_squared: Option<f64>,
}

impl BulkLaw {
    fn of(law: &MarchenkoPastur) -> Result<Self> {
        let [lower_edge, upper_edge] = law.edges();
        Ok(Self {
            sigma: law.sigma(),
            kappa: law.kappa(),
            lower_edge,
            upper_edge,
            median: law.median()?,
            mean_square: law.mean_square(),
        })
    }
}

impl MeasuredBulk {
    pub(super) fn of(
        (visible_units, hidden_units): (usize, usize),
        values: Vec<f64>,
        outliers: usize,
        law: Option<&MarchenkoPastur>,
        reading: Option<&Reading>,
    ) -> Self {
        let bulk = &values[outliers.min(values.len())..];
        let count = bulk.len();
        let end = |at: usize| bulk.get(at).copied().unwrap_or(f64::NAN);
        let middle = [(count.max(1) - 1) / 2, count / 2].map(end);
        Self {
            visible_units,
            hidden_units,
            outliers,
            smallest: end(count.max(1) - 1),
            largest: end(0),
            median: 0.5 * (middle[0] + middle[1]),
            mean_square: bulk.iter().map(|w| w * w).sum::<f64>() / count as f64,
            distance: law.map(|law| law.distance(bulk)),
            sigma: reading.map(|reading| reading.law.sigma()),
            entry_deviation: reading.map(|reading| reading.deviation),
            level: reading.map(|reading| reading.level),
            singular_values: values,
        }
    }
}

impl OutlierRow {
    /// A planted mode in theory.
    fn planted(planted: f64, law: &MarchenkoPastur) -> Self {
        let seen = law.outlier(planted);
        Self {
            planted: Some(planted),
            visible: seen.is_some(),
            predicted: seen.map(|seen| seen.observed),
            visible_overlap_squared_predicted: seen.map(|seen| seen.visible_overlap_squared),
            hidden_overlap_squared_predicted: seen.map(|seen| seen.hidden_overlap_squared),
            observed: None,
            behind: None,
            visible_overlap_squared: None,
            hidden_overlap_squared: None,
        }
    }

    /// The mode behind an outlier.
    fn read(outlier: &Outlier) -> Self {
        Self {
            planted: None,
            visible: true,
            predicted: None,
            visible_overlap_squared_predicted: Some(outlier.visible_overlap_squared),
            hidden_overlap_squared_predicted: Some(outlier.hidden_overlap_squared),
            observed: Some(outlier.observed),
            behind: Some(outlier.planted),
            visible_overlap_squared: None,
            hidden_overlap_squared: None,
        }
    }

    /// The same beside the sample, as its mode number `at`.
    fn beside(self, at: usize, sample: &PlantedSpectrum) -> Self {
        let observed = sample.values.get(at).copied().filter(|_| self.visible);
        let overlaps = sample.overlaps.get(at).filter(|_| self.visible);
        Self {
            observed,
            behind: observed.and_then(|w| Some(sample.law.behind(w)?.planted)),
            visible_overlap_squared: overlaps.map(|both| both[0]),
            hidden_overlap_squared: overlaps.map(|both| both[1]),
            ..self
        }
    }
}

impl Experiment for Spectrum {
    type Answer = SpectrumFound;

    fn run(&self, watch: Watch) -> Result<Report<SpectrumFound>> {
        let seed = self.seed.unwrap_or(DEFAULT_SEED);
        let found = match &self.spectrum.matrix {
            Some(file) => self.spectrum.measured(file, watch)?,
            None => self.spectrum.theory(seed, watch)?,
        };
        Ok(Report::new(seed, Self::citations(), found))
    }
}

impl Spectrum {
    /// Keys of the bibliography.
    pub(crate) fn citations() -> Vec<String> {
        let all = [
            "decelle2017",
            "marchenko1967",
            "benaych2012",
            "johnstone2001",
        ];
        all.map(str::to_owned).to_vec()
    }
}

impl SpectrumOptions {
    /// The law and its planted modes, the largest first.
    pub(crate) fn modes(&self) -> Result<PlantedModes> {
        let missing = |field: &str, example: &str| {
            let allowed = format!("give it, for example {example}, or --matrix FILE");
            Error::invalid(field, "missing", allowed)
        };
        let sigma = self.sigma.ok_or_else(|| missing("sigma", "--sigma 0.8"))?;
        let kappa = self.kappa.ok_or_else(|| missing("kappa", "--kappa 0.5"))?;
        let law = MarchenkoPastur::new(sigma, kappa)?;
        let mut modes = self.planted.clone().unwrap_or_default();
        if modes.len() > MOST_MODES {
            let allowed = format!("at most {MOST_MODES} modes are possible");
            return Err(Error::invalid("planted", modes.len(), allowed));
        }
        for &mode in &modes {
            require_between("planted", mode, 1e-8, 1e8)?;
        }
        modes.sort_by(|a, b| b.total_cmp(a));
        Ok(PlantedModes { law, modes })
    }

    fn theory(&self, seed: u64, watch: Watch) -> Result<SpectrumFound> {
        let planted = self.modes()?;
        let settings = SpectrumSettings {
            sigma: Some(planted.law.sigma()),
            kappa: Some(planted.law.kappa()),
            planted: planted.modes.clone(),
            sample: self.sample,
            matrix: None,
        };
        let Some(size) = self.sample else {
            let modes = planted.modes.iter();
            let modes = modes.map(|&mode| OutlierRow::planted(mode, &planted.law));
            return Ok(SpectrumFound {
                settings,
                outcome: SpectrumOutcome::Complete,
                explanation: None,
                law: Some(BulkLaw::of(&planted.law)?),
                measured: None,
                modes: modes.collect(),
            });
        };
        watch("singular values", None);
        let sample = planted.sample(size, Streams::new(seed))?;
        let (law, shape) = (sample.law, (sample.rows, sample.columns));
        let modes = planted.modes.iter().enumerate();
        let modes = modes.map(|(at, &mode)| OutlierRow::planted(mode, &law).beside(at, &sample));
        let modes = modes.collect();
        let reading = Reading::of(sample.rows, sample.columns, &sample.values);
        let outliers = sample.overlaps.len();
        let law_in_numbers = BulkLaw::of(&law)?;
        Ok(SpectrumFound::read(
            settings,
            law_in_numbers.into(),
            MeasuredBulk::of(shape, sample.values, outliers, Some(&law), reading.as_ref()),
            modes,
        ))
    }

    fn measured(&self, file: &Path, watch: Watch) -> Result<SpectrumFound> {
        let others = [
            ("sigma", self.sigma.is_some()),
            ("kappa", self.kappa.is_some()),
            ("planted", self.planted.is_some()),
            ("sample", self.sample.is_some()),
        ];
        if let Some((field, _)) = others.iter().find(|(_, given)| *given) {
            let allowed =
                "a measured matrix has its own shape and noise: leave it out, or leave out matrix";
            return Err(Error::invalid(*field, "given", allowed));
        }
        let weights = read_matrix(file)?;
        let (rows, columns) = weights.shape();
        if rows.max(columns) > MOST_UNITS {
            let reason =
                format!("has {rows} rows and {columns} columns: at most {MOST_UNITS} are possible");
            return Err(Error::file(file, reason));
        }
        memory::require("the weight matrix", 24 * rows as u128 * columns as u128)?;
        watch("singular values", None);
        let missing = || Error::file(file, "its singular values were not found: rescale it");
        let values = singular_values(&weights).ok_or_else(missing)?;
        let reading = Reading::of(rows, columns, &values);
        let law = reading.as_ref().map(|reading| reading.law);
        let outliers = reading.as_ref().map_or(0, |reading| reading.outliers.len());
        let modes = reading.iter().flat_map(|reading| &reading.outliers);
        let modes = modes.map(OutlierRow::read).collect();
        let settings = SpectrumSettings {
            sigma: None,
            kappa: None,
            planted: Vec::new(),
            sample: None,
            matrix: Some(file.into()),
        };
        let bulk = MeasuredBulk::of(
            (rows, columns),
            values,
            outliers,
            law.as_ref(),
            reading.as_ref(),
        );
        let law = law.as_ref().map(BulkLaw::of).transpose()?;
        Ok(SpectrumFound::read(settings, law, bulk, modes))
    }
}

impl SpectrumFound {
    /// The answer with a matrix, whose noise level may not have been found.
    fn read(
        settings: SpectrumSettings,
        law: Option<BulkLaw>,
        measured: MeasuredBulk,
        modes: Vec<OutlierRow>,
    ) -> Self {
        let found = measured.sigma.is_some();
        let reason = "no bulk could be told from outliers (fewer than four singular values, more than a quarter of them outliers, or half of them 0): no noise level";
        Self {
            settings,
            outcome: match found {
                true => SpectrumOutcome::Complete,
                false => SpectrumOutcome::NoBulk,
            },
            explanation: (!found).then(|| reason.to_owned()),
            law,
            measured: Some(measured),
            modes,
        }
    }

    fn bulk(&self) -> Table {
        let mut table = Table::new(
            "bulk of the singular values",
            [
                Column::new("quantity"),
                Column::new("theory"),
                Column::new("measured"),
            ],
        );
        let law = |number: fn(&BulkLaw) -> f64| Value::from(self.law.as_ref().map(number));
        let matrix = |number: fn(&MeasuredBulk) -> Option<f64>| {
            Value::from(self.measured.as_ref().and_then(number))
        };
        let rows = [
            (
                "noise level sigma",
                law(|law| law.sigma),
                matrix(|one| one.sigma),
            ),
            ("aspect ratio kappa", law(|law| law.kappa), Value::Missing),
            (
                "lower edge",
                law(|law| law.lower_edge),
                matrix(|one| Some(one.smallest)),
            ),
            (
                "median",
                law(|law| law.median),
                matrix(|one| Some(one.median)),
            ),
            (
                "upper edge",
                law(|law| law.upper_edge),
                matrix(|one| Some(one.largest)),
            ),
            (
                "mean square",
                law(|law| law.mean_square),
                matrix(|one| Some(one.mean_square)),
            ),
            (
                "Kolmogorov-Smirnov distance",
                Value::Missing,
                matrix(|one| one.distance),
            ),
            ("level of outliers", Value::Missing, matrix(|one| one.level)),
            (
                "deviation of entries",
                Value::Missing,
                matrix(|one| one.entry_deviation),
            ),
        ];
        for (name, theory, measured) in rows {
            if !(theory.is_missing() && measured.is_missing()) {
                table.push(vec![name.into(), theory, measured]);
            }
        }
        table
    }

    fn outliers(&self) -> Table {
        let mut table = Table::new(
            "modes on top of it",
            [
                Column::new("planted").headed("planted w"),
                Column::new("visible"),
                Column::new("predicted").headed("w_out, theory"),
                Column::new("observed").headed("w_out"),
                Column::new("behind").headed("w behind w_out"),
                Column::new("visible_overlap_squared_predicted").headed("⟨u,û⟩², theory"),
                Column::new("visible_overlap_squared").headed("⟨u,û⟩²"),
                Column::new("hidden_overlap_squared_predicted").headed("⟨v,v̂⟩², theory"),
                Column::new("hidden_overlap_squared").headed("⟨v,v̂⟩²"),
            ],
        );
        for row in &self.modes {
            table.push(vec![
                row.planted.into(),
                row.visible.into(),
                row.predicted.into(),
                row.observed.into(),
                row.behind.into(),
                row.visible_overlap_squared_predicted.into(),
                row.visible_overlap_squared.into(),
                row.hidden_overlap_squared_predicted.into(),
                row.hidden_overlap_squared.into(),
            ]);
        }
        table
    }

    /// The singular values one by one, where they are few.
    fn values(&self) -> Option<Table> {
        let matrix = self.measured.as_ref()?;
        if matrix.singular_values.len() > SHOWN {
            return None;
        }
        let number = Column::new("number").digits(Digits::Shortest);
        let mut table = Table::new("singular values", [number, Column::new("w")]);
        for (at, &value) in (1usize..).zip(&matrix.singular_values) {
            table.push(vec![at.into(), value.into()]);
        }
        Some(table)
    }
}

impl Answer for SpectrumFound {
    fn tables(&self) -> Vec<Table> {
        let modes = (!self.modes.is_empty()).then(|| self.outliers());
        let all = [Some(self.bulk()), modes, self.values()];
        all.into_iter().flatten().collect()
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(matrix) = &self.measured {
            notes.push(format!(
                "{} visible and {} hidden units: {} singular values, {} of them outliers{}",
                matrix.visible_units,
                matrix.hidden_units,
                matrix.singular_values.len(),
                matrix.outliers,
                match matrix.singular_values.len() > SHOWN {
                    true => "; --format json has them all",
                    false => "",
                }
            ));
        }
        let lost = self.modes.iter().filter(|row| !row.visible).count();
        if lost > 0 {
            notes.push(format!(
                "{lost} planted at or below the noise level: no outlier"
            ));
        }
        notes.extend(self.explanation.clone());
        notes
    }
}
