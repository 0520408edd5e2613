//! How maximisation approaches the limit of large size (theory.md section 12).

use super::points::Points;
use super::stated::FiniteSizeStudy;
use crate::claims::{Claim, Statement};
use crate::ensemble::Estimate;
use crate::error::Result;
use crate::experiment::{Approach, Common, Experiment, FiniteSize, FiniteSizes, Measured, Watch};
use crate::table::Table;

/// Difference of a power of `d` that matters: powers come in halves.
const RESOLUTION: f64 = 0.3;

/// A bias with an error so many times that of the best known one stands apart from the others: it
/// would say nothing beside them.
const UNRESOLVED: f64 = 20.0;

pub(super) fn run(study: &FiniteSizeStudy, watch: Watch) -> Result<Table> {
    study.model.require_in("study.model", None)?;
    let asked = FiniteSize {
        model: study.model.clone(),
        finite_size: study.finite_size.clone(),
        seed: Some(study.seed),
        ..FiniteSize::default()
    };
    let found = asked.run(watch)?.result;
    let mut points = Points::default();
    let mut claims = Vec::new();
    let mut words = Vec::new();
    for approach in &found.quantities {
        show(approach, &mut points);
        claims.extend(statements(approach, &found));
        if let Some(bias) = approach.bias {
            words.push(format!(
                "{}: a = {:.3} ± {:.3}",
                approach.quantity.symbol(),
                bias.mean.value,
                bias.mean.standard_error
            ));
        }
    }
    let runs: Vec<String> = found
        .runs
        .iter()
        .map(|runs| format!("d = {}: {}", runs.d, runs.outcomes))
        .collect();
    Ok(points.table(
        study,
        study.seed,
        [words.join("; "), runs.join("; ")],
        &claims,
    ))
}

fn estimate(measured: Measured, count: usize) -> Estimate {
    Estimate {
        mean: measured.value,
        standard_error: Some(measured.standard_error),
        count,
    }
}

fn show(approach: &Approach, points: &mut Points) {
    let name = approach.quantity.to_string();
    // The common c of the law c/d of the mean squared deviation.
    let scaled = approach.sizes.iter().map(|size| Measured {
        value: size.d as f64 * size.squared_deviation.value,
        standard_error: size.d as f64 * size.squared_deviation.standard_error,
    });
    let law = Common::of(&scaled.collect::<Vec<_>>());
    let errors = approach.sizes.iter().map(|size| size.bias.standard_error);
    let best = errors.fold(f64::INFINITY, f64::min);
    for size in &approach.sizes {
        let (d, count) = (size.d as f64, size.mean.count);
        let panel = if size.bias.standard_error > UNRESOLVED * best {
            "unresolved bias"
        } else {
            "bias"
        };
        points.measured(panel, &name, d, Some(estimate(size.bias, count)));
        points.measured("spread", &name, d, Some(estimate(size.spread, count)));
        let saved = size.adjustment.and_then(|adjustment| adjustment.reduction);
        points.theory("reduction", &name, d, saved);
        let law = law.map(|law| law.mean.value / d);
        points.theory("deviation law", &name, d, law);
        points.measured(
            "deviation",
            &name,
            d,
            Some(estimate(size.squared_deviation, count)),
        );
    }
}

/// Bias of order `1/d`, spread of order `1/√d`, so that squares of deviations are of order `1/d`.
fn statements(approach: &Approach, found: &FiniteSizes) -> Vec<Claim> {
    let symbol = approach.quantity.symbol();
    let sizes: Vec<usize> = found.runs.iter().map(|runs| runs.d).collect();
    let noise = found.settings.run.store.words();
    let setting = format!(
        "α = {}, λ = {:?}, d = {sizes:?}, {}{}",
        found.settings.model.alpha,
        found.settings.model.lambda,
        found.settings.instances_in_words("each"),
        noise.map_or_else(String::new, |noise| format!(", {noise}"))
    );
    let count = found.runs.iter().map(|runs| runs.usable).sum();
    let failed = found.runs.iter().any(|runs| runs.converged < runs.usable);
    let text = format!("power of d of the spread of {symbol} over instances, {setting}");
    let statement =
        Statement::new(format!("spread of {symbol}"), "XKZ Theorem 2", text).equals(-0.5);
    let spread = match approach.spread_exponent {
        Some(power) if !failed => statement.measured(estimate(power, count), RESOLUTION),
        Some(_) => statement.not_obtained("not all runs converged"),
        None => statement.not_obtained("there is no power through these sizes"),
    };
    let text = format!(
        "d times the mean of {symbol} less its limit at the largest size, less that at the smallest, {setting}"
    );
    let statement = Statement::new(format!("bias of {symbol}"), "XKZ Theorem 2", text).equals(0.0);
    let ends = approach.sizes.first().zip(approach.sizes.last());
    let bias = match ends {
        Some((first, last)) if !failed && first.d < last.d => {
            let (a, b) = (last.bias, first.bias);
            let difference = Measured {
                value: a.value - b.value,
                standard_error: a.standard_error.hypot(b.standard_error),
            };
            // A bias of order 1/√d would grow by this from the smallest to the largest size, were
            // it as large as the spread of one instance at the smallest.
            let growth = (last.d as f64).sqrt() - (first.d as f64).sqrt();
            let matters = growth * first.spread.value;
            statement.measured(estimate(difference, count), matters)
        }
        _ => statement.not_obtained("not all runs converged, or there is one size"),
    };
    let text = format!(
        "power of d of the mean square of {symbol} of one instance less its limit, {setting}"
    );
    let name = format!("deviation of {symbol}");
    let statement = Statement::new(name, "XKZ Theorem 2", text).equals(-1.0);
    let deviation = match approach.deviation_exponent {
        Some(power) if !failed => statement.measured(estimate(power, count), RESOLUTION),
        Some(_) => statement.not_obtained("not all runs converged"),
        None => statement.not_obtained("there is no power through these sizes"),
    };
    vec![spread, bias, deviation]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::ClaimVerdict;
    use crate::experiment::silent;

    /// Spread of order `1/√d` and bias of order `1/d` agree; others do not.
    #[test]
    fn verdicts_change_with_the_powers() {
        let asked = FiniteSize {
            model: toml::from_str("alpha = 2.0\nlambda = [1.5]").expect("options"),
            finite_size: toml::from_str("d = [32, 64, 128, 256]\ninstances = 300")
                .expect("options"),
            seed: Some(1),
            ..FiniteSize::default()
        };
        let found = asked.run(silent()).expect("an answer").result;
        let verdicts = |approach: &Approach| -> [ClaimVerdict; 3] {
            let claims = statements(approach, &found).into_iter();
            let verdicts: Vec<ClaimVerdict> = claims.map(|claim| claim.verdict).collect();
            verdicts.try_into().expect("three")
        };
        let overlap = &found.quantities[0];
        assert_eq!(verdicts(overlap), [ClaimVerdict::Agrees; 3]);
        let mut other = overlap.clone();
        // A bias and a spread that do not fall.
        if let Some(power) = &mut other.spread_exponent {
            power.value = 0.0;
        }
        if let Some(power) = &mut other.deviation_exponent {
            power.value = 0.0;
        }
        for size in &mut other.sizes {
            size.bias.value += 0.5 * size.spread.value * size.d as f64 / 16.0;
        }
        assert_eq!(verdicts(&other), [ClaimVerdict::Disagrees; 3]);
    }
}
