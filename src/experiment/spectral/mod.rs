//! Spectral learning dynamics: the staircase of the linear RBM, and the spectrum of a weight
//! matrix.

mod linear;
mod spectrum;

pub use linear::{
    CovarianceSource, Linear, LinearSettings, Nearest, Staircase, StaircaseMode, Steps,
};
pub use spectrum::{
    BulkLaw, MeasuredBulk, OutlierRow, Spectrum, SpectrumFound, SpectrumOutcome, SpectrumSettings,
};

/// `number` in subscripts.
fn subscript(number: usize) -> String {
    let digit = |digit: char| {
        let value = digit.to_digit(10).unwrap_or(0);
        char::from_u32(0x2080 + value).unwrap_or(digit)
    };
    number.to_string().chars().map(digit).collect()
}
