//! How AMP leaves a random start: growth of a small overlap, time until it has escaped, and ends
//! near the BBP threshold (XKZ Eqs. 21–22; theory.md section 13).

mod near;

use super::journal::Journal;
use super::points::Points;
use super::stated::EscapeStudy;
use crate::claims::{Claim, Statement};
use crate::ensemble::Estimate;
use crate::error::{Error, Result};
use crate::experiment::Watch;
use crate::model::Model;
use crate::numerics::Matrix;
use crate::numerics::line::Line;
use crate::numerics::streams::Streams;
use crate::order_parameters::OrderParameters;
use crate::proximal::Proximal;
use crate::simulation::{
    AmpSettings, Instance, Observation, SimulationStart, Size, amp, linear_amp,
};
use crate::table::{Table, tallied, tally};
use crate::theory::baselines::{bbp_threshold, pca_overlap_squared};
use crate::theory::{
    FixedPointSettings, Growth, LinearAmp, Starts, StateEvolution, escape_time, find,
};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};
use std::collections::BTreeMap;

/// Quantiles by which a start without bias is averaged over its overlap.
const QUANTILES: usize = 64;

/// Refinement level of the quadrature along an iteration.
const LEVEL: u32 = 4;

/// Bits of the number of a piece that count instances.
const CELL_BITS: u32 = 20;

/// Difference of a slope that matters: the slopes that are told apart differ by more.
const RESOLUTION: f64 = 0.2;

/// How runs ended, counted.
type Outcomes = BTreeMap<String, usize>;

/// When both algorithms escaped on one instance; null where they did not.
#[derive(Clone, Serialize, Deserialize)]
struct Escapes {
    amp: Option<f64>,
    linear: Option<f64>,
}

/// What is said of one model.
struct Setting<'a> {
    study: &'a EscapeStudy,
    model: Model,
    /// Overlaps above which AMP and linear AMP have escaped.
    levels: [f64; 2],
}

pub(super) fn run(study: &EscapeStudy, journal: &mut Journal, watch: Watch) -> Result<Table> {
    study.model.require_in("study.model", None)?;
    let model = study.model.resolve(None)?;
    let fixed = find(&model, Starts::Standard, &FixedPointSettings::default())?;
    let end = fixed.answer().map(|point| point.order.overlaps()[(0, 0)]);
    let end =
        end.map_err(|outcome| Error::invalid("lambda", model.lambda()[0], outcome.explanation()))?;
    let pca = pca_overlap_squared(model.alpha(), model.lambda()[0]).sqrt();
    let setting = Setting {
        study,
        model,
        levels: [0.5 * end, 0.5 * pca],
    };
    let mut points = Points::default();
    let mut claims = setting.growth(&mut points)?;
    let (times, mut runs) = setting.escapes(journal, watch)?;
    claims.extend(setting.times(&times, &mut points)?);
    let near = setting.near(journal, watch, &mut runs)?;
    claims.extend(setting.linear_growth(&near));
    claims.extend(setting.ends(&near, &mut points));
    let theory = format!(
        "escaped above {:.4} (AMP), {:.4} (linear AMP)",
        setting.levels[0], setting.levels[1]
    );
    Ok(points.table(study, study.seed, [theory, tallied(&runs)], &claims))
}

impl Setting<'_> {
    fn linear(&self) -> LinearAmp {
        LinearAmp {
            alpha: self.model.alpha(),
            lambda: self.model.lambda()[0],
        }
    }

    /// Factors at vanishing overlap.
    fn growth_of(&self, alpha: f64, iterations: usize) -> Result<Growth> {
        let model = self.model.with_controls(alpha, &[1.0])?;
        let evolution = evolution(&model);
        Growth::of(
            &evolution,
            model.starting_overlap(),
            Proximal::default(),
            iterations,
        )
    }

    fn growth(&self, points: &mut Points) -> Result<Vec<Claim>> {
        let mut claims = Vec::new();
        for &alpha in &self.study.alphas {
            let growth = self.growth_of(alpha, self.study.iterations)?;
            let series = format!("alpha = {alpha}");
            for (t, factor) in growth.factors.iter().enumerate() {
                let relative = factor / alpha.sqrt();
                points.theory("growth", &series, t as f64, Some(relative));
            }
            let largest = growth.factors.iter().fold(0.0, |most: f64, g| most.max(*g));
            let name = format!("AMP grows more slowly, α = {alpha}");
            let text = format!(
                "largest factor G_t/λ² of ζ over {} iterations",
                growth.factors.len()
            );
            let statement = Statement::new(name, "XKZ Eqs. 21–22", text).below(alpha.sqrt());
            claims.push(statement.computed(largest, 1e-8));
        }
        let alpha = self.model.alpha();
        let growth = self.growth_of(alpha, self.study.iterations)?;
        let text = format!("λ above which the last factor G_t of AMP is 1, α = {alpha}");
        let statement = Statement::new("threshold of AMP", "XKZ Eq. 22", text)
            .equals(bbp_threshold(alpha))
            .instead(
                "AMP with non-linear units escapes from a vanishing overlap above this λ only",
            );
        claims.push(match (growth.departure, growth.factors.last()) {
            (None, Some(factor)) => {
                let before = growth.factors[growth.factors.len() - 2];
                let escape = factor.powf(-0.5);
                statement.computed(escape, (escape - before.powf(-0.5)).abs())
            }
            _ => statement.not_obtained("the iteration without overlap leaves the domain"),
        });
        Ok(claims)
    }

    fn escapes(
        &self,
        journal: &mut Journal,
        watch: Watch,
    ) -> Result<(Vec<Vec<Escapes>>, Outcomes)> {
        let study = self.study;
        let total = (study.sizes.len() * study.instances).max(1) as f64;
        let mut runs = BTreeMap::new();
        let mut all = Vec::new();
        for (cell, &d) in study.sizes.iter().enumerate() {
            let mut found = Vec::new();
            for instance in 0..study.instances as u64 {
                let streams = Streams::new(study.seed)
                    .cell(cell as u64)
                    .instance(instance);
                let number = ((cell as u64) << CELL_BITS) + instance;
                found.push(journal.piece(number, || self.escape(d, streams))?);
                let done = (cell * study.instances) as f64 + instance as f64 + 1.0;
                watch(&format!("d = {d}"), Some(done / total));
            }
            for one in &found {
                let word = |time: Option<f64>| if time.is_some() { "escaped" } else { "did not" };
                tally(&mut runs, format!("amp {}", word(one.amp)), 1);
                tally(&mut runs, format!("linear amp {}", word(one.linear)), 1);
            }
            all.push(found);
        }
        Ok((all, runs))
    }

    fn escape(&self, d: usize, streams: Streams) -> Result<Escapes> {
        let size = self.size(d)?;
        let data = Instance::generate(&self.model, size, streams)?;
        let problem = data.problem(self.model.hidden());
        let start = SimulationStart::Random.weights(&problem, streams, 0)?;
        let iterations = self.study.iterations;
        let settings = AmpSettings {
            max_iterations: iterations,
            ..AmpSettings::default()
        };
        let learned = amp(&problem, start.clone(), &settings)?;
        let linear = linear_amp(&problem, start, iterations)?;
        let time = |seen: &[Observation], level: f64| {
            let overlaps = seen.iter().map(|at| at.order.overlaps()[(0, 0)].abs());
            escape_time(&overlaps.collect::<Vec<f64>>(), level)
        };
        Ok(Escapes {
            amp: time(&learned.observations, self.levels[0]),
            linear: time(&linear, self.levels[1]),
        })
    }

    fn size(&self, d: usize) -> Result<Size> {
        let options = crate::options::SimulationOptions {
            d: Some(d),
            ..Default::default()
        };
        options.size(Some(self.model.alpha()))
    }

    fn times(&self, found: &[Vec<Escapes>], points: &mut Points) -> Result<Vec<Claim>> {
        type Of = fn(&Escapes) -> Option<f64>;
        let algorithms: [(&str, Of); 2] = [("AMP", |e| e.amp), ("linear AMP", |e| e.linear)];
        let mut claims = Vec::new();
        for (index, (name, of)) in algorithms.into_iter().enumerate() {
            let mut measured = Vec::new();
            let mut predicted = Vec::new();
            let mut missing = 0;
            for (&d, runs) in self.study.sizes.iter().zip(found) {
                let times: Vec<f64> = runs.iter().filter_map(of).collect();
                missing += runs.len() - times.len();
                let estimate = Estimate::of(&times);
                points.measured("time", name, d as f64, estimate);
                let theory = self.mean_time(index, d)?;
                points.theory("time", &format!("{name}, theory"), d as f64, theory);
                measured.extend(estimate.map(|estimate| ((d as f64).ln(), estimate)));
                predicted.extend(theory.map(|time| ((d as f64).ln(), time, 1.0)));
            }
            claims.extend(self.slopes(name, &measured, Line::through(&predicted), missing));
        }
        Ok(claims)
    }

    /// The slopes of the escape time against `ln d`.
    fn slopes(
        &self,
        name: &str,
        measured: &[(f64, Estimate)],
        theory: Option<Line>,
        missing: usize,
    ) -> Vec<Claim> {
        let at: Option<Vec<(f64, f64, f64)>> = measured
            .iter()
            .map(|(x, time)| Some((*x, time.mean, time.standard_error?)))
            .collect();
        let line = at.and_then(|points| Line::through(&points));
        let count = measured.iter().map(|(_, time)| time.count).sum();
        let growth = self.linear().growth();
        let own = format!("slope of the mean escape time of {name} against ln d");
        let statements = [
            ("state evolution", theory.map(|line| line.slope), ""),
            (
                "1/ln(√α λ²)",
                Some(growth.ln().recip()),
                "the overlap begins at d^(−1/2): with the factor G of ζ the slope is 1/(2 ln G)",
            ),
        ];
        let all = statements.into_iter().map(|(source, expected, instead)| {
            let statement = Statement::new(
                format!("escape time of {name}: {source}"),
                "XKZ Eq. 22",
                format!("{own}, against {source}"),
            );
            let statement = statement
                .equals(expected.unwrap_or(f64::NAN))
                .instead(instead);
            if missing > 0 {
                let reason = "runs had not escaped: more iterations are needed";
                return statement.not_obtained(format!("{missing} {reason}"));
            }
            statement.slope(line, count, RESOLUTION)
        });
        all.collect()
    }

    /// Mean escape time by state evolution. A start without bias has an overlap `N(0, 1/d)`, and every
    /// iteration adds `N(0, (1 + λ²)/d)`, of the weights' noise and of the samples', to `G ζ`: in
    /// units of the first one the variance is `1 + (1 + λ²) Σ_s Π_{t<s} G_t^{−2}`. `None` where an
    /// iteration leaves the domain or does not escape.
    fn mean_time(&self, algorithm: usize, d: usize) -> Result<Option<f64>> {
        let iterations = 4 * self.study.iterations;
        let factors = if algorithm == 0 {
            let growth = Growth::of(
                &evolution(&self.model),
                self.model.starting_overlap(),
                Proximal::default(),
                self.study.iterations,
            )?;
            growth.factors
        } else {
            vec![self.linear().growth(); self.study.iterations]
        };
        let mut product = 1.0;
        let noise: f64 = factors
            .iter()
            .map(|factor| {
                product /= factor * factor;
                product
            })
            .sum();
        let each = 1.0 + self.model.lambda()[0].powi(2);
        let scale = ((1.0 + each * noise) / d as f64).sqrt();
        let times = (0..QUANTILES).map(|i| {
            let probability = 0.5 + 0.5 * (i as f64 + 0.5) / QUANTILES as f64;
            let overlap = scale * Normal::standard().inverse_cdf(probability);
            let overlaps = if algorithm == 0 {
                self.overlaps(overlap, iterations)
            } else {
                self.linear().overlaps(overlap.min(0.999), 1.0, iterations)
            };
            escape_time(&overlaps, self.levels[algorithm])
        });
        let sum: Option<f64> = times.sum();
        Ok(sum.map(|sum| sum / QUANTILES as f64))
    }

    fn overlaps(&self, overlap: f64, iterations: usize) -> Vec<f64> {
        let q = self.model.starting_overlap();
        let start = OrderParameters {
            m: Matrix::from_element(1, 1, overlap.min(0.999) * q.sqrt()),
            q: Matrix::from_element(1, 1, q),
        };
        let path = evolution(&self.model).trajectory(start, Proximal::default(), iterations);
        let states = path.states.iter();
        states.map(|state| state.order.overlaps()[(0, 0)]).collect()
    }
}

fn evolution(model: &Model) -> StateEvolution<'_> {
    StateEvolution {
        model,
        quadrature: FixedPointSettings::default().quadrature(1, LEVEL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::ClaimVerdict;
    use crate::experiment::silent;
    use crate::options::ModelOptions;
    use crate::study::NearThreshold;

    /// The mean escape time of linear AMP by state evolution against its recursion by hand: without
    /// the noise of the iterations the start alone would give too long a time.
    #[test]
    fn escape_times_follow_the_start_and_the_noise() {
        let study = EscapeStudy {
            seed: 5,
            model: ModelOptions {
                alpha: Some(2.0),
                lambda: Some(vec![1.5]),
                ..ModelOptions::default()
            },
            alphas: Vec::new(),
            iterations: 40,
            sizes: vec![60, 480],
            instances: 300,
            near: NearThreshold {
                lambda: Vec::new(),
                d: 60,
                instances: 0,
            },
        };
        let model = study.model.resolve(None).unwrap();
        let setting = Setting {
            study: &study,
            levels: [
                0.5 * 0.871_650_259,
                0.5 * pca_overlap_squared(2.0, 1.5).sqrt(),
            ],
            model,
        };
        let (found, _) = setting.escapes(&mut Journal::none(), silent()).unwrap();
        let claims = setting.times(&found, &mut Points::default()).unwrap();
        // Slopes by state evolution; twice as large ones are refuted.
        let verdicts: Vec<ClaimVerdict> = claims.iter().map(|claim| claim.verdict).collect();
        for (place, verdict) in verdicts.iter().enumerate() {
            let expected = if place % 2 == 0 {
                ClaimVerdict::Agrees
            } else {
                ClaimVerdict::Disagrees
            };
            assert_eq!(*verdict, expected, "{claims:#?}");
        }
        // At the larger size the times themselves are predicted.
        for (algorithm, of) in [
            (0, (|e: &Escapes| e.amp) as fn(&Escapes) -> _),
            (1, |e| e.linear),
        ] {
            let times: Vec<f64> = found[1].iter().filter_map(of).collect();
            let mean = Estimate::of(&times).unwrap();
            let theory = setting.mean_time(algorithm, 480).unwrap().unwrap();
            let deviation = (mean.mean - theory) / mean.standard_error.unwrap();
            assert!(deviation.abs() < 4.0, "{algorithm}: {mean:?} {theory}");
        }
    }
}
