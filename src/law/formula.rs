//! Laws given by a formula: its log moment generating function `η1(z) = log E_h exp(h·z)`.
//!
//! Everything else is derived. The gradient and the Hessian are the denoiser `f` and the covariance
//! `D`; the derivatives up to order four are the cumulants that the pair function averages.

use super::monomials::Monomials;
use super::scalar::symmetric_pair;
use super::{Points, Response, Responses, formula_check};
use crate::error::Result;
use crate::numerics::special::ln_cosh;
use crate::symbolic::{Expression, Function, Input, Node, PARTS, Symbol, Tape, within};
use crate::symmetry::SignedPermutation;
use nalgebra::{SMatrix, SVector};
use std::fmt;
use std::sync::Arc;

/// Largest number of variables of a joint formula.
pub const MAX_FORMULA_UNITS: usize = super::averaged_pair::MAX_AVERAGED_UNITS;

/// A law of hidden units, given by the log moment generating function of one unit (the units are
/// then independent) or of two or three units jointly. It contains no bias. Cloning is cheap.
#[derive(Clone)]
pub struct FormulaLaw {
    compiled: Arc<Compiled>,
    bounds: formula_check::Bounds,
}

struct Compiled {
    variables: Vec<Symbol>,
    log_mgf: Expression,
    value: Tape,
    /// Gradient, then the upper triangle of the Hessian row by row.
    response: Tape,
    /// All derivatives of `monomials`, the value first.
    derivatives: Tape,
    monomials: Monomials,
    /// `c`, where `η1 = ln cosh(c z)` of one variable.
    symmetric_pair: Option<f64>,
}

impl FormulaLaw {
    /// The law with `log_mgf` as its log moment generating function; the variables are the fields
    /// of its units.
    ///
    /// # Errors
    /// Variables that don't fit the formula, or a formula that is not the log moment generating function of a normalised law of
    /// bounded support. Only necessary conditions can be checked: the value at 0, finite values, a positive semi-definite Hessian, a
    /// bounded gradient, and an exponential without singularities near the real axis.
    pub fn new(variables: &[Symbol], log_mgf: &Expression) -> Result<Self> {
        formula_check::variables(variables, log_mgf)?;
        let compiled = within(PARTS, || Compiled::new(variables, log_mgf))
            .map_err(|exhausted| formula_check::refused(log_mgf, exhausted.to_string()))?;
        let mut law = Self {
            compiled: Arc::new(compiled),
            bounds: formula_check::Bounds::default(),
        };
        law.bounds = formula_check::bounds(&law)?;
        formula_check::average(&law)?;
        Ok(law)
    }

    /// The fields of the units, one for independent units.
    pub fn variables(&self) -> &[Symbol] {
        &self.compiled.variables
    }

    /// The formula.
    pub fn formula(&self) -> &Expression {
        &self.compiled.log_mgf
    }

    /// Number of variables: 1 for independent units.
    pub fn dimension(&self) -> usize {
        self.compiled.variables.len()
    }

    /// Whether the formula holds the law of several units jointly.
    pub fn is_joint(&self) -> bool {
        self.dimension() > 1
    }

    /// `sup_z λ_max(D(z))`: found by a scan with refinement, a lower bound that is tight up to
    /// about 1e-9.
    pub fn covariance_bound(&self) -> f64 {
        self.bounds.covariance
    }

    /// `sup_z |f_a(z)|` for each of `units` units.
    pub fn mean_bound(&self, units: usize) -> Vec<f64> {
        let own = self.bounds.mean.iter().cycle();
        own.take(units).copied().collect()
    }

    /// Whether the law is invariant under `h → −h`.
    pub fn is_symmetric(&self) -> bool {
        self.bounds.symmetric
    }

    /// Whether a joint law with bias is invariant under `h ↦ g h`: `η1(g^T z + b) = η1(z + b)`, at
    /// irregular fields.
    pub fn is_invariant(&self, g: &SignedPermutation, bias: &[f64]) -> bool {
        let transposed = g.inverse();
        formula_check::invariant(self, bias, |z| transposed.apply(z))
    }

    /// Mean and variance of one of several independent units in the field `x`.
    #[inline]
    pub fn mean_and_variance(&self, x: f64) -> (f64, f64) {
        if let Some(size) = self.compiled.symmetric_pair {
            return symmetric_pair(size, x);
        }
        let mut outputs = [0.0; 2];
        self.compiled.response.at(&[x], &mut outputs);
        (outputs[0], outputs[1])
    }

    /// Posterior mean and covariance of units with a joint law at `z` (the bias already added).
    #[inline]
    pub fn joint_response<const K: usize>(&self, z: &SVector<f64, K>) -> Response<K> {
        let mut outputs = [0.0; MAX_FORMULA_UNITS * (MAX_FORMULA_UNITS + 3) / 2];
        self.compiled.response.at(z.as_slice(), &mut outputs);
        let (gradient, hessian) = outputs.split_at(K);
        let mut covariance = SMatrix::zeros();
        let mut entries = hessian.iter();
        for row in 0..K {
            for column in row..K {
                let entry = entries.next().copied().unwrap_or_default();
                covariance[(row, column)] = entry;
                covariance[(column, row)] = entry;
            }
        }
        Response {
            mean: SVector::from_column_slice(gradient),
            covariance,
        }
    }

    /// [`FormulaLaw::joint_response`], or [`FormulaLaw::mean_and_variance`] of each unit, at many
    /// fields.
    pub(crate) fn responses(&self, z: &[Points], out: &mut Responses) {
        let units = z.len();
        if self.is_joint() {
            let inputs: Vec<&[f64]> = z.iter().map(|own| own.as_slice()).collect();
            let mut entries: Vec<Option<&mut [f64]>> = out
                .covariance
                .iter_mut()
                .map(|own| Some(own.as_mut_slice()))
                .collect();
            let mut outputs: Vec<&mut [f64]> =
                out.mean.iter_mut().map(|own| own.as_mut_slice()).collect();
            // The upper triangle row by row is the lower one column by column.
            for column in 0..units {
                outputs
                    .extend((column..units).filter_map(|row| entries[row * units + column].take()));
            }
            self.compiled.response.evaluate(&inputs, &mut outputs);
            return;
        }
        for (unit, (input, mean)) in z.iter().zip(&mut out.mean).enumerate() {
            let variance = &mut out.covariance[unit * (units + 1)];
            let outputs = &mut [mean.as_mut_slice(), variance.as_mut_slice()];
            self.compiled
                .response
                .evaluate(&[input.as_slice()], outputs);
        }
    }

    /// `size`, where the law is `±size` with equal probability.
    pub(crate) fn symmetric_pair(&self) -> Option<f64> {
        self.compiled.symmetric_pair
    }

    /// `log E exp(h·z)` of all units, at many fields.
    pub(crate) fn log_mgfs(&self, z: &[Points], out: &mut Points) {
        if self.is_joint() {
            let inputs: Vec<&[f64]> = z.iter().map(|own| own.as_slice()).collect();
            self.compiled
                .value
                .evaluate(&inputs, &mut [out.as_mut_slice()]);
            return;
        }
        *out = Points::ZERO;
        let mut one = Points::ZERO;
        for input in z {
            let output = &mut [one.as_mut_slice()];
            self.compiled.value.evaluate(&[input.as_slice()], output);
            for (sum, term) in out.iter_mut().zip(&*one) {
                *sum += term;
            }
        }
    }

    /// `log E exp(h·z)` of all units.
    #[inline]
    pub fn log_mgf(&self, z: impl Iterator<Item = f64>) -> f64 {
        if self.is_joint() {
            let mut fields = [0.0; MAX_FORMULA_UNITS];
            for (slot, entry) in fields.iter_mut().zip(z) {
                *slot = entry;
            }
            return self.value(&fields[..self.dimension()]);
        }
        match self.compiled.symmetric_pair {
            Some(size) => z.map(|x| ln_cosh(size * x)).sum(),
            None => z.map(|x| self.value(&[x])).sum(),
        }
    }

    /// `η1` of one unit, or of all units of a joint law.
    pub(super) fn value(&self, z: &[f64]) -> f64 {
        let mut output = [0.0];
        self.compiled.value.at(z, &mut output);
        output[0]
    }

    /// Which derivatives [`FormulaLaw::derivatives`] computes.
    pub(super) fn monomials(&self) -> &Monomials {
        &self.compiled.monomials
    }

    /// `η1` and its derivatives up to order four at many fields, for each group of dependent units
    /// (one unit, or all units of a joint law) in turn. `fields` holds a column for each unit.
    pub(super) fn derivatives(&self, fields: &[Vec<f64>], out: &mut [Vec<f64>]) {
        let groups = fields.chunks(self.dimension());
        for (group, out) in groups.zip(out.chunks_mut(self.compiled.monomials.len())) {
            let inputs: Vec<&[f64]> = group.iter().map(Vec::as_slice).collect();
            let mut outputs: Vec<&mut [f64]> = out.iter_mut().map(Vec::as_mut_slice).collect();
            self.compiled.derivatives.evaluate(&inputs, &mut outputs);
        }
    }
}

impl Compiled {
    fn new(variables: &[Symbol], log_mgf: &Expression) -> Self {
        let monomials = Monomials::new(variables.len());
        let derivatives = derivatives(variables, log_mgf, &monomials);
        let inputs: Vec<(Symbol, Input)> = variables
            .iter()
            .map(|variable| (variable.clone(), Input::Varying))
            .collect();
        let orders = |low: usize, high: usize| {
            let wanted = monomials.factors().iter().zip(&derivatives);
            let chosen = wanted.filter(|(factors, _)| (low..=high).contains(&factors.len()));
            let chosen: Vec<Expression> =
                chosen.map(|(_, derivative)| derivative.clone()).collect();
            Tape::new(&inputs, &chosen)
        };
        Self {
            variables: variables.to_vec(),
            log_mgf: log_mgf.clone(),
            value: orders(0, 0),
            response: orders(1, 2),
            derivatives: orders(0, 4),
            symmetric_pair: scale_of_ln_cosh(variables, log_mgf),
            monomials,
        }
    }
}

impl PartialEq for FormulaLaw {
    fn eq(&self, other: &Self) -> bool {
        self.compiled.variables == other.compiled.variables
            && self.compiled.log_mgf == other.compiled.log_mgf
    }
}

impl fmt::Debug for FormulaLaw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FormulaLaw({})", self.compiled.log_mgf.unicode())
    }
}

/// The derivative of each monomial, from that of one order less.
fn derivatives(
    variables: &[Symbol],
    log_mgf: &Expression,
    monomials: &Monomials,
) -> Vec<Expression> {
    let mut derivatives: Vec<Expression> = Vec::with_capacity(monomials.len());
    for factors in monomials.factors() {
        derivatives.push(match factors.split_last() {
            None => log_mgf.clone(),
            Some((&last, shorter)) => {
                derivatives[monomials.place(shorter)].derivative(&variables[last])
            }
        });
    }
    derivatives
}

/// `c`, if the formula is `ln cosh(c z)` of one variable.
fn scale_of_ln_cosh(variables: &[Symbol], log_mgf: &Expression) -> Option<f64> {
    let ([variable], Node::Call(Function::LnCosh, arguments)) = (variables, log_mgf.node()) else {
        return None;
    };
    let scale = arguments[0].derivative(variable);
    let linear = Expression::variable(variable.name()) * scale.clone();
    let proportional = scale.variables().is_empty() && (arguments[0].clone() - linear).is_zero();
    proportional.then(|| scale.constant().abs())
}
