//! Quadrature rules of averages, each computed once.

use std::borrow::Cow;
use std::sync::OnceLock;

/// Half-width of a normal average in standard deviations; the dropped tails weigh 1e-20.
const REACH: f64 = 9.35;

/// Spacing of the coarsest trapezoid rule, in standard deviations.
const COARSE: f64 = 0.4;

/// Levels whose nodes are kept.
const KEPT: usize = 24;

/// Nodes and weights.
pub type Points = Vec<(f64, f64)>;

/// What is averaged over.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// A standard normal variable.
    Normal,
    /// A line, in units of its width: the weights are lengths.
    Line,
    /// Half a line, of an integrand that is even.
    HalfLine,
}

static RULES: [[OnceLock<Points>; KEPT]; 3] = [const { [const { OnceLock::new() }; KEPT] }; 3];

impl Rule {
    /// Nodes and weights at a refinement level; each level divides the spacing by √2.
    pub fn nodes(self, level: u32) -> Cow<'static, [(f64, f64)]> {
        match RULES[self as usize].get(level as usize) {
            Some(kept) => Cow::Borrowed(kept.get_or_init(|| self.computed(level))),
            None => Cow::Owned(self.computed(level)),
        }
    }

    fn computed(self, level: u32) -> Points {
        let spacing = COARSE * 2f64.powf(-0.5 * f64::from(level));
        // Of lines: wider with each level, so that a tail that was cut off shows in the difference
        // of levels.
        let reach = REACH + 0.5 * f64::from(level);
        match self {
            Self::Normal => trapezoid(REACH, spacing, |y| {
                (-0.5 * y * y).exp() / (2.0 * std::f64::consts::PI).sqrt()
            }),
            Self::Line => trapezoid(reach, spacing, |_| 1.0),
            // As many nodes as on a whole line.
            Self::HalfLine => midpoints(reach, 0.5 * spacing),
        }
    }
}

/// The midpoint rule on `[0, reach]`, which converges for even integrands as the trapezoid rule
/// does on the whole line.
fn midpoints(reach: f64, spacing: f64) -> Points {
    let count = (reach / spacing).ceil() as i64;
    let node = |index: i64| (spacing * (index as f64 + 0.5), spacing);
    (0..count).map(node).collect()
}

/// The trapezoid rule on `[−reach, reach]`.
fn trapezoid(reach: f64, spacing: f64, density: impl Fn(f64) -> f64) -> Points {
    let last = (reach / spacing).ceil() as i64;
    let node = |index: i64| {
        let y = spacing * index as f64;
        (y, spacing * density(y))
    };
    (-last..=last).map(node).collect()
}
