//! Second moments of the Bingham law: how near-degenerate modes share the response.

use nalgebra::Complex;

/// Nodes of the contour.
const NODES: usize = 32;

/// `E x_a²` under the density `∝ exp(Σ_a e_a x_a²)` on the unit sphere; they add up to 1.
///
/// The normalising constant is an inverse Laplace transform, `c(e) ∝ ∫ ds e^s Π_a (s − e_a)^{-1/2}`
/// along a line to the right of all `e_a`, and `E x_a² = ∂ ln c/∂e_a`. The integral is taken by the
/// trapezoid rule on Talbot's contour (modified: L. N. Trefethen, J. A. C. Weideman and T.
/// Schmelzer, BIT 46 (2006) 653), which goes round the half-line below the largest `e_a`.
/// The error is near rounding for any number of components and any exponents.
pub fn second_moments(exponents: &[f64]) -> Vec<f64> {
    let largest = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let scale = NODES as f64;
    let mut norm = Complex::new(0.0, 0.0);
    let mut moments = vec![Complex::new(0.0, 0.0); exponents.len()];
    for index in 0..NODES {
        let theta = std::f64::consts::PI * ((2 * index + 1) as f64 / scale - 1.0);
        let (node, slope) = contour(theta, scale);
        let mut weight = node.exp() * slope;
        for exponent in exponents {
            weight /= (node - (exponent - largest)).sqrt();
        }
        norm += weight;
        for (moment, exponent) in moments.iter_mut().zip(exponents) {
            *moment += weight / (node - (exponent - largest)) * 0.5;
        }
    }
    // Nodes come in conjugate pairs: the slope is imaginary where the sum is real.
    let parts: Vec<f64> = moments.iter().map(|moment| (moment / norm).re).collect();
    let total: f64 = parts.iter().sum();
    parts.iter().map(|part| part / total).collect()
}

/// A point of Talbot's contour at the angle `θ`, and its derivative.
fn contour(theta: f64, scale: f64) -> (Complex<f64>, Complex<f64>) {
    let (a, b, c, d) = (0.5017, 0.6407, 0.6122, 0.2645);
    let cotangent = 1.0 / (b * theta).tan();
    let node = Complex::new(a * theta * cotangent - c, d * theta) * scale;
    let slope = a * cotangent - a * b * theta / (b * theta).sin().powi(2);
    (node, Complex::new(slope, d) * scale)
}
