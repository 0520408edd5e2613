//! Exact log-likelihoods less effective objectives, of several RBMs, against size.

use super::spec::LikelihoodStudy;
use crate::claims::{Claim, METADATA, Statement};
use crate::ensemble::Estimate;
use crate::error::Result;
use crate::experiment::{Experiment, Likelihood, LikelihoodAtSize, Likelihoods, Watch};
use crate::likelihood::partial_sum;
use crate::table::{Table, Value, as_json, keys, metadata};

const COLUMNS: [&str; 6] = ["case", "terms", "source", "d", "per_unit", "error"];

/// The table before anything is computed.
pub(super) fn header() -> Table {
    Table::under(keys(&["cases", "theory", METADATA]), &COLUMNS)
}

pub(super) fn run(study: &LikelihoodStudy, watch: Watch) -> Result<Table> {
    let names = study.cases.iter().map(|case| case.name.as_str());
    super::require_distinct("study.cases.name", names)?;
    let mut found = Vec::new();
    for case in &study.cases {
        let asked = Likelihood {
            likelihood: case.likelihood.clone(),
            seed: Some(study.seed),
        };
        found.push((case.name.as_str(), asked.run(watch)?.result));
    }
    let mut metadata = metadata(study, study.seed);
    let settings: Vec<_> = found.iter().map(|(_, one)| &one.settings).collect();
    metadata.push(("cases".into(), as_json(&settings)));
    let words: Vec<String> = found.iter().map(|(name, one)| words(name, one)).collect();
    metadata.push(("theory".into(), words.join("; ")));
    let claims: Vec<Claim> = found
        .iter()
        .flat_map(|(name, one)| claims(name, one))
        .collect();
    metadata.push((METADATA.into(), as_json(&claims)));
    Ok(Table {
        rows: found
            .iter()
            .flat_map(|(name, one)| rows(name, one))
            .collect(),
        ..Table::under(metadata, &COLUMNS)
    })
}

/// The power with which the difference falls.
fn words(name: &str, found: &Likelihoods) -> String {
    match found.exponent {
        Some(exponent) => format!("{name} {}", exponent.words()),
        None if found.exact => format!("{name} exact"),
        None => format!("{name} without a single power"),
    }
}

/// Relative size of a difference of coefficients that matters.
const RESOLUTION: f64 = 0.05;

/// What Theorem 1 says of one RBM.
fn claims(name: &str, found: &Likelihoods) -> Vec<Claim> {
    let (alpha, equation) = (found.settings.alpha, "XKZ Theorem 1");
    let setting = format!("{}, α = {alpha}", found.settings.visible.name);
    let Some(last) = found.sizes.last() else {
        return Vec::new();
    };
    if found.exact {
        let text = format!(
            "log L − log L̃ by listing the hidden states, visible units {setting}, d = {}",
            last.d
        );
        let statement = Statement::new(format!("{name}: exact"), equation, text).equals(0.0);
        // A sum over d units, n times.
        let rounding = 64.0 * f64::EPSILON * last.n;
        return vec![statement.computed(last.rounding, rounding)];
    }
    let sizes = [found.sizes[0].d, last.d];
    let text = format!(
        "power of d of (log L − log L̃)/d, visible units {setting}, d = {} to {}",
        sizes[0], sizes[1]
    );
    let statement = Statement::new(format!("{name}: order 1/d"), equation, text)
        .equals(-1.0)
        .instead("d^(−1/2): visible units of third cumulant κ₃ ≠ 0 have c_0 √d, c_0 = −α κ₃⟨T₃⟩/6, unless ⟨T₃⟩ = 0");
    let order = match found.exponent {
        Some(power) => {
            let count = last.difference.count * found.sizes.len();
            let estimate = Estimate {
                mean: power.value,
                standard_error: Some(power.standard_error),
                count,
            };
            statement.measured(estimate, RESOLUTION)
        }
        None => statement.not_obtained("the difference has no single power over these sizes"),
    };
    let text = format!(
        "log L − log L̃ less c_0 √d + c_1 of infinitely many rows, visible units {setting}, d = {}",
        last.d
    );
    let statement = Statement::new(format!("{name}: coefficients"), equation, text);
    let coefficients = match last.predicted {
        Some(predicted) => {
            let difference = Estimate {
                mean: last.difference.mean - predicted,
                ..last.difference
            };
            statement
                .equals(0.0)
                .measured(difference, RESOLUTION * predicted.abs())
        }
        None => statement.not_obtained("there is no prediction for infinitely many rows"),
    };
    let text = format!(
        "log L − log L̃ less c_0 √d + c_1 of the very weights, over the next two terms of theirs, visible units {setting}, d = {}",
        last.d
    );
    let statement = Statement::new(format!("{name}: next order"), equation, text);
    let d = last.d as f64;
    let next = partial_sum(&last.coefficients, 4, d) - partial_sum(&last.coefficients, 2, d);
    let ratio = Estimate {
        mean: last.beyond_c1.mean / next,
        standard_error: last
            .beyond_c1
            .standard_error
            .map(|error| error / next.abs()),
        ..last.beyond_c1
    };
    vec![
        order,
        coefficients,
        statement.equals(1.0).measured(ratio, 4.0 * RESOLUTION),
    ]
}

/// The difference, and what its first two terms leave of it, per visible unit and without sign;
/// beside each the terms of theory.
fn rows(name: &str, found: &Likelihoods) -> Vec<Vec<Value>> {
    let mut rows = Vec::new();
    for size in &found.sizes {
        let d = size.d as f64;
        let first = partial_sum(&size.coefficients, 2, d);
        let next = partial_sum(&size.coefficients, 4, d) - first;
        let mut push = |terms: &str, source: &str, value: Option<f64>, error: Option<f64>| {
            let value = value.map(|value| value.abs() / d);
            let error = error.map(|error| error / d);
            rows.push(row([name, terms, source], size, [value, error]));
        };
        let measured = size.difference;
        push(
            "0",
            "measured",
            Some(measured.mean),
            measured.standard_error,
        );
        push("0", "theory", size.predicted, None);
        let left = size.beyond_c1;
        push("2", "measured", Some(left.mean), left.standard_error);
        push("2", "theory", Some(next), None);
    }
    rows
}

fn row(names: [&str; 3], size: &LikelihoodAtSize, numbers: [Option<f64>; 2]) -> Vec<Value> {
    let mut row: Vec<Value> = names.map(Value::from).to_vec();
    row.push(size.d.into());
    row.extend(numbers.map(Value::from));
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::ClaimVerdict;
    use crate::experiment::silent;
    use crate::options::LikelihoodOptions;

    fn found(options: &str) -> Likelihoods {
        let likelihood: LikelihoodOptions = toml::from_str(options).expect("options");
        let asked = Likelihood {
            likelihood,
            seed: Some(1),
        };
        asked.run(silent()).expect("an answer").result
    }

    fn verdicts(found: &Likelihoods) -> Vec<ClaimVerdict> {
        let claims = claims("case", found).into_iter();
        claims.map(|claim| claim.verdict).collect()
    }

    const SIZES: &str = "alpha = 2.0\nself-overlap = [[2.895282131]]\noverlap = [[1.483158991]]\nd = [300, 1000, 3000]\ninstances = 64\n";

    /// The terms of Theorem 1 agree; an objective with another `η2`, whose difference grows with
    /// `d`, or with a coefficient that is off by a half, does not.
    #[test]
    fn verdicts_change_with_the_objective() {
        let signs = format!("{SIZES}visible = \"rademacher\"\n");
        let found = found(&signs);
        assert_eq!(verdicts(&found), [ClaimVerdict::Agrees; 3]);
        let mut other = found.clone();
        // η2 without its ½: n η2 = α d η2 is left.
        for size in &mut other.sizes {
            size.difference.mean -= size.n * 0.5 * 2.895_282_131;
        }
        if let Some(power) = &mut other.exponent {
            power.value = 0.0;
        }
        let [order, coefficients, _] = verdicts(&other)[..] else {
            panic!("three claims");
        };
        assert_eq!([order, coefficients], [ClaimVerdict::Disagrees; 2]);
        let mut other = found;
        let last = other.sizes.last_mut().expect("sizes");
        last.coefficients[2] *= 1.5;
        last.coefficients[3] *= 1.5;
        assert_eq!(verdicts(&other)[2], ClaimVerdict::Disagrees);
    }

    /// Normal visible units have no difference at all, and one of 1e-6 would be seen. Skewed ones are
    /// of another order.
    #[test]
    fn normal_and_skewed_units() {
        let mut normal = found(&format!("{SIZES}visible = \"gaussian\"\n"));
        assert_eq!(verdicts(&normal), [ClaimVerdict::Agrees]);
        normal.sizes.last_mut().expect("sizes").rounding = 1e-6;
        assert_eq!(verdicts(&normal), [ClaimVerdict::Disagrees]);
        let skewed = format!(
            "{SIZES}visible = \"skewed(p=0.3)\"\nvisible-signal = \"skewed(p=0.2)\"\nbias = [0.5]\n"
        );
        assert_eq!(verdicts(&found(&skewed))[0], ClaimVerdict::Disagrees);
    }
}
