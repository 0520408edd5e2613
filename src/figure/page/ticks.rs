//! Positions and labels of ticks.

use crate::figure::data::Axis;
use crate::figure::spec::{Scale, TickPlaces};

/// A tick on an axis; one without a label is a minor tick.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Position.
    pub value: f64,
    /// Label with markup.
    pub label: Option<String>,
}

impl Tick {
    fn major(value: f64, label: String) -> Self {
        let label = Some(label);
        Self { value, label }
    }

    fn minor(value: f64) -> Self {
        Self { value, label: None }
    }
}

/// Counts below this are written as they are, on any axis.
const PLAIN: f64 = 1e5;

/// Ticks of an axis, with about `target` labels at most.
pub fn axis_ticks(axis: &Axis, target: usize) -> Vec<Tick> {
    let ticks = |target| ticks(axis.scale, axis.low, axis.high, target);
    match axis.ticks {
        TickPlaces::Round => ticks(target),
        TickPlaces::Whole => {
            // Steps of 1 at least.
            let most = (axis.high - axis.low).max(1.0) as usize;
            let mut whole = ticks(target.min(most));
            whole.retain(|tick| tick.value.fract() == 0.0);
            for tick in whole.iter_mut().filter(|tick| tick.value < PLAIN) {
                let plain = |_| signed(tick.value.to_string());
                tick.label = tick.label.take().map(plain);
            }
            whole
        }
        TickPlaces::None => Vec::new(),
    }
}

/// Ticks from `low` to `high`, with about `target` labels at most.
fn ticks(scale: Scale, low: f64, high: f64, target: usize) -> Vec<Tick> {
    match scale {
        Scale::Linear => linear(low, high, target),
        Scale::Log => logarithmic(low, high, target),
    }
}

/// Ticks at multiples of 1, 2 or 5 times a power of ten.
fn linear(low: f64, high: f64, target: usize) -> Vec<Tick> {
    let raw = (high - low) / target.max(1) as f64;
    // Beyond this the powers of ten below are not numbers any more.
    if !(1e-290..1e290).contains(&raw) {
        return Vec::new();
    }
    let mut exponent = raw.log10().floor() as i32;
    let mantissa = raw / 10_f64.powi(exponent);
    // The tolerance keeps a step of exactly 2, say, from becoming 5 by rounding.
    let step = [1, 2, 5]
        .into_iter()
        .find(|&step| mantissa <= f64::from(step) * (1.0 + 1e-9));
    let step = step.unwrap_or_else(|| {
        exponent += 1;
        1
    });
    let parts = if step == 2 { 4 } else { 5 };
    let minor = multiple(i64::from(step), exponent) / f64::from(parts);
    let first = (low / minor - 1e-9).ceil() as i64;
    let last = (high / minor + 1e-9).floor() as i64;
    let largest = low.abs().max(high.abs());
    (first..=last)
        .map(|index| {
            if index % i64::from(parts) != 0 {
                return Tick::minor(index as f64 * minor);
            }
            let count = index / i64::from(parts) * i64::from(step);
            Tick::major(multiple(count, exponent), decimal(count, exponent, largest))
        })
        .collect()
}

/// `count` times ten to the `exponent`, without the rounding error of a product with 0.1 and the
/// like.
fn multiple(count: i64, exponent: i32) -> f64 {
    if exponent < 0 {
        count as f64 / 10_f64.powi(-exponent)
    } else {
        count as f64 * 10_f64.powi(exponent)
    }
}

/// Label of `count` times ten to the `exponent`, on an axis whose largest absolute value is
/// `largest`.
fn decimal(count: i64, exponent: i32, largest: f64) -> String {
    if count == 0 {
        return "0".into();
    }
    let magnitude = largest.log10().floor() as i32;
    if (-3..5).contains(&magnitude) {
        let decimals = usize::try_from(-exponent).unwrap_or(0);
        return signed(format!("{:.decimals$}", multiple(count, exponent)));
    }
    let decimals = usize::try_from(magnitude - exponent).unwrap_or(0);
    let mantissa = format!("{:.decimals$}", multiple(count, exponent - magnitude));
    signed(format!("{mantissa}×{}", power(magnitude)))
}

/// With a proper minus sign instead of a hyphen.
fn signed(number: String) -> String {
    number.replace('-', "\u{2212}")
}

fn power(exponent: i32) -> String {
    format!("10^{{{}}}", signed(exponent.to_string()))
}

/// Ticks at powers of ten; on a short axis also at 2 and 5 times those, on a very short one as on a
/// linear axis.
fn logarithmic(low: f64, high: f64, target: usize) -> Vec<Tick> {
    let target = target.max(1);
    let inside = |value: f64| value >= low * (1.0 - 1e-9) && value <= high * (1.0 + 1e-9);
    let decades = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let labelled = |digits: &[i64]| -> usize {
        let values = decades
            .clone()
            .flat_map(|k| digits.iter().map(move |&d| multiple(d, k)));
        values.filter(|&value| inside(value)).count()
    };
    let powers = labelled(&[1]);
    let digits: &[i64] = match powers {
        0..=2 if labelled(&[1, 2, 5]) <= target.max(4) => &[1, 2, 5],
        _ => &[1],
    };
    if labelled(digits) < 2 {
        return linear(low, high, target);
    }
    // Exponents in steps of 1, 2, 5, … such that the labels are few enough.
    let steps = [1, 2, 5, 10, 20, 50, 100];
    let fits = |&step: &i32| powers <= target * step as usize;
    let step = steps.into_iter().find(fits).unwrap_or(100);
    let mut ticks = Vec::new();
    for k in decades.clone() {
        let minors = if step == 1 { 9 } else { 1 };
        for digit in (1..=minors).filter(|&digit| inside(multiple(digit, k))) {
            let value = multiple(digit, k);
            ticks.push(if digits.contains(&digit) && k % step == 0 {
                Tick::major(value, log_label(digit, k, low, high))
            } else {
                Tick::minor(value)
            });
        }
    }
    ticks
}

/// Plain numbers on axes within 0.01 to 20 000, powers of ten on others.
fn log_label(digit: i64, exponent: i32, low: f64, high: f64) -> String {
    if low >= 0.0099 && high <= 20_001.0 {
        let decimals = usize::try_from(-exponent).unwrap_or(0);
        return format!("{:.decimals$}", multiple(digit, exponent));
    }
    match digit {
        1 => power(exponent),
        _ => format!("{digit}×{}", power(exponent)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale, low: f64, high: f64, target: usize) -> Vec<String> {
        let ticks = ticks(scale, low, high, target);
        ticks.into_iter().filter_map(|tick| tick.label).collect()
    }

    #[test]
    fn linear_steps_are_nice() {
        let found = labels(Scale::Linear, 0.5, 3.0, 6);
        assert_eq!(found, ["0.5", "1.0", "1.5", "2.0", "2.5", "3.0"]);
        let found = labels(Scale::Linear, -0.3, 0.3, 6);
        assert_eq!(found, ["−0.3", "−0.2", "−0.1", "0", "0.1", "0.2", "0.3"]);
        assert_eq!(
            labels(Scale::Linear, 0.0, 1000.0, 5),
            ["0", "200", "400", "600", "800", "1000"]
        );
    }

    #[test]
    fn counts_have_ticks_at_whole_numbers() {
        let labels = |high, ticks| {
            let axis = Axis {
                scale: Scale::Linear,
                low: 0.5,
                high,
                ticks,
            };
            let ticks = axis_ticks(&axis, 8).into_iter();
            ticks.filter_map(|tick| tick.label).collect::<Vec<_>>()
        };
        assert_eq!(labels(1.5, TickPlaces::Whole), ["1"]);
        assert_eq!(labels(3.5, TickPlaces::Whole), ["1", "2", "3"]);
        assert_eq!(labels(9.5, TickPlaces::Whole).len(), 4);
        assert_eq!(labels(9.5, TickPlaces::None), [""; 0]);
        let rows = Axis {
            scale: Scale::Log,
            low: 80.0,
            high: 1500.0,
            ticks: TickPlaces::Whole,
        };
        let first = axis_ticks(&rows, 8).into_iter().find_map(|tick| tick.label);
        assert_eq!(first.as_deref(), Some("100"));
    }

    #[test]
    fn linear_values_carry_no_noise() {
        let found: Vec<f64> = linear(0.0, 1.0, 10)
            .into_iter()
            .filter(|tick| tick.label.is_some())
            .map(|tick| tick.value)
            .collect();
        assert_eq!(
            found,
            [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
        );
    }

    #[test]
    fn extreme_numbers_are_written_with_powers() {
        let found = labels(Scale::Linear, 0.0, 2e6, 4);
        assert_eq!(
            found,
            ["0", "0.5×10^{6}", "1.0×10^{6}", "1.5×10^{6}", "2.0×10^{6}"]
        );
        let found = labels(Scale::Linear, 0.0, 2e-5, 2);
        assert_eq!(found, ["0", "1×10^{−5}", "2×10^{−5}"]);
    }

    #[test]
    fn log_axes_have_decades() {
        assert_eq!(
            labels(Scale::Log, 1e-4, 1.0, 6),
            ["10^{−4}", "10^{−3}", "10^{−2}", "10^{−1}", "10^{0}"]
        );
        assert_eq!(labels(Scale::Log, 0.1, 100.0, 6), ["0.1", "1", "10", "100"]);
        assert_eq!(
            labels(Scale::Log, 1e-12, 1.0, 5),
            ["10^{−10}", "10^{−5}", "10^{0}"]
        );
        let minor = ticks(Scale::Log, 1.0, 100.0, 3).len();
        assert_eq!(minor, 19);
    }

    #[test]
    fn short_log_axes_have_labels_in_between() {
        assert_eq!(
            labels(Scale::Log, 0.5, 12.0, 6),
            ["0.5", "1", "2", "5", "10"]
        );
        assert_eq!(labels(Scale::Log, 3.0, 4.0, 3), ["3.0", "3.5", "4.0"]);
    }
}
