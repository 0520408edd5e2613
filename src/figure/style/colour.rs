//! The colours of all figures.

use serde::Deserialize;

use super::colour_map::mix;

/// Red, green and blue, 0 to 255.
pub type Rgb = (u8, u8, u8);

/// Text and frames.
pub const INK: Rgb = (0, 0, 0);
/// Legend samples of marks that occur in the colours of several series.
pub const NEUTRAL: Rgb = (64, 64, 64);
/// The caption: it steps back behind everything else, but not so far that it is hard to read.
pub const CAPTION: Rgb = (96, 96, 96);
/// Grid lines.
pub const GRID: Rgb = (236, 236, 236);
/// Background of the strip for rows without a number.
pub const STRIP: Rgb = (238, 238, 238);
/// Paper, and the inside of hollow markers.
pub const PAPER: Rgb = (255, 255, 255);

/// Colours that readers with any common colour vision can tell apart (M. Okabe and K. Ito), and
/// grey.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// Black.
    #[default]
    Black,
    /// Orange.
    Orange,
    /// Sky blue.
    SkyBlue,
    /// Bluish green.
    Green,
    /// Yellow.
    Yellow,
    /// Blue.
    Blue,
    /// Vermillion.
    Vermillion,
    /// Reddish purple.
    Purple,
    /// Grey, for reference lines.
    Grey,
}

/// The colour darkened as far as text on paper needs to be legible: a contrast of 4.5 at least
/// (Web Content Accessibility Guidelines 2.1).
pub fn legible(colour: Rgb) -> Rgb {
    let enough = |colour: &Rgb| 1.05 / (luminance(*colour) + 0.05) >= 4.5;
    let darker = (0..=20).map(|step| mix(colour, INK, f64::from(step) / 20.0));
    let mut darker = darker.filter(enough);
    darker.next().unwrap_or(INK)
}

/// Relative luminance of a colour of sRGB, from 0 to 1.
pub fn luminance((r, g, b): Rgb) -> f64 {
    let linear = |part: u8| match f64::from(part) / 255.0 {
        part if part <= 0.04045 => part / 12.92,
        part => ((part + 0.055) / 1.055).powf(2.4),
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

impl Colour {
    /// Its components.
    pub fn rgb(self) -> Rgb {
        match self {
            Self::Black => (0, 0, 0),
            Self::Orange => (230, 159, 0),
            Self::SkyBlue => (86, 180, 233),
            Self::Green => (0, 158, 115),
            Self::Yellow => (240, 228, 66),
            Self::Blue => (0, 114, 178),
            Self::Vermillion => (213, 94, 0),
            Self::Purple => (204, 121, 167),
            Self::Grey => (128, 128, 128),
        }
    }
}
