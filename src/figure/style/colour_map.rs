//! Colour maps: from a fraction to a colour.

use serde::Deserialize;

use super::colour::Rgb;

/// A sequence of colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColourMap {
    /// Dark blue over green to yellow; equal differences look equal, also in grey and with any
    /// common colour vision.
    #[default]
    Viridis,
    /// Blue over white to red, for numbers with a distinguished centre.
    Diverging,
    /// Light grey to black.
    Grey,
}

impl ColourMap {
    /// The colour at a fraction from 0 to 1; beyond those, the colour of the end.
    pub fn at(self, fraction: f64) -> Rgb {
        let anchors: &[Rgb] = match self {
            Self::Viridis => &VIRIDIS,
            Self::Diverging => &DIVERGING,
            Self::Grey => &GREY,
        };
        let place = fraction.clamp(0.0, 1.0) * (anchors.len() - 1) as f64;
        let below = (place.floor() as usize).min(anchors.len() - 2);
        mix(anchors[below], anchors[below + 1], place - below as f64)
    }
}

/// The colour at a fraction of the way between two colours.
pub fn mix(from: Rgb, to: Rgb, fraction: f64) -> Rgb {
    let part = |from: u8, to: u8| {
        let (from, to) = (f64::from(from), f64::from(to));
        (from + fraction * (to - from)).round() as u8
    };
    (part(from.0, to.0), part(from.1, to.1), part(from.2, to.2))
}

/// Every fifth colour of viridis by S. van der Walt, N. Smith and E. Firing (matplotlib, dedicated
/// to the public domain under CC0); interpolation between them reproduces the 256 original ones
/// within rounding.
#[rustfmt::skip]
const VIRIDIS: [Rgb; 52] = [
    (68, 1, 84), (70, 8, 92), (71, 16, 99), (72, 23, 105), (72, 29, 111), (72, 36, 117), (71, 42, 122), (70, 48, 126),
    (69, 55, 129), (67, 61, 132), (65, 66, 135), (63, 72, 137), (61, 78, 138), (58, 83, 139), (56, 89, 140),
    (53, 94, 141), (51, 99, 141), (49, 104, 142), (46, 109, 142), (44, 113, 142), (42, 118, 142), (41, 123, 142),
    (39, 128, 142), (37, 132, 142), (35, 137, 142), (33, 142, 141), (32, 146, 140), (31, 151, 139), (30, 156, 137),
    (31, 161, 136), (33, 165, 133), (36, 170, 131), (40, 174, 128), (46, 179, 124), (53, 183, 121), (61, 188, 116),
    (70, 192, 111), (80, 196, 106), (90, 200, 100), (101, 203, 94), (112, 207, 87), (124, 210, 80), (137, 213, 72),
    (149, 216, 64), (162, 218, 55), (176, 221, 47), (189, 223, 38), (202, 225, 31), (216, 226, 25), (229, 228, 25),
    (241, 229, 29), (253, 231, 37),
];

/// Lightness L* falls evenly from 94 in the middle, which can be told from paper, to 28 at either
/// end (computed in CIELAB for this crate).
#[rustfmt::skip]
const DIVERGING: [Rgb; 17] = [
    (0, 66, 136), (15, 84, 163), (52, 104, 186), (83, 125, 206), (114, 146, 221), (145, 168, 232), (176, 190, 239),
    (207, 214, 241), (238, 238, 238), (248, 204, 201), (247, 173, 167), (239, 143, 137), (225, 114, 110), (207, 87, 86),
    (185, 63, 65), (159, 40, 47), (132, 19, 32),
];

/// The light end is darker than paper, which stands for no row at all.
const GREY: [Rgb; 2] = [(225, 225, 225), (0, 0, 0)];

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance((r, g, b): Rgb) -> f64 {
        let linear = |part: u8| (f64::from(part) / 255.0).powf(2.2);
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    #[test]
    fn ends_and_anchors_are_met() {
        assert_eq!(ColourMap::Viridis.at(-1.0), (68, 1, 84));
        assert_eq!(ColourMap::Viridis.at(1.0), (253, 231, 37));
        assert_eq!(ColourMap::Viridis.at(1.0 / 51.0), (70, 8, 92));
        assert_eq!(ColourMap::Diverging.at(0.5), (238, 238, 238));
        assert_eq!(ColourMap::Grey.at(2.0), (0, 0, 0));
        assert_eq!(mix((0, 100, 255), (10, 0, 255), 0.5), (5, 50, 255));
    }

    #[test]
    fn lightness_is_monotonic() {
        let rises = |map: ColourMap, from: f64, to: f64| {
            let at = |step: u32| luminance(map.at(from + f64::from(step) / 64.0 * (to - from)));
            (0..64).all(|step| at(step) < at(step + 1))
        };
        assert!(rises(ColourMap::Viridis, 0.0, 1.0));
        assert!(rises(ColourMap::Grey, 1.0, 0.0));
        assert!(rises(ColourMap::Diverging, 0.0, 0.5));
        assert!(rises(ColourMap::Diverging, 1.0, 0.5));
    }
}
