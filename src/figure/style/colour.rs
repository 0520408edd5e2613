//! The colours of all figures.

use serde::Deserialize;

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
