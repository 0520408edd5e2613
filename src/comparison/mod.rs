//! Theory beside simulation: rows of numbers, and a verdict on all of them together.
//!
//! | step | what | where |
//! |---|---|---|
//! | runs are aligned to the prediction | by the model's [`Symmetry`](crate::symmetry::Symmetry) | [`compare_ends`], [`compare_trajectories`] |
//! | fresh data are told from the overlaps | quadrature | [`HeldOutRuns`] |
//! | every number is compared | Student's law | [`Row`] |
//! | means are corrected, if asked | control variates | [`Comparison::adjust`] |
//! | all numbers are compared together | a family-wise level | [`joint_p_value`] |
//! | runs that fall into two groups are found | the two best clusters on a line | [`split`] |
//! | runs are assigned to the solutions of the theory | distance in `(M, Q)` | [`endings`] |
//! | the verdict | *agrees*, *disagrees*, *too few instances* | [`Comparison::judge`] |
//!
//! A number agrees only if the test would have noticed a difference that matters: too few
//! instances, or runs that scatter widely, are compatible with any theory and confirm none.

mod ends;
mod groups;
mod held_out;
mod joint;
mod judge;
mod prediction;
mod row;
mod solutions;
pub(crate) mod student;
mod trajectory;

pub use ends::{CLEAR, compare_ends};
pub use groups::{Group, Groups, Split, split};
pub use held_out::{HeldOutRuns, Unmeasured};
pub use joint::joint_p_value;
pub use judge::{Criteria, JudgedRow, Judgement, Reason, Verdict};
pub use prediction::{Predicted, Prediction};
pub use row::Row;
pub use solutions::{Ending, EndingCount, endings};
pub use trajectory::compare_trajectories;

use crate::ensemble::ControlTable;
use crate::error::{Error, Result};

/// The numbers of theory and simulation side by side.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// One row for each number.
    pub rows: Vec<Row>,
    /// Instances behind the rows, in the order of [`Row::values`].
    pub instances: Vec<u64>,
    /// Runs without usable weights, which take no part in the rows.
    pub failed: usize,
    /// Whether theory reached as far as the runs.
    pub complete: bool,
    /// At which of the listed solutions the runs ended, where there are several.
    pub endings: Vec<EndingCount>,
}

impl Comparison {
    /// The largest standard error of the simulation.
    pub fn largest_standard_error(&self) -> f64 {
        let errors = self
            .rows
            .iter()
            .filter_map(|row| row.simulation.standard_error);
        errors.fold(0.0, f64::max)
    }

    /// Corrects the mean of every row by control variates (theory.md section 12). Groups of runs
    /// are still looked for in the numbers as they are.
    ///
    /// # Errors
    /// Too few instances with usable runs, or instances without controls.
    pub fn adjust(&mut self, controls: &ControlTable) -> Result<()> {
        let regression = controls.regression(&self.instances)?;
        for row in &mut self.rows {
            if let Some(adjusted) = row.adjusted(&regression) {
                *row = adjusted;
            }
        }
        Ok(())
    }
}

/// A standard error needs two values.
fn require_two(runs: usize) -> Result<()> {
    if runs >= 2 {
        return Ok(());
    }
    let allowed = "at least 2 usable runs are needed for a standard error";
    Err(Error::invalid(
        "instances",
        format!("{runs} usable runs"),
        allowed,
    ))
}

#[cfg(test)]
mod tests;
