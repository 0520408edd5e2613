//! The long-time limit beside the end of the trajectory.

use super::setup::Planned;
use crate::dmft::{DmftPrediction, DmftTrajectory, Estimated, LongTime, Standing};
use crate::ensemble::Estimate;
use crate::fixed_point::Ending;
use crate::order_parameters::OrderParameters;
use crate::quantity::{Observable, Quantity};
use crate::table::{Column, Table, number_for_people};
use crate::theory::{FixedPoint, RelaxationSpectrum};
use schemars::JsonSchema;
use serde::Serialize;

use super::super::tables;

/// What a trajectory without a limit is not.
const ANOTHER: &str = "the largest objective that any weights have is another number, which random starts don't reach: onsager solve --rsb full";

/// The long-time limit of the dynamics: the fixed point of state evolution that its stationary
/// equations have.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Limit {
    /// What the end of the trajectory is.
    pub standing: Standing,
    /// How the search for the fixed point ended.
    pub outcome: Ending,
    /// The same as a sentence.
    pub explanation: String,
    /// The fixed point.
    pub fixed_point: Option<FixedPoint>,
    /// The end of the trajectory, aligned to the fixed point.
    pub end: Option<OrderParameters>,
    /// Integrated response at the end, which tends to `K`; nothing without responses.
    pub integrated_response: Option<Estimated>,
    /// Largest difference of an entry of `M`, `Q` at the end from the fixed point.
    pub distance: Option<f64>,
    /// Last time of the trajectory.
    pub time: usize,
    /// Time with which the end is compared.
    pub half_time: usize,
    /// Largest change of an entry of `M`, `Q` since then.
    pub drift: f64,
    /// Root-mean-square displacement of the weights since then.
    pub displacement: Option<Estimate>,
    /// Spectrum of the linearised dynamics.
    pub relaxation: Option<RelaxationSpectrum>,
    /// The step.
    pub step: f64,
    /// `M` and `Q` at the end with their errors, aligned.
    #[serde(skip)]
    aligned: Option<[Estimated; 2]>,
}

impl Limit {
    pub(super) fn new(planned: &Planned, prediction: &DmftPrediction, limit: LongTime) -> Self {
        let end = prediction.order(limit.time).zip(limit.fixed_point.as_ref());
        let end = end.map(|(end, point)| planned.model.symmetry().align(&end, &point.order));
        // Errors belong to the units as they come: the same transformation is needed.
        let aligned = end.as_ref().and_then(|end| {
            let run = |run: &DmftTrajectory| Some(end.action.on(run.orders.get(limit.time)?));
            Some([
                prediction.estimate(|one| Some(run(one)?.m))?,
                prediction.estimate(|one| Some(run(one)?.q))?,
            ])
        });
        Self {
            integrated_response: prediction.integrated_response(limit.time),
            standing: limit.standing,
            outcome: limit.outcome.ending(),
            explanation: limit.outcome.explanation(),
            end: end.map(|end| end.order),
            fixed_point: limit.fixed_point,
            distance: limit.distance,
            time: limit.time,
            half_time: limit.half_time,
            drift: limit.drift,
            displacement: limit.displacement,
            relaxation: limit.relaxation,
            step: planned.setup.rules.step,
            aligned,
        }
    }

    /// The limit beside the end; `None` where there is no fixed point.
    pub(super) fn table(&self) -> Option<Table> {
        let (point, end) = (self.fixed_point.as_ref()?, self.end.as_ref()?);
        let [m, q] = self.aligned.as_ref()?;
        let title = format!(
            "long-time limit (stationary equations, replicon {}) beside t = {}",
            number_for_people(point.stability.replicon),
            self.time
        );
        let columns = [
            Column::new("entry"),
            Column::new("limit"),
            Column::new("trajectory"),
            Column::new("trajectory_error").headed("± trajectory"),
            Column::new("difference"),
        ];
        let mut table = Table::new(title, columns);
        let (signals, units) = point.order.m.shape();
        for (quantity, error) in [(Quantity::M, m), (Quantity::Q, q)] {
            for observable in Observable::all_of(quantity, signals, units) {
                let Some(((limit, end), at)) = observable
                    .of(&point.order)
                    .zip(observable.of(end))
                    .zip(observable.entry)
                else {
                    continue;
                };
                let [_, error] = tables::entry_with_error(Some(error), at.at());
                let name = observable.into();
                table.push(vec![
                    name,
                    limit.into(),
                    end.into(),
                    error,
                    (end - limit).into(),
                ]);
            }
        }
        Some(table)
    }

    pub(super) fn notes(&self) -> Vec<String> {
        let displacement = self.displacement.map(|displacement| displacement.mean);
        let moved = format!(
            "between t = {} and t = {} the overlaps drift by {:.1e} and the weights move by {} (root mean square)",
            self.half_time,
            self.time,
            self.drift,
            displacement.map_or("—".into(), number_for_people),
        );
        vec![self.standing_note(), moved]
    }

    fn standing_note(&self) -> String {
        match self.standing {
            Standing::Relaxing => self.relaxing_note(),
            Standing::NotStationary => {
                format!(
                    "not stationary: the fixed point is not stable, relaxation goes on and its numbers are only an approximation; {ANOTHER}"
                )
            }
            Standing::NoFixedPoint => {
                format!(
                    "no fixed point to compare with: {}; {ANOTHER}",
                    self.explanation
                )
            }
        }
    }

    fn relaxing_note(&self) -> String {
        let Some(spectrum) = &self.relaxation else {
            return "relaxing towards the fixed point (replicon below 1)".to_owned();
        };
        match spectrum.steps(self.step) {
            Some(steps) => format!(
                "relaxing towards the fixed point (replicon below 1): the slowest directions of the bulk shrink by e in {} steps",
                number_for_people(steps)
            ),
            None => format!(
                "the step is not stable at the fixed point: its bulk needs a step below {}",
                number_for_people(2.0 / spectrum.fastest)
            ),
        }
    }
}
