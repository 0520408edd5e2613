//! A potential as a fixed-point problem: `F(x) = 0` in its order parameters.

use super::saddle::Saddle;
use super::search::largest_real_part;
use crate::definitions::{Domain, PotentialDefinition};
use crate::fixed_point::{Description, FixedPointProblem, Measured, Vanishing};
use crate::numerics::symmetric::eigenvalues;
use nalgebra::{DMatrix, DVector};
use std::cell::Cell;
use std::rc::Rc;

/// A step that leaves less than this part of an order parameter has left the branch for the one
/// without it.
const SILENCED: f64 = 1e-4;

/// Residual up to which an order parameter may be 0 whatever the others are.
const ZERO: f64 = 1e-9;

/// Order parameters below this are 0 where that is a solution as well.
const ROUNDED: f64 = 1e-6;

/// The equations at one value of the parameter.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub saddle: Saddle,
    pub names: Vec<String>,
    pub domains: Vec<Domain>,
}

/// The equations of a potential at one value of the parameter, as a fixed-point problem.
#[derive(Debug)]
pub struct PotentialProblem {
    compiled: Rc<Compiled>,
    evaluations: Cell<u64>,
}

impl Compiled {
    /// Compiles a definition, once for all values of the `free` parameters.
    pub fn new(definition: &PotentialDefinition, free: &[&str]) -> Option<Self> {
        let order = definition.order_parameters.iter();
        Some(Self {
            saddle: Saddle::with_free(definition, free).ok()?,
            names: order.map(|order| order.name.clone()).collect(),
            domains: definition.domains(),
        })
    }
}

impl PotentialProblem {
    /// The problem of compiled equations.
    pub(super) fn new(compiled: Rc<Compiled>) -> Self {
        Self {
            compiled,
            evaluations: Cell::new(0),
        }
    }

    fn saddle(&self) -> &Saddle {
        &self.compiled.saddle
    }

    fn is_inside(&self, x: &DVector<f64>) -> bool {
        let mut pairs = x.iter().zip(&self.compiled.domains);
        pairs.all(|(x, domain)| domain.contains(*x))
    }

    /// `Φ`, and where the theory has them replicon and eigenvalue.
    fn numbers(&self, x: &DVector<f64>, level: u32) -> Option<[Option<f64>; 3]> {
        if !self.is_inside(x) {
            return None;
        }
        let jacobian = self.saddle().jacobian(x.as_slice(), level).ok()?;
        Some([
            Some(self.saddle().value(x.as_slice(), level).ok()?),
            self.replicon(x, level),
            self.eigenvalue(x, &jacobian),
        ])
    }

    /// The same point with order parameters of exactly 0 for those that are 0 but for rounding, if
    /// it stays a solution.
    pub(super) fn tidied(&self, x: &DVector<f64>, level: u32, tolerance: f64) -> DVector<f64> {
        let exact = x.map(|entry| if entry.abs() < ROUNDED { 0.0 } else { entry });
        let residual = self.residual(&exact, level);
        match residual.is_some_and(|residual| residual.amax() <= tolerance) {
            true => exact,
            false => x.clone(),
        }
    }

    /// Whether this order parameter may be 0 whatever the others are.
    fn may_vanish(&self, x: &DVector<f64>, entry: usize, level: u32) -> bool {
        let mut without = x.clone();
        without[entry] = 0.0;
        let residual = self.residual(&without, level);
        residual.is_some_and(|residual| residual[entry].abs() < ZERO)
    }
}

impl FixedPointProblem for PotentialProblem {
    fn names(&self) -> Vec<String> {
        self.compiled.names.clone()
    }

    fn residual(&self, x: &DVector<f64>, level: u32) -> Option<DVector<f64>> {
        self.evaluations.set(self.evaluations.get() + 1);
        if !self.is_inside(x) {
            return None;
        }
        self.saddle().equations(x.as_slice(), level).ok()
    }

    fn jacobian(&self, x: &DVector<f64>, _at: &DVector<f64>, level: u32) -> Option<DMatrix<f64>> {
        self.saddle().jacobian(x.as_slice(), level).ok()
    }

    fn describe(
        &self,
        x: &DVector<f64>,
        _jacobian: &DMatrix<f64>,
        level: u32,
        shift: DVector<f64>,
    ) -> Option<Description> {
        let here = self.numbers(x, level)?;
        // At the root on the next finer grid; where that lies outside, at the same place on that
        // grid.
        let there = self.numbers(&(x - shift), level + 1);
        let there = there.or_else(|| self.numbers(x, level + 1))?;
        let measured = |place: usize| {
            let (value, finer) = here[place].zip(there[place])?;
            Some(Measured {
                value,
                error: (value - finer).abs() + f64::EPSILON * value.abs(),
            })
        };
        let shown = self.saddle().observables(x.as_slice(), level).ok()?;
        Some(Description {
            objective: measured(0)?,
            replicon: measured(1),
            eigenvalue: measured(2),
            observables: shown.observables,
        })
    }

    fn replicon(&self, x: &DVector<f64>, level: u32) -> Option<f64> {
        let shown = self.saddle().observables(x.as_slice(), level).ok()?;
        shown.replicon.filter(|replicon| replicon.is_finite())
    }

    fn eigenvalue(&self, x: &DVector<f64>, jacobian: &DMatrix<f64>) -> Option<f64> {
        if !self.saddle().has_map() {
            return None;
        }
        let map = DMatrix::identity(x.len(), x.len()) - jacobian;
        let largest = largest_real_part(&eigenvalues(&map)?);
        largest.is_finite().then_some(largest)
    }

    fn amplitudes(&self, x: &DVector<f64>) -> Vec<f64> {
        x.iter().map(|x| x.abs()).collect()
    }

    /// Each order parameter by itself; one that may be negative has its mirror image, so that it
    /// vanishes as a root.
    fn vanishing(&self, part: usize, _size: usize) -> Vanishing {
        Vanishing {
            indices: vec![part],
            power: if self.compiled.domains[part].low < 0.0 {
                2
            } else {
                1
            },
        }
    }

    fn falls_silent(&self, before: &DVector<f64>, after: &DVector<f64>, level: u32) -> bool {
        (0..before.len()).any(|entry| {
            let (before, now) = (before[entry], after[entry]);
            let vanished = now.abs() < SILENCED * before.abs() || before * now < 0.0;
            before.abs() > ZERO && vanished && self.may_vanish(after, entry, level)
        })
    }

    /// The other order parameters follow: the derivative is what remains after they are eliminated.
    fn growth(&self, x: &DVector<f64>, indices: &[usize], level: u32) -> Option<DMatrix<f64>> {
        let jacobian = self.saddle().jacobian(x.as_slice(), level).ok()?;
        let rest: Vec<usize> = (0..x.len()).filter(|own| !indices.contains(own)).collect();
        let block =
            |rows: &[usize], columns: &[usize]| jacobian.select_rows(rows).select_columns(columns);
        if rest.is_empty() {
            return Some(jacobian);
        }
        let follow = block(&rest, &rest).lu().solve(&block(&rest, indices))?;
        Some(block(indices, indices) - block(indices, &rest) * follow)
    }

    fn evaluations(&self) -> u64 {
        self.evaluations.get()
    }
}
