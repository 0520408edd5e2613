//! Cumulants of laws of one component.

/// Highest order.
pub const ORDERS: usize = 12;

/// Cumulants `κ_1 … κ_12`: the derivatives of `log E e^{xv}` at 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cumulants([f64; ORDERS]);

impl Cumulants {
    /// Of values with these probabilities.
    pub fn of_atoms(atoms: &[(f64, f64)]) -> Self {
        let moment = |order: usize| -> f64 {
            let power = |(value, weight): &(f64, f64)| weight * value.powi(order as i32);
            atoms.iter().map(power).sum()
        };
        Self::of_moments(moment)
    }

    /// Of a normal law of mean 0.
    pub fn of_normal(variance: f64) -> Self {
        let mut all = [0.0; ORDERS];
        all[1] = variance;
        Self(all)
    }

    /// `κ_n = μ_n − Σ_{j<n} C(n−1, j−1) κ_j μ_{n−j}`.
    fn of_moments(moment: impl Fn(usize) -> f64) -> Self {
        let mut all = [0.0; ORDERS];
        for order in 1..=ORDERS {
            let (mut lower, mut binomial) = (0.0, 1.0);
            for j in 1..order {
                lower += binomial * all[j - 1] * moment(order - j);
                binomial *= (order - j) as f64 / j as f64;
            }
            all[order - 1] = moment(order) - lower;
        }
        Self(all)
    }

    /// `κ_order`, from 1 on.
    pub fn get(&self, order: usize) -> f64 {
        self.0[order - 1]
    }

    /// Of a variable `factor` times this one.
    pub fn scaled(self, factor: f64) -> Self {
        let mut power = 1.0;
        Self(self.0.map(|cumulant| {
            power *= factor;
            power * cumulant
        }))
    }

    /// Of the sum of independent variables.
    pub fn plus(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] + other.0[at]))
    }

    /// Moments `E v, E v², …` up to an order.
    pub fn moments(&self, highest: usize) -> Vec<f64> {
        let mut all = vec![1.0];
        for order in 1..=highest {
            let (mut sum, mut binomial) = (0.0, 1.0);
            for j in 1..=order {
                sum += binomial * self.get(j) * all[order - j];
                binomial *= (order - j) as f64 / j as f64;
            }
            all.push(sum);
        }
        all
    }

    /// `Σ_{m ≥ from} κ_m x^m/m!`, up to the highest order.
    pub fn series(&self, from: usize, x: f64) -> f64 {
        let mut sum = 0.0;
        let mut factor = 1.0;
        for order in 1..=ORDERS {
            factor *= x / order as f64;
            if order >= from {
                sum += factor * self.get(order);
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_cumulants() {
        // ln cosh: tangent numbers. Poisson-like sums are tested by additivity.
        let signs = Cumulants::of_atoms(&[(-1.0, 0.5), (1.0, 0.5)]);
        let even = [1.0, -2.0, 16.0, -272.0, 7936.0, -353_792.0];
        for (at, expected) in even.into_iter().enumerate() {
            let (odd, value) = (signs.get(2 * at + 1), signs.get(2 * at + 2));
            assert_eq!(odd, 0.0);
            assert!((value / expected - 1.0).abs() < 1e-9, "{value}");
        }
        // Of 0/1 with probability p: p, p(1−p), p(1−p)(1−2p), p(1−p)(1−6p(1−p)).
        let p = 0.3f64;
        let v = p * (1.0 - p);
        let binary = Cumulants::of_atoms(&[(0.0, 1.0 - p), (1.0, p)]);
        for (order, expected) in [(1, p), (2, v), (3, v * 0.4), (4, v * (1.0 - 6.0 * v))] {
            assert!((binary.get(order) - expected).abs() < 1e-15, "{order}");
        }
    }

    #[test]
    fn moments_sums_and_the_series() {
        let atoms = [(-0.7, 0.5), (0.1, 0.3), (1.6, 0.2)];
        let one = Cumulants::of_atoms(&atoms);
        for (order, moment) in one.moments(12).iter().enumerate() {
            let direct = atoms.iter().map(|(v, p)| p * v.powi(order as i32));
            let direct: f64 = direct.sum();
            assert!(
                (moment - direct).abs() < 1e-9 * direct.abs().max(1.0),
                "{order}"
            );
        }
        // v + 2v' of two independent copies.
        let pairs = atoms.iter().flat_map(|(v, p)| {
            let other = atoms.iter();
            other.map(move |(u, q)| (v + 2.0 * u, p * q))
        });
        let pairs = Cumulants::of_atoms(&pairs.collect::<Vec<_>>());
        let sum = one.plus(one.scaled(2.0));
        for order in 1..=8 {
            let (direct, expected) = (pairs.get(order), sum.get(order));
            assert!(
                (direct - expected).abs() < 1e-8 * expected.abs().max(1.0),
                "{order}"
            );
        }
        let x = 0.05f64;
        let log: f64 = atoms.iter().map(|(v, p)| p * (x * v).exp()).sum();
        assert!((one.series(1, x) - log.ln()).abs() < 1e-16);
        assert_eq!(Cumulants::of_normal(2.0).series(1, x), x * x);
    }
}
