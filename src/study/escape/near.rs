//! AMP and linear AMP around the BBP threshold.

use super::super::points::{Points, share};
use super::{CELL_BITS, Outcomes, Setting};
use crate::claims::{Claim, Statement};
use crate::ensemble::Estimate;
use crate::error::Result;
use crate::experiment::Watch;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::line::Line;
use crate::numerics::streams::Streams;
use crate::order_parameters::OrderParameters;
use crate::simulation::{
    AmpSettings, Instance, RunOutcome, SimulationStart, Size, amp, linear_amp,
};
use crate::start::Start;
use crate::study::journal::Journal;
use crate::table::tally;
use crate::theory::LinearAmp;
use crate::theory::baselines::bbp_threshold;
use serde::{Deserialize, Serialize};

/// Number of a piece from which runs near the threshold are counted.
const NEAR: u64 = 1 << 40;

/// Overlap from which one step of linear AMP is made: its growth is the same from any.
const OVERLAP: f64 = 0.5;

/// Difference of a growth factor that matters.
const RESOLUTION: f64 = 0.1;

/// What one instance shows.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct End {
    outcome: RunOutcome,
    /// Overlap of AMP's last iterate.
    overlap: Option<f64>,
    /// Factor by which one step of linear AMP multiplies `M`.
    growth: f64,
}

impl End {
    fn of(model: &Model, size: Size, streams: Streams) -> Result<Self> {
        let data = Instance::generate(model, size, streams)?;
        let problem = data.problem(model.hidden());
        let start = SimulationStart::Random.weights(&problem, streams, 0)?;
        let learned = amp(&problem, start, &AmpSettings::default())?;
        let last = learned.observations.last();
        let given = SimulationStart::Overlaps(Start::Given(OrderParameters {
            m: Matrix::from_element(1, 1, OVERLAP),
            q: Matrix::from_element(1, 1, 1.0),
        }));
        let step = linear_amp(&problem, given.weights(&problem, streams, 1)?, 1)?;
        Ok(Self {
            outcome: learned.end.outcome(),
            overlap: last.map(|at| at.order.overlaps()[(0, 0)].abs()),
            growth: step[1].order.m[0] / step[0].order.m[0],
        })
    }
}

impl Setting<'_> {
    /// Ends of AMP at each of the strengths near the threshold.
    pub(super) fn near(
        &self,
        journal: &mut Journal,
        watch: Watch,
        runs: &mut Outcomes,
    ) -> Result<Vec<Vec<End>>> {
        let near = &self.study.near;
        let size = self.size(near.d)?;
        let mut all = Vec::new();
        for (cell, &lambda) in near.lambda.iter().enumerate() {
            let model = self.model.with_lambda(&[lambda])?;
            let mut found = Vec::new();
            for instance in 0..near.instances as u64 {
                let cell = cell as u64;
                let streams = Streams::new(self.study.seed)
                    .cell(NEAR + cell)
                    .instance(instance);
                let number = NEAR + (cell << CELL_BITS) + instance;
                let end: End = journal.piece(number, || End::of(&model, size, streams))?;
                tally(
                    runs,
                    format!("amp near the threshold {}", end.outcome.name()),
                    1,
                );
                found.push(end);
                watch(&format!("λ = {lambda}"), None);
            }
            all.push(found);
        }
        Ok(all)
    }

    pub(super) fn ends(&self, found: &[Vec<End>], points: &mut Points) -> Vec<Claim> {
        let mut claims = Vec::new();
        for (&lambda, ends) in self.study.near.lambda.iter().zip(found) {
            let converged = ends
                .iter()
                .filter(|end| end.outcome == RunOutcome::Converged)
                .count();
            let converged = share(converged, ends.len());
            points.measured("near", "share of converged runs", lambda, converged);
            let overlaps: Vec<f64> = ends.iter().filter_map(|end| end.overlap).collect();
            points.measured(
                "near",
                "overlap of the last iterate",
                lambda,
                Estimate::of(&overlaps),
            );
            let text = format!(
                "share of runs that converge from random starts, λ = {lambda}, d = {}",
                self.study.near.d
            );
            let statement = Statement::new(format!("AMP converges at λ = {lambda}"), "expectation: AMP settles", text)
                .above(0.5)
                .instead("its iterates do not settle where the replicon is above 1, and near there at this size: the last iterate is not an estimate");
            claims.push(match converged {
                Some(estimate) => statement.measured(estimate, 0.0),
                None => statement.not_obtained("there are no runs"),
            });
        }
        claims
    }

    /// One step of linear AMP multiplies `M` by `√α λ²`, which is 1 at the threshold.
    pub(super) fn linear_growth(&self, found: &[Vec<End>]) -> Vec<Claim> {
        let alpha = self.model.alpha();
        let setting = format!(
            "α = {alpha}, d = {}, from overlap {OVERLAP}",
            self.study.near.d
        );
        let text =
            format!("slope against λ² of the factor of M in one step of linear AMP, {setting}");
        let statement = Statement::new("growth of linear AMP", "XKZ Eqs. 21–22", text);
        let measured = self
            .study
            .near
            .lambda
            .iter()
            .zip(found)
            .filter_map(|(&lambda, ends)| {
                let growth: Vec<f64> = ends.iter().map(|end| end.growth).collect();
                Some((lambda, Estimate::of(&growth)?))
            });
        let measured: Vec<(f64, Estimate)> = measured.collect();
        let through = |origin: f64| {
            let points = measured.iter().map(|(lambda, growth)| {
                Some((lambda.powi(2) - origin, growth.mean, growth.standard_error?))
            });
            points
                .collect::<Option<Vec<_>>>()
                .and_then(|points| Line::through(&points))
        };
        let count = measured.iter().map(|(_, growth)| growth.count).sum();
        let expected = LinearAmp { alpha, lambda: 1.0 }.growth();
        let slope = statement
            .equals(expected)
            .slope(through(0.0), count, RESOLUTION);
        let threshold = bbp_threshold(alpha);
        let text = format!(
            "factor of M in one step of linear AMP at λ_c = α^(−1/4), on the line through strengths around it, {setting}"
        );
        let statement = Statement::new("threshold of linear AMP", "XKZ Eqs. 21–22", text);
        let at = through(threshold.powi(2));
        vec![
            slope,
            statement.equals(1.0).intercept(at, count, RESOLUTION),
        ]
    }
}
