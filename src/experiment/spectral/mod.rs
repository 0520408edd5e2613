//! Spectral learning dynamics: the staircase of the linear RBM, modes of the ±1 RBM that compete,
//! the spectrum of a weight matrix, and its training.

mod learning;
mod linear;
mod spectrum;
mod training;

pub use learning::{
    Learning, LearningEnding, LearningSettings, LearningSource, LearningStart, Learnt, LearntMode,
};
pub use linear::{
    CovarianceSource, Linear, LinearSettings, Nearest, Staircase, StaircaseMode, Steps,
};
pub use spectrum::{
    BulkLaw, MeasuredBulk, OutlierRow, Spectrum, SpectrumFound, SpectrumOutcome, SpectrumSettings,
};

pub use training::{Train, TrainSettings, Trained};

use crate::error::{Error, Result, require_between, require_positive};
use crate::spectral::FlowSettings;

/// Number of times, unless said otherwise, and the most of them.
const POINTS: usize = 21;
const MOST_TIMES: usize = 100_000;

/// Times as given, or equally spaced ones from 0.
fn times(times: Option<&[f64]>, until: Option<f64>, points: Option<usize>) -> Result<Vec<f64>> {
    let count = match (times, until) {
        (Some(_), Some(_)) => {
            let allowed = "give either times, or the last one with until";
            return Err(Error::invalid("times and until", "given", allowed));
        }
        (Some(times), None) if points.is_none() => times.len(),
        (Some(_), None) => {
            let allowed = "belongs to until: leave it out, or give until in place of times";
            return Err(Error::invalid("points", "given", allowed));
        }
        (None, Some(_)) => points.unwrap_or(POINTS),
        (None, None) => {
            let allowed = "give it, or times, for example --until 20";
            return Err(Error::invalid("until", "missing", allowed));
        }
    };
    let (field, least) = if times.is_some() {
        ("times", 1)
    } else {
        ("points", 2)
    };
    if !(least..=MOST_TIMES).contains(&count) {
        let allowed = format!("there are {least} to {MOST_TIMES} times");
        return Err(Error::invalid(field, count, allowed));
    }
    let Some(until) = until else {
        return Ok(times.map(<[f64]>::to_vec).unwrap_or_default());
    };
    require_positive("until", until)?;
    require_between("until", until, 1e-12, 1e12)?;
    let part = |at: usize| until * at as f64 / (count - 1) as f64;
    Ok((0..count).map(part).collect())
}

fn flow_settings(tolerance: Option<f64>, max_steps: Option<usize>) -> Result<FlowSettings> {
    let usual = FlowSettings::default();
    let flow = FlowSettings {
        tolerance: tolerance.unwrap_or(usual.tolerance),
        max_steps: max_steps.unwrap_or(usual.max_steps),
    };
    if !(1..=100_000_000).contains(&flow.max_steps) {
        let allowed = "must lie in 1..=100000000";
        return Err(Error::invalid("max-steps", flow.max_steps, allowed));
    }
    Ok(flow)
}

/// `number` in subscripts.
pub(super) fn subscript(number: usize) -> String {
    let digit = |digit: char| {
        let value = digit.to_digit(10).unwrap_or(0);
        char::from_u32(0x2080 + value).unwrap_or(digit)
    };
    number.to_string().chars().map(digit).collect()
}
