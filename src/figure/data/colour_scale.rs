//! Colour scales: from the numbers of a heat map to colours.

use super::axis::{Axis, Side};
use crate::figure::spec::{HeatSpec, Scale, TickPlaces};
use crate::figure::style::{ColourMap, Rgb};

/// Colours that a scale distinguishes: more the eye cannot, and adjacent cells of one colour are
/// drawn as one.
pub const LEVELS: u32 = 256;

/// The colours of a heat map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColourScale {
    /// From numbers to fractions of the colour bar.
    pub axis: Axis,
    map: ColourMap,
    /// The fractions of the colour map at the ends of the bar.
    ends: [f64; 2],
    /// Whether there are numbers below the lower end.
    pub below: bool,
    /// Whether there are numbers above the upper end.
    pub above: bool,
}

impl ColourScale {
    /// The scale that a specification asks for, for these numbers.
    pub fn new(spec: &HeatSpec, values: impl Iterator<Item = f64> + Clone) -> Self {
        let scale = spec.color_scale;
        let centre = (spec.map == ColourMap::Diverging).then(|| spec.centre.unwrap_or(0.0));
        let fitted = || fitted(scale, values.clone(), centre);
        let [low, high] = spec.limits.unwrap_or_else(fitted);
        let axis = Axis {
            scale,
            low,
            high,
            ticks: TickPlaces::default(),
        };
        // A diverging map is cut off at the nearer end, so that equal distances from the centre
        // look equal.
        let ends = centre.map_or([0.0, 1.0], |centre| {
            let centre = axis.fraction(centre);
            let half = centre.max(1.0 - centre);
            [-centre, 1.0 - centre].map(|end| 0.5 + 0.5 * end / half)
        });
        Self {
            axis,
            map: spec.map,
            ends,
            below: values.clone().any(|value| axis.side(value) == Side::Below),
            above: values.clone().any(|value| axis.side(value) == Side::Above),
        }
    }

    /// The colour of a number; beyond the ends, that of the end.
    pub fn colour(&self, value: f64) -> Rgb {
        self.at(self.axis.fraction(value))
    }

    /// The colour at a fraction of the bar, likewise.
    pub fn at(&self, fraction: f64) -> Rgb {
        let level = (fraction * f64::from(LEVELS)).floor();
        self.level(level.clamp(0.0, f64::from(LEVELS - 1)) as u32)
    }

    /// One of the colours from 0 at the lower end to `LEVELS - 1` at the upper.
    pub fn level(&self, level: u32) -> Rgb {
        let fraction = f64::from(level) / f64::from(LEVELS - 1);
        let [low, high] = self.ends;
        self.map.at(low + fraction * (high - low))
    }
}

/// The extent of the numbers; around a centre, the least symmetric one. An arbitrary one without
/// numbers, since even a map in which every computation failed has to show that.
fn fitted(scale: Scale, values: impl Iterator<Item = f64>, centre: Option<f64>) -> [f64; 2] {
    let position = |value| scale.position(value);
    let start = [f64::INFINITY, f64::NEG_INFINITY];
    let ends = |[low, high]: [f64; 2], value: f64| [low.min(value), high.max(value)];
    let [mut low, mut high] = values.map(position).fold(start, ends);
    if low > high {
        [low, high] = [centre.map_or(0.0, position); 2];
    }
    if let Some(centre) = centre.map(position) {
        let half = (high - centre).max(centre - low);
        [low, high] = [centre - half, centre + half];
    }
    // Numbers that differ by rounding only count as one, which then gets some room on either side.
    let size = low.abs().max(high.abs());
    let (noise, room) = match scale {
        Scale::Linear => (1e-9 * size, if size > 0.0 { 0.05 * size } else { 1.0 }),
        Scale::Log => (1e-9 * size.max(1.0), 1.0),
    };
    if high - low <= noise {
        [low, high] = [low - room, high + room];
    }
    [low, high].map(|end| scale.value(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(fields: &str, values: &[f64]) -> ColourScale {
        let text = format!("value = \"v\"\nvalue_label = \"v\"\n{fields}");
        let spec: HeatSpec = toml::from_str(&text).expect("a specification");
        ColourScale::new(&spec, values.iter().copied())
    }

    fn close(found: ColourScale, low: f64, high: f64) {
        let ends = [found.axis.low, found.axis.high];
        let near = |found: f64, expected: f64| (found - expected).abs() <= 1e-12 * expected.abs();
        assert!(near(ends[0], low) && near(ends[1], high), "{ends:?}");
    }

    #[test]
    fn limits_come_from_the_numbers() {
        let found = scale("", &[3.0, -1.0, 2.0]);
        close(found, -1.0, 3.0);
        assert!(!found.below && !found.above);
        assert_eq!(found.colour(-1.0), ColourMap::Viridis.at(0.0));
        assert_eq!(found.colour(3.0), ColourMap::Viridis.at(1.0));
        let found = scale("color_scale = \"log\"", &[0.3, 7e5]);
        close(found, 0.3, 7e5);
        assert!(!found.below && !found.above);
    }

    #[test]
    fn numbers_beyond_the_limits_are_known() {
        let found = scale("limits = [0.0, 1.0]", &[0.5, 1.5]);
        assert!(!found.below && found.above);
        assert_eq!(found.colour(1.5), found.colour(1.0));
        let found = scale("limits = [0.0, 1.0]", &[-0.5, 1.0]);
        assert!(found.below && !found.above);
    }

    #[test]
    fn diverging_scale_is_white_at_its_centre() {
        let white = |found: ColourScale, value: f64| {
            let (r, g, b) = found.colour(value);
            assert!(r > 230 && g > 230 && b > 230, "{:?}", (r, g, b));
        };
        let found = scale("map = \"diverging\"", &[-1.0, 4.0]);
        close(found, -4.0, 4.0);
        white(found, 0.0);
        // Uneven limits: the lower half is cut off, its end as far from white as +1 on the other
        // side.
        let found = scale("map = \"diverging\"\nlimits = [-1.0, 4.0]", &[0.0]);
        white(found, 0.0);
        assert_eq!(found.colour(4.0), ColourMap::Diverging.at(1.0));
        assert_eq!(found.colour(-1.0), ColourMap::Diverging.at(0.375));
        let log = "map = \"diverging\"\ncolor_scale = \"log\"\ncentre = 2.0";
        let found = scale(log, &[1.0, 8.0]);
        close(found, 0.5, 8.0);
        white(found, 2.0);
    }

    #[test]
    fn degenerate_numbers_still_give_a_scale() {
        for fields in ["", "color_scale = \"log\"", "map = \"diverging\""] {
            for values in [&[][..], &[1.0], &[1.0, 1.0 + 1e-15]] {
                let found = scale(fields, values);
                assert!(found.axis.high - found.axis.low > 0.01, "{found:?}");
                assert!(!found.below && !found.above, "{found:?}");
            }
        }
    }
}
