//! Eigenvalues of a symmetric tridiagonal matrix.

/// Rotations for one eigenvalue beyond which none is found.
const MOST_SWEEPS: usize = 60;

/// All eigenvalues, the smallest first, of the symmetric matrix with this diagonal and these
/// numbers beside it (one fewer), by implicit QL steps (Wilkinson and Reinsch 1971, II/3); `None`
/// where an entry is not finite, or a step does not converge.
pub(crate) fn eigenvalues(mut diagonal: Vec<f64>, mut beside: Vec<f64>) -> Option<Vec<f64>> {
    let n = diagonal.len();
    let finite = diagonal.iter().chain(&beside).all(|x| x.is_finite());
    if !finite || beside.len() + 1 != n {
        return None;
    }
    beside.push(0.0);
    for low in 0..n {
        let mut sweeps = 0;
        loop {
            let small = |at: usize| {
                let scale = diagonal[at].abs() + diagonal[at + 1].abs();
                beside[at].abs() <= f64::EPSILON * scale
            };
            let high = (low..n - 1).find(|&at| small(at)).unwrap_or(n - 1);
            if high == low {
                break;
            }
            sweeps += 1;
            if sweeps > MOST_SWEEPS {
                return None;
            }
            step(&mut diagonal, &mut beside, low, high);
        }
    }
    diagonal.sort_by(f64::total_cmp);
    Some(diagonal)
}

/// One implicit QL step on the block from `low` to `high`, with Wilkinson's shift.
fn step(diagonal: &mut [f64], beside: &mut [f64], low: usize, high: usize) {
    let half = (diagonal[low + 1] - diagonal[low]) / (2.0 * beside[low]);
    let root = half.hypot(1.0).copysign(half);
    let mut chased = diagonal[high] - diagonal[low] + beside[low] / (half + root);
    let (mut sine, mut cosine, mut shift) = (1.0, 1.0, 0.0);
    for at in (low..high).rev() {
        let (off, along) = (sine * beside[at], cosine * beside[at]);
        // Entries are far from the ends of the numbers, and `hypot` is slow.
        let length = (off * off + chased * chased).sqrt();
        beside[at + 1] = length;
        if length == 0.0 {
            diagonal[at + 1] -= shift;
            beside[high] = 0.0;
            return;
        }
        (sine, cosine) = (off / length, chased / length);
        let base = diagonal[at + 1] - shift;
        let turned = (diagonal[at] - base) * sine + 2.0 * cosine * along;
        shift = sine * turned;
        diagonal[at + 1] = base + shift;
        chased = cosine * turned - along;
    }
    diagonal[low] -= shift;
    beside[low] = chased;
    beside[high] = 0.0;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::Matrix;
    use crate::numerics::streams::{Purpose, Streams};
    use nalgebra::SymmetricEigen;
    use rand::RngExt;

    #[test]
    fn as_of_the_whole_matrix() {
        let mut stream = Streams::new(1).stream(Purpose::Noise, 0);
        for n in [1, 2, 3, 10, 60] {
            let mut entry = || stream.random::<f64>() - 0.3;
            let diagonal: Vec<f64> = (0..n).map(|_| entry()).collect();
            let mut beside: Vec<f64> = (1..n).map(|_| entry()).collect();
            if n == 10 {
                beside[4] = 0.0;
            }
            let whole = Matrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
                0 => diagonal[i],
                1 => beside[i.min(j)],
                _ => 0.0,
            });
            let mut expected: Vec<f64> = SymmetricEigen::new(whole).eigenvalues.data.into();
            expected.sort_by(f64::total_cmp);
            let found = eigenvalues(diagonal, beside).expect("eigenvalues");
            for (a, b) in found.iter().zip(&expected) {
                assert!((a - b).abs() < 1e-13, "{n}: {a} {b}");
            }
        }
        assert_eq!(eigenvalues(vec![1.0, f64::NAN], vec![0.0]), None);
        assert_eq!(eigenvalues(vec![1.0, 2.0], vec![]), None);
    }
}
