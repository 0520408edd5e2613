//! Numbers of searches at several sizes, and their limits.

use super::MaximumTheory;
use crate::ensemble::Estimate;
use crate::experiment::finite_size::Measured;
use crate::numerics::line::Line;
use crate::quantity::Observable;
use crate::simulation::Climb;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Share of instances whose best end was found once, above which their mean is a lower bound: of
/// ends that one climb each finds, others as good were missed.
const SINGLE_HITS: f64 = 1.0 / 3.0;

/// A fit is not possible below this probability.
const DOUBT: f64 = 0.01;

/// Standard errors beyond which a theory is excluded, and a gap open.
pub(super) const EXCLUDED: f64 = 3.0;

/// Fewest instances of a size with whose standard errors verdicts are made.
pub(super) const ENOUGH: usize = 20;

/// What the number of a size is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LevelStanding {
    /// Most best ends were found by several climbs: they are likely the maximum.
    Maximum,
    /// More than a third of the best ends were found once: the mean is a lower bound of the maximum,
    /// and no part of an extrapolation.
    LowerBound,
    /// A mean over all ends of one kind, which are no maxima.
    Mean,
}

impl LevelStanding {
    pub(super) fn of(single_hits: f64) -> Self {
        if single_hits > SINGLE_HITS {
            Self::LowerBound
        } else {
            Self::Maximum
        }
    }

    /// Its name in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Maximum => "maximum",
            Self::LowerBound => "lower-bound",
            Self::Mean => "mean",
        }
    }
}

/// How many instances one kind of climb found the best end of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundBy {
    /// The kind.
    pub climb: Climb,
    /// Instances; others may have found the same end.
    pub instances: usize,
}

/// How the searches of one size ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MaximaAtSize {
    /// Number of visible units.
    pub d: usize,
    /// Number of instances.
    pub instances: usize,
    /// Climbs, of all instances, that left the domain of `η2` or were not finite.
    pub failed: usize,
    /// Instances whose best end has a gradient above the tolerance.
    pub unfinished: usize,
    /// Instances whose best end is no local maximum, by its Hessian.
    pub saddles: usize,
    /// Climbs that found the best end, in the median.
    pub hits: usize,
    /// Share of instances whose best end was found once.
    pub single_hits: f64,
    /// Share of instances whose best end random or annealed starts found too: planted ones alone look
    /// only near the signal.
    pub unplanted: f64,
    /// What the numbers of this size are.
    pub standing: LevelStanding,
    /// Who found the best ends.
    pub found_by: Vec<FoundBy>,
    /// Smallest eigenvalue of `−∇²L` at the best end, in the mean.
    pub smallest: Option<Measured>,
}

/// A statistic over instances.
#[derive(Clone, Copy)]
pub(super) enum Statistic {
    Mean,
    /// With half of the distance between the order statistics at one standard deviation of the
    /// binomial law as its error.
    Median,
}

/// A number at one size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AtSize {
    /// Number of visible units.
    pub d: usize,
    /// Mean over instances (median of `V`), and its standard error.
    #[serde(flatten)]
    pub value: Measured,
    /// Number of instances.
    pub count: usize,
    /// What the number is.
    pub standing: LevelStanding,
}

impl AtSize {
    /// Of the values of instances; `None` for fewer than two.
    pub(super) fn of(
        d: usize,
        values: &[f64],
        statistic: Statistic,
        standing: LevelStanding,
    ) -> Option<Self> {
        let value = match statistic {
            Statistic::Mean => {
                let mean = Estimate::of(values)?;
                Measured {
                    value: mean.mean,
                    standard_error: mean.standard_error?,
                }
            }
            Statistic::Median => median(values)?,
        };
        Some(Self {
            d,
            value,
            count: values.len(),
            standing,
        })
    }
}

fn median(values: &[f64]) -> Option<Measured> {
    let count = values.len();
    if count < 2 {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |place: f64| sorted[(place.max(0.0) as usize).min(count - 1)];
    let (middle, spread) = (count as f64 / 2.0, (count as f64).sqrt() / 2.0);
    let value = 0.5 * (sorted[(count - 1) / 2] + sorted[count / 2]);
    Some(Measured {
        value,
        standard_error: 0.5 * (at(middle + spread) - at(middle - spread)),
    })
}

/// A fit `limit + slope d^{-power}` over the sizes whose numbers are no lower bounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SizeFit {
    /// The power, which is assumed.
    pub power: f64,
    /// The limit, and its standard error as far as the power holds.
    pub limit: Measured,
    /// The slope.
    pub slope: Measured,
    /// Probability of numbers at least so far off; null for two sizes.
    pub p_value: Option<f64>,
}

impl SizeFit {
    /// Whether the numbers may follow it.
    pub fn is_possible(&self) -> bool {
        self.p_value.is_none_or(|p| p >= DOUBT)
    }
}

/// What a theory says of a number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TheoryAt {
    /// The theory.
    pub theory: MaximumTheory,
    /// The number, with the error of the theory.
    #[serde(flatten)]
    pub value: Measured,
    /// Limit less the number, in standard errors of both, by that of the fits that are possible which
    /// is kindest to the theory. Null where there is none, and where the number is not compared.
    pub deviation: Option<f64>,
    /// Whether the number excludes the theory: by more than three standard errors for every power that
    /// is possible, of 20 instances or more at each size.
    pub excluded: bool,
}

/// A number at all sizes, and its limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Extrapolated {
    /// What it is.
    pub quantity: Observable,
    /// At each size.
    pub sizes: Vec<AtSize>,
    /// Fits by several powers, the usual one first; none through fewer than two sizes. What differs
    /// between them is an error that the standard errors lack.
    pub fits: Vec<SizeFit>,
    /// What theories say, the best one first. An overlap that is not far above its fluctuations of
    /// order `1/√d` is not compared: its absolute value is biased by as much.
    pub theory: Vec<TheoryAt>,
}

impl Extrapolated {
    pub(super) fn new(
        quantity: Observable,
        sizes: Vec<AtSize>,
        powers: &[f64],
        (theory, comparable): (Vec<(MaximumTheory, Measured)>, bool),
    ) -> Self {
        let usable = |at: &&AtSize| at.standing != LevelStanding::LowerBound;
        let usable: Vec<&AtSize> = sizes.iter().filter(usable).collect();
        let fit = |&power: &f64| {
            let point = |at: &&AtSize| {
                let x = (at.d as f64).powf(-power);
                (x, at.value.value, at.value.standard_error)
            };
            let line = Line::through(&usable.iter().map(point).collect::<Vec<_>>())?;
            Some(SizeFit {
                power,
                limit: Measured {
                    value: line.intercept,
                    standard_error: line.intercept_error,
                },
                slope: Measured {
                    value: line.slope,
                    standard_error: line.slope_error,
                },
                p_value: line.fit,
            })
        };
        let fits: Vec<SizeFit> = powers.iter().filter_map(fit).collect();
        let many = usable.iter().all(|at| at.count >= ENOUGH);
        let compared = |(theory, value): (MaximumTheory, Measured)| {
            let possible = fits.iter().filter(|fit| fit.is_possible());
            let off = possible.filter(|_| comparable).map(|fit| {
                let error = fit.limit.standard_error.hypot(value.standard_error);
                (fit.limit.value - value.value) / error
            });
            let deviation = off.min_by(|a, b| a.abs().total_cmp(&b.abs()));
            TheoryAt {
                theory,
                value,
                deviation,
                excluded: many && deviation.is_some_and(|off| off.abs() > EXCLUDED),
            }
        };
        Self {
            quantity,
            sizes,
            theory: theory.into_iter().map(compared).collect(),
            fits,
        }
    }

    /// What a theory says.
    pub fn by(&self, theory: MaximumTheory) -> Option<&TheoryAt> {
        self.theory.iter().find(|own| own.theory == theory)
    }
}
