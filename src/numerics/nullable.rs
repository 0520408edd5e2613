//! Numbers that may be not finite: JSON has no infinity, so that they are `null` there.
//! `#[serde(with = "crate::numerics::nullable")]`, and `#[schemars(with = "Option<f64>")]` beside
//! it, so that the schema says so.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes the number; JSON makes `null` of one that is not finite.
pub fn serialize<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    number.serialize(serializer)
}

/// Reads a number, and `null` as NaN: which number it was is not known, and NaN decides nothing.
///
/// # Errors
/// Anything else.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct One(#[serde(with = "super")] f64);

    #[test]
    fn numbers_that_are_not_finite_are_null() {
        let written = |number| serde_json::to_string(&One(number)).expect("JSON");
        let read = |text: &str| serde_json::from_str::<One>(text).expect("a number").0;
        for number in [f64::INFINITY, f64::NAN] {
            assert_eq!(written(number), "null");
        }
        assert!(read("null").is_nan());
        assert_eq!(read(&written(0.1)), 0.1);
        assert!(serde_json::from_str::<One>("\"none\"").is_err());
    }
}
