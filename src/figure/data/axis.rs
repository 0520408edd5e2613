//! Scales: from numbers to fractions of an axis.

use crate::figure::spec::{AxisSpec, Scale, TickPlaces};

/// Free space at either end of an axis whose range comes from the data, as a fraction of the data's
/// extent.
const PADDING: f64 = 0.04;
/// Numbers this close to an end of the range, in fractions of the axis, count as inside.
const TOLERANCE: f64 = 1e-9;
/// Where numbers lie that a log axis cannot show: far below, yet finite, so that error bars can run
/// there.
const FAR_BELOW: f64 = -1e3;

impl Scale {
    /// The number in a form in which equal distances are equal lengths; on a log scale it must be
    /// positive.
    pub(in crate::figure) fn position(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.ln(),
        }
    }

    /// The number at such a position.
    pub(in crate::figure) fn value(self, position: f64) -> f64 {
        match self {
            Self::Linear => position,
            Self::Log => position.exp(),
        }
    }
}

/// Where a number lies relative to the range of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Below the lower end.
    Below,
    /// In the range.
    Inside,
    /// Above the upper end.
    Above,
}

/// The scale of one axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// Linear or logarithmic.
    pub scale: Scale,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Where ticks stand.
    pub ticks: TickPlaces,
}

impl Axis {
    /// The axis with the specified range, or else one that holds all `values`.
    pub fn new(spec: &AxisSpec, values: impl Iterator<Item = f64>) -> Self {
        let scale = spec.scale;
        let [low, high] = spec.range.unwrap_or_else(|| padded(scale, values));
        Self {
            scale,
            low,
            high,
            ticks: spec.ticks,
        }
    }

    /// The axis with the specified range, or else one that ends with the least and the greatest of
    /// `values`, of which there must be two different ones, positive on a log axis.
    pub fn exactly(spec: &AxisSpec, values: impl Iterator<Item = f64>) -> Self {
        let start = [f64::INFINITY, f64::NEG_INFINITY];
        let ends = |[low, high]: [f64; 2], v: f64| [low.min(v), high.max(v)];
        let [low, high] = spec.range.unwrap_or_else(|| values.fold(start, ends));
        Self {
            scale: spec.scale,
            low,
            high,
            ticks: spec.ticks,
        }
    }

    /// Position of a number: 0 at the lower end, 1 at the upper.
    pub fn fraction(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log if value > 0.0 => (value / self.low).ln() / (self.high / self.low).ln(),
            Scale::Log => FAR_BELOW,
        }
    }

    /// Whether the number has a position on the axis, be it outside the range.
    pub fn has_place(&self, value: f64) -> bool {
        self.scale == Scale::Linear || value > 0.0
    }

    /// Where the number lies.
    pub fn side(&self, value: f64) -> Side {
        let fraction = self.fraction(value);
        if fraction < -TOLERANCE {
            Side::Below
        } else if fraction > 1.0 + TOLERANCE {
            Side::Above
        } else {
            Side::Inside
        }
    }
}

/// The extent of the values with padding; an arbitrary range if there are none, since even a panel
/// in which every computation failed has to show that.
fn padded(scale: Scale, values: impl Iterator<Item = f64>) -> [f64; 2] {
    let usable = values.filter(|&value| scale == Scale::Linear || value > 0.0);
    let start = (f64::INFINITY, f64::NEG_INFINITY);
    let (low, high) = usable.fold(start, |(low, high), v| (low.min(v), high.max(v)));
    match (scale, low <= high) {
        (Scale::Linear, false) => [0.0, 1.0],
        (Scale::Log, false) => [1.0, 10.0],
        (Scale::Linear, true) => widened(low, high, 0.05 * low.abs()),
        (Scale::Log, true) => widened(low.ln(), high.ln(), 1.0).map(f64::exp),
    }
}

/// Pads an interval; one without extent, but for rounding, gets `half` on either side, or 1 if that
/// is nothing.
fn widened(low: f64, high: f64, half: f64) -> [f64; 2] {
    let extent = high - low;
    let pad = if extent > 1e-9 * low.abs().max(high.abs()) {
        PADDING * extent
    } else if half > 0.0 {
        half
    } else {
        1.0
    };
    [low - pad, high + pad]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(scale: Scale, range: Option<[f64; 2]>, values: &[f64]) -> Axis {
        let spec = AxisSpec {
            label: String::new(),
            column: None,
            range,
            scale,
            ticks: TickPlaces::default(),
        };
        Axis::new(&spec, values.iter().copied())
    }

    #[test]
    fn range_comes_from_the_data_with_padding() {
        let found = axis(Scale::Linear, None, &[1.0, 3.0, 2.0]);
        assert!((found.low - 0.92).abs() < 1e-12 && (found.high - 3.08).abs() < 1e-12);
        let found = axis(Scale::Log, None, &[1.0, 100.0, -5.0]);
        assert!((found.high * found.low - 100.0).abs() < 1e-9 && found.low < 1.0);
    }

    #[test]
    fn degenerate_data_still_give_an_axis() {
        for values in [&[][..], &[0.0], &[-7.0, -7.0]] {
            for scale in [Scale::Linear, Scale::Log] {
                let found = axis(scale, None, values);
                assert!(found.low < found.high, "{found:?}");
            }
        }
    }

    #[test]
    fn ends_of_the_range_are_inside() {
        let found = axis(Scale::Linear, Some([0.1, 0.7]), &[]);
        assert_eq!(found.side(0.1), Side::Inside);
        assert_eq!(found.side(0.7), Side::Inside);
        assert_eq!(found.side(0.70001), Side::Above);
    }

    #[test]
    fn log_axis_puts_non_positive_numbers_below() {
        let found = axis(Scale::Log, Some([0.01, 1.0]), &[]);
        assert!((found.fraction(0.1) - 0.5).abs() < 1e-12);
        assert_eq!(found.side(0.0), Side::Below);
        assert!(!found.has_place(-1.0));
    }
}
