//! The verdict.

use super::{Comparison, EndingCount, Groups, Row, groups, joint_p_value};
use crate::numerics::nullable;
use crate::quantity::Observable;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Runs that fall into two groups are called so at this fraction of the level, which adds as much
/// to the share of false disagreements.
const GROUPS_SHARE: f64 = 0.1;

/// How the verdict is made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Criteria {
    /// Share of disagreements that are found where theory is right, over all rows together (1.1
    /// times as many with those that are found because the runs fall into groups).
    pub level: f64,
    /// *Agrees* needs that a difference of this size, in units of [`Row::scale`], would be noticed
    /// in every row.
    pub resolution: f64,
}

impl Default for Criteria {
    /// Level 0.01, resolution 0.2.
    fn default() -> Self {
        Self {
            level: 0.01,
            resolution: 0.2,
        }
    }
}

/// What the comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No row differs, and a difference that matters would have been noticed.
    Agrees,
    /// Theory does not describe the runs.
    Disagrees,
    /// No row differs, but a difference that matters might have gone unnoticed.
    TooFewInstances,
}

/// What a verdict rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// Numbers beyond their limits.
    Rows {
        /// How many.
        count: usize,
    },
    /// No number is beyond its limit, but together they are too far off.
    Together,
    /// The runs fall into two groups, while theory predicts one value.
    Groups(Groups),
    /// Runs without usable weights.
    FailedRuns {
        /// How many.
        count: usize,
    },
    /// Theory ended before the runs.
    TheoryEnded,
    /// The number in which the largest difference, relative to its scale, would go unnoticed.
    Unresolved {
        /// The number.
        quantity: Observable,
        /// What would be noticed, in its own units.
        #[serde(with = "nullable")]
        #[schemars(with = "Option<f64>")]
        noticeable: f64,
    },
    /// Every compared number is fixed by the start.
    NothingCompared,
}

/// A row with what the verdict says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JudgedRow {
    /// The numbers.
    #[serde(flatten)]
    pub row: Row,
    /// Largest deviation, in standard errors, that is still compatible.
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub limit: f64,
    /// Difference that would be noticed with probability 0.9, in units of the quantity (see
    /// [`Row::noticeable`]).
    #[serde(with = "nullable")]
    #[schemars(with = "Option<f64>")]
    pub noticeable: f64,
    /// Whether the deviation is beyond the limit.
    pub differs: bool,
}

/// The verdict with everything behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What the verdict rests on; empty for *agrees*.
    pub reasons: Vec<Reason>,
    /// How the verdict was made.
    pub criteria: Criteria,
    /// p-value of all rows together (see [`joint_p_value`]).
    pub p_value: f64,
    /// The compared numbers.
    pub rows: Vec<JudgedRow>,
    /// At which of the listed solutions the runs ended, where there are several.
    pub endings: Vec<EndingCount>,
}

impl Comparison {
    /// The verdict on all rows together. Each number has `1/R` of the level, by Student's law: with
    /// ten of them and level 0.01 the limit is 5.4 standard errors for 8 instances, 3.6 for 32, and
    /// 32 for 3.
    pub fn judge(&self, criteria: Criteria) -> Judgement {
        let informative: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| row.is_informative())
            .collect();
        let share = criteria.level / informative.len().max(1) as f64;
        let rows: Vec<JudgedRow> = self.rows.iter().map(|row| judged(row, share)).collect();
        let p_values: Vec<f64> = informative.iter().map(|row| row.p_value).collect();
        let p_value = joint_p_value(&p_values);
        let groups_level = GROUPS_SHARE * criteria.level;
        let groups = groups::clearest(&informative, &self.instances, groups_level);
        let mut reasons = self.differences(&rows, p_value < criteria.level, groups);
        let verdict = if !reasons.is_empty() {
            Verdict::Disagrees
        } else if let Some(reason) = unresolved(&rows, criteria.resolution) {
            reasons.push(reason);
            Verdict::TooFewInstances
        } else {
            Verdict::Agrees
        };
        Judgement {
            verdict,
            reasons,
            criteria,
            p_value,
            rows,
            endings: self.endings.clone(),
        }
    }

    fn differences(&self, rows: &[JudgedRow], differ: bool, groups: Option<Groups>) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let count = rows.iter().filter(|row| row.differs).count();
        if count > 0 {
            reasons.push(Reason::Rows { count });
        } else if differ {
            reasons.push(Reason::Together);
        }
        reasons.extend(groups.map(Reason::Groups));
        if self.failed > 0 {
            reasons.push(Reason::FailedRuns { count: self.failed });
        }
        if !self.complete {
            reasons.push(Reason::TheoryEnded);
        }
        reasons
    }
}

fn judged(row: &Row, share: f64) -> JudgedRow {
    let limit = row.limit(share);
    JudgedRow {
        limit,
        noticeable: row.noticeable(limit),
        differs: row.p_value < share,
        row: row.clone(),
    }
}

/// The row with the least power, if a difference of `resolution` could go unnoticed there.
fn unresolved(rows: &[JudgedRow], resolution: f64) -> Option<Reason> {
    let relative = |row: &&JudgedRow| row.noticeable / row.row.scale;
    let informative = rows.iter().filter(|row| row.row.is_informative());
    let Some(worst) = informative.max_by(|a, b| relative(a).total_cmp(&relative(b))) else {
        return Some(Reason::NothingCompared);
    };
    (relative(&worst) > resolution).then_some(Reason::Unresolved {
        quantity: worst.row.quantity,
        noticeable: worst.noticeable,
    })
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Agrees => "agrees",
            Self::Disagrees => "disagrees",
            Self::TooFewInstances => "too few instances to tell",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows { count } => write!(f, "{count} numbers are beyond their limits"),
            Self::Together => f.write_str("all numbers together are too far off"),
            Self::Groups(groups) => groups.fmt(f),
            Self::FailedRuns { count } => write!(f, "{count} runs failed"),
            Self::TheoryEnded => f.write_str("theory ended early"),
            Self::Unresolved {
                quantity,
                noticeable,
            } => write!(
                f,
                "a difference of {} below {noticeable:.3} would go unnoticed: ask for more --instances, or give --precision",
                quantity.symbol()
            ),
            Self::NothingCompared => f.write_str("every compared number is fixed by the start"),
        }
    }
}

impl fmt::Display for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { low, high, .. } = self;
        let at = self
            .iteration
            .map_or_else(String::new, |t| format!(" at t = {t}"));
        write!(
            f,
            "the runs fall into two groups by {}{at}: {} runs with mean {:.4} and {} runs with mean {:.4} (p = {:.1e})",
            self.quantity.symbol(),
            low.instances.len(),
            low.mean,
            high.instances.len(),
            high.mean,
            self.p_value
        )
    }
}
