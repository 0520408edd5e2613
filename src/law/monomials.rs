//! Products of at most four variables: names of the mixed moments and cumulants of `h`, and the way
//! from one to the other.

/// Largest number of factors.
const ORDER: usize = 4;

/// The products of at most four of some variables, each a sorted list of indices; the empty product
/// first, then by order.
#[derive(Debug, Clone)]
pub(super) struct Monomials {
    factors: Vec<Vec<usize>>,
    terms: Vec<Term>,
}

/// `moment += cumulant · rest`, all by their place.
#[derive(Debug, Clone)]
struct Term {
    moment: usize,
    cumulant: usize,
    rest: usize,
}

impl Monomials {
    pub(super) fn new(variables: usize) -> Self {
        let mut factors = vec![vec![]];
        let mut start = 0;
        for _ in 0..ORDER {
            let end = factors.len();
            for shorter in start..end {
                let first: usize = factors[shorter].last().copied().unwrap_or(0);
                for variable in first..variables {
                    let mut longer: Vec<usize> = factors[shorter].clone();
                    longer.push(variable);
                    factors.push(longer);
                }
            }
            start = end;
        }
        let terms = (1..factors.len())
            .flat_map(|moment| terms_of(&factors, moment))
            .collect();
        Self { factors, terms }
    }

    pub(super) fn len(&self) -> usize {
        self.factors.len()
    }

    /// The variables of each product, sorted.
    pub(super) fn factors(&self) -> &[Vec<usize>] {
        &self.factors
    }

    /// Place of the product of these variables, in any order.
    pub(super) fn place(&self, variables: &[usize]) -> usize {
        place(&self.factors, variables)
    }

    /// Raw moments `E[Π h]` from the cumulants (the derivatives of a log moment generating
    /// function), by `E[h_a Π_S h] = Σ_{T ⊆ S} κ_{a T} E[Π_{S∖T} h]`; a column for each product, an
    /// entry for each field.
    pub(super) fn moments(&self, cumulants: &[Vec<f64>], moments: &mut [Vec<f64>]) {
        moments[0].fill(1.0);
        for column in &mut moments[1..] {
            column.fill(0.0);
        }
        for term in &self.terms {
            let (known, unknown) = moments.split_at_mut(term.moment);
            let factors = cumulants[term.cumulant].iter().zip(&known[term.rest]);
            for (moment, (cumulant, rest)) in unknown[0].iter_mut().zip(factors) {
                *moment += cumulant * rest;
            }
        }
    }
}

/// The terms of one moment: one for each subset of all factors but the first.
fn terms_of(factors: &[Vec<usize>], moment: usize) -> Vec<Term> {
    let (first, others) = (factors[moment][0], &factors[moment][1..]);
    let term = |subset: usize| {
        let mut together = vec![first];
        let mut rest = vec![];
        for (index, &variable) in others.iter().enumerate() {
            let side = if subset >> index & 1 == 1 {
                &mut together
            } else {
                &mut rest
            };
            side.push(variable);
        }
        Term {
            moment,
            cumulant: place(factors, &together),
            rest: place(factors, &rest),
        }
    };
    (0..1 << others.len()).map(term).collect()
}

fn place(factors: &[Vec<usize>], variables: &[usize]) -> usize {
    let mut sorted = variables.to_vec();
    sorted.sort_unstable();
    factors
        .iter()
        .position(|known| *known == sorted)
        .expect("every product of at most four variables is listed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_places() {
        for (variables, count) in [(1, 5), (2, 15), (3, 35)] {
            let monomials = Monomials::new(variables);
            assert_eq!(monomials.len(), count);
            for (place, factors) in monomials.factors().iter().enumerate() {
                let turned: Vec<usize> = factors.iter().rev().copied().collect();
                assert_eq!(monomials.place(&turned), place);
            }
        }
    }

    #[test]
    fn moments_of_a_normal_pair() {
        // Mean (1, 2), covariance [[2, 1], [1, 3]], no higher cumulants.
        let monomials = Monomials::new(2);
        let mut cumulants = vec![vec![0.0]; monomials.len()];
        for (variables, value) in [
            (vec![0], 1.0),
            (vec![1], 2.0),
            (vec![0, 0], 2.0),
            (vec![0, 1], 1.0),
            (vec![1, 1], 3.0),
        ] {
            cumulants[monomials.place(&variables)][0] = value;
        }
        let mut moments = cumulants.clone();
        monomials.moments(&cumulants, &mut moments);
        // E[h0^4] = 1 + 6·2 + 3·4; E[h0² h1²] = (1 + 2)(4 + 3) + 2·1 + 4·1·1·2.
        assert_eq!(moments[monomials.place(&[0, 0, 0, 0])][0], 25.0);
        assert_eq!(moments[monomials.place(&[0, 1, 0, 1])][0], 31.0);
        assert_eq!(moments[monomials.place(&[1, 0])][0], 3.0);
    }
}
