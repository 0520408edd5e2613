//! The log moment generating function along a line.

use super::tilted::Tilted;
use crate::definitions::PriorDefinition;
use crate::symbolic::{Exhausted, Expression, Input, Symbol, Tape, within};
use std::collections::BTreeMap;

/// Parts of derivatives that are evaluated some ten thousand times. A law of `n` atoms has a third
/// derivative of `n³` terms.
const PARTS: u64 = 100_000;

/// `η1` along a line through the origin, `t ↦ η1(t v)`, and its derivatives up to the third.
pub(super) struct Line {
    pub direction: Vec<f64>,
    values: Values,
}

/// Where the values come from.
enum Values {
    /// Derivatives of the generating function.
    Formula(Tape),
    /// Averages over the law: the derivatives would be too long.
    Law(Tilted),
}

impl Line {
    /// # Errors
    /// Derivatives that are too long, of a law that is known by its generating function alone.
    pub fn new(prior: &PriorDefinition, direction: Vec<f64>) -> Result<Self, Exhausted> {
        let written = within(PARTS, || Self::tape(prior, &direction));
        let values = match (written, Tilted::of(prior)) {
            (Ok(tape), _) => Values::Formula(tape),
            (Err(_), Some(law)) => Values::Law(law),
            (Err(exhausted), None) => return Err(exhausted),
        };
        Ok(Self { direction, values })
    }

    /// Whether the values are averages over the law itself.
    pub fn is_of_law(&self) -> bool {
        matches!(self.values, Values::Law(_))
    }

    fn tape(prior: &PriorDefinition, direction: &[f64]) -> Tape {
        let t = Symbol::new("t along the line");
        let along = |step: &f64| Expression::real(*step) * Expression::variable(t.name());
        let points: BTreeMap<Symbol, Expression> = prior
            .variables
            .iter()
            .cloned()
            .zip(direction.iter().map(along))
            .collect();
        // Derivatives are taken in the prior's own variables, and only then restricted to the line.
        let gradient = |formula: &Expression| {
            let parts = prior.variables.iter().zip(direction);
            Expression::sum(parts.map(|(z, step)| Expression::real(*step) * formula.derivative(z)))
        };
        let mut formulas = vec![prior.with_values(&prior.log_mgf)];
        for order in 0..3 {
            formulas.push(gradient(&formulas[order]));
        }
        let outputs: Vec<Expression> = formulas
            .iter()
            .map(|formula| formula.substitute(&points))
            .collect();
        Tape::new(&[(t, Input::Varying)], &outputs)
    }

    /// `η1` and its first three derivatives along the line.
    pub fn at(&self, t: f64) -> [f64; 4] {
        match &self.values {
            Values::Formula(tape) => {
                let mut values = [f64::NAN; 4];
                tape.at(&[t], &mut values);
                values
            }
            Values::Law(law) => law.cumulants(&self.direction, t),
        }
    }

    /// How far the function is finite, at most `reach`, with a margin to a singularity.
    pub fn finite_reach(&self, reach: f64) -> f64 {
        let steps = 3000;
        let finite = |t: f64| {
            self.at(t)
                .iter()
                .chain(&self.at(-t))
                .all(|value| value.is_finite())
        };
        let last = (0..=steps)
            .map(|step| reach * f64::from(step) / f64::from(steps))
            .take_while(|t| finite(*t))
            .last();
        match last {
            Some(last) if last >= reach => reach,
            // Far from the singularity, so that averages over the law do not reach beyond its
            // nodes.
            Some(last) => 0.25 * last,
            None => 0.0,
        }
    }
}
