//! Averages of compiled formulas by quadrature.

use super::rules::Rule;
use crate::definitions::{Average, AverageLaw};
use crate::law::ContinuousLaw;
use crate::symbolic::{Expression, Input, Symbol, Tape};

/// Largest number of nodes of one average.
pub const MAX_NODES: usize = 1 << 20;

/// Why an average has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// A variance is negative, or the integrand is not finite: outside of the domain.
    Domain,
    /// More than [`MAX_NODES`] nodes would be needed.
    Nodes,
}

/// Formulas under a common average, compiled.
///
/// Normal averages use the trapezoid rule, which converges exponentially for the analytic
/// integrands of this field; uniform and Laplace laws Gauss–Legendre panels. Each refinement level
/// divides the spacing by √2.
#[derive(Debug)]
pub struct Averaged {
    laws: Vec<Law>,
    tape: Tape,
    /// Place of each output of the tape among the formulas; those that are 0 are not compiled.
    places: Vec<usize>,
    formulas: usize,
}

#[derive(Debug)]
enum Law {
    /// Mean and variance, or centre and width.
    Normal(Tape),
    Line(Tape),
    /// Width, twice.
    HalfLine(Tape),
    Discrete(Vec<(f64, f64)>),
    Continuous(ContinuousLaw),
}

/// Quadrature nodes of all averages together.
struct Nodes {
    weights: Vec<f64>,
    variables: Vec<Vec<f64>>,
}

impl Averaged {
    /// Compiles `outputs` as functions of the order parameters `order`, averaged.
    pub fn new(order: &[Symbol], average: &[Average], outputs: &[Expression]) -> Self {
        let mut inputs: Vec<(Symbol, Input)> = order
            .iter()
            .map(|symbol| (symbol.clone(), Input::Uniform))
            .collect();
        let mut laws = Vec::new();
        for Average { variable, law, .. } in average {
            let tape = |a: &Expression, b: &Expression| Tape::new(&inputs, &[a.clone(), b.clone()]);
            laws.push(match law {
                AverageLaw::Normal { mean, variance } => Law::Normal(tape(mean, variance)),
                AverageLaw::Line { centre, width } => Law::Line(tape(centre, width)),
                AverageLaw::HalfLine { width } => Law::HalfLine(tape(width, width)),
                AverageLaw::Discrete(atoms) => Law::Discrete(atoms.clone()),
                AverageLaw::Continuous(law) => Law::Continuous(*law),
            });
            inputs.push((variable.clone(), Input::Varying));
        }
        let places: Vec<usize> = (0..outputs.len())
            .filter(|place| !outputs[*place].is_zero())
            .collect();
        let compiled: Vec<Expression> =
            places.iter().map(|place| outputs[*place].clone()).collect();
        Self {
            laws,
            tape: Tape::new(&inputs, &compiled),
            places,
            formulas: outputs.len(),
        }
    }

    /// The averages at `x`, at a refinement level.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn at(&self, x: &[f64], level: u32) -> Result<Vec<f64>, Failure> {
        let nodes = self.nodes(x, level)?;
        let uniform: Vec<[f64; 1]> = x.iter().map(|x| [*x]).collect();
        let sums = self
            .tape
            .weighted_sums(&nodes.inputs(&uniform), &nodes.weights);
        match sums.iter().all(|sum| sum.is_finite()) {
            true => Ok(self.placed(&sums)),
            false => Err(Failure::Domain),
        }
    }

    /// The formulas at one point, not averaged; they may be NaN there. `inputs` are all inputs.
    pub(super) fn point(&self, inputs: &[f64]) -> Vec<f64> {
        let mut values = vec![f64::NAN; self.tape.outputs()];
        self.tape.at(inputs, &mut values);
        self.placed(&values)
    }

    /// Values of all formulas from those that are compiled.
    fn placed(&self, values: &[f64]) -> Vec<f64> {
        let mut all = vec![0.0; self.formulas];
        for (place, value) in self.places.iter().zip(values) {
            all[*place] = *value;
        }
        all
    }

    /// Number of nodes at a refinement level.
    ///
    /// # Errors
    /// As [`Averaged::at`].
    pub fn node_count(&self, x: &[f64], level: u32) -> Result<usize, Failure> {
        Ok(self.nodes(x, level)?.weights.len())
    }

    fn nodes(&self, x: &[f64], level: u32) -> Result<Nodes, Failure> {
        let mut nodes = Nodes {
            weights: vec![1.0],
            variables: Vec::new(),
        };
        for law in &self.laws {
            nodes = match law {
                Law::Discrete(atoms) => nodes.times(atoms)?,
                Law::Continuous(law) => nodes.times(&law.refined(level))?,
                Law::Normal(tape) => {
                    let standard = Rule::Normal.nodes(level);
                    let parameters = nodes.parameters(tape, x);
                    let spread = |variance: &f64| (*variance >= 0.0).then(|| variance.sqrt());
                    let spreads: Option<Vec<f64>> = parameters[1].iter().map(spread).collect();
                    nodes.scaled(&standard, &parameters[0], &spreads.ok_or(Failure::Domain)?)?
                }
                Law::Line(tape) => {
                    let line = Rule::Line.nodes(level);
                    let [centres, widths] = nodes.parameters(tape, x);
                    nodes.along(&line, &centres, &widths)?
                }
                Law::HalfLine(tape) => {
                    let half = Rule::HalfLine.nodes(level);
                    let [widths, _] = nodes.parameters(tape, x);
                    nodes.along(&half, &vec![0.0; widths.len()], &widths)?
                }
            };
        }
        Ok(nodes)
    }
}

impl Nodes {
    /// Every node, once for each of `points`; the new variable takes their values.
    fn times(&self, points: &[(f64, f64)]) -> Result<Self, Failure> {
        let ones = vec![1.0; self.weights.len()];
        self.scaled(points, &vec![0.0; self.weights.len()], &ones)
    }

    /// The same, the value moved and scaled by the node's own numbers.
    fn scaled(&self, points: &[(f64, f64)], shift: &[f64], scale: &[f64]) -> Result<Self, Failure> {
        let count = self.weights.len() * points.len();
        if count > MAX_NODES {
            return Err(Failure::Nodes);
        }
        let repeated = |values: &Vec<f64>| {
            let mut all = Vec::with_capacity(count);
            for value in values {
                all.extend(std::iter::repeat_n(*value, points.len()));
            }
            all
        };
        let mut variables: Vec<Vec<f64>> = self.variables.iter().map(repeated).collect();
        let mut weights = Vec::with_capacity(count);
        for weight in &self.weights {
            weights.extend(points.iter().map(|(_, point_weight)| weight * point_weight));
        }
        let mut last = Vec::with_capacity(count);
        for (shift, scale) in shift.iter().zip(scale) {
            last.extend(points.iter().map(|(value, _)| shift + scale * value));
        }
        variables.push(last);
        Ok(Self { weights, variables })
    }

    /// The same for the points of a line, whose weights are lengths.
    fn along(
        &self,
        points: &[(f64, f64)],
        centres: &[f64],
        widths: &[f64],
    ) -> Result<Self, Failure> {
        if !widths.iter().all(|width| *width > 0.0) {
            return Err(Failure::Domain);
        }
        let mut scaled = self.scaled(points, centres, widths)?;
        for (index, weight) in scaled.weights.iter_mut().enumerate() {
            *weight *= widths[index / points.len()];
        }
        Ok(scaled)
    }

    /// Inputs of a tape: the order parameters and the variables.
    fn inputs<'a>(&'a self, order: &'a [[f64; 1]]) -> Vec<&'a [f64]> {
        let order = order.iter().map(|x| x.as_slice());
        order
            .chain(self.variables.iter().map(Vec::as_slice))
            .collect()
    }

    /// The two parameters of a law at every node.
    fn parameters(&self, tape: &Tape, x: &[f64]) -> [Vec<f64>; 2] {
        let uniform: Vec<[f64; 1]> = x.iter().map(|x| [*x]).collect();
        let inputs = self.inputs(&uniform);
        let mut first = vec![0.0; self.weights.len()];
        let mut second = first.clone();
        tape.evaluate(&inputs, &mut [&mut first, &mut second]);
        [first, second]
    }
}
