//! The log moment generating function along a line.

use crate::definitions::PriorDefinition;
use crate::symbolic::{Expression, Input, Symbol, Tape};
use std::collections::BTreeMap;

/// `η1` along a line through the origin, `t ↦ η1(t v)`, and its derivatives up to the third.
pub(super) struct Line {
    pub direction: Vec<f64>,
    tape: Tape,
}

impl Line {
    pub fn new(prior: &PriorDefinition, direction: Vec<f64>) -> Self {
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
            let parts = prior.variables.iter().zip(&direction);
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
        Self {
            direction,
            tape: Tape::new(&[(t, Input::Varying)], &outputs),
        }
    }

    /// `η1` and its first three derivatives along the line.
    pub fn at(&self, t: f64) -> [f64; 4] {
        let mut values = [f64::NAN; 4];
        self.tape.at(&[t], &mut values);
        values
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
            // Far from the singularity, so that averages over the law do not reach beyond its nodes.
            Some(last) => 0.25 * last,
            None => 0.0,
        }
    }
}
