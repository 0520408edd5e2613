//! Expressions compiled to a list of instructions, and its evaluation on slices or at a point.
//!
//! Common parts are evaluated once. Parts that depend only on uniform inputs (the same for every
//! point) are evaluated once for all points; the others run block by block, so that registers stay
//! in the first-level cache and each instruction is a plain loop that the compiler vectorises, once
//! for each instruction set.

mod compiler;
mod operation;
mod run;

use super::expression::{Expression, Symbol};
use crate::numerics::simd::Isa;
use compiler::Compiler;
use operation::{Instruction, Register};
use run::{Blocks, LANES, run_at_point};
use std::ops::Range;

/// Registers that fit on the stack when one point is evaluated.
const STACK: usize = 48;

/// How an input varies between the points of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// One value for all points.
    Uniform,
    /// One value for each point.
    Varying,
}

/// Compiled expressions.
#[derive(Debug, Clone)]
pub struct Tape {
    inputs: usize,
    /// Uniform instructions first.
    code: Vec<Instruction>,
    uniform: usize,
    /// Registers that are the same at every point, and are read at each.
    shared: Vec<Register>,
    registers: usize,
    outputs: Vec<Register>,
}

impl Tape {
    /// Compiles `outputs` as functions of `inputs`.
    ///
    /// # Panics
    /// If an output has a variable that is not an input: callers declare the variables of what they read.
    pub fn new(inputs: &[(Symbol, Input)], outputs: &[Expression]) -> Self {
        let mut compiler = Compiler::new(inputs);
        for output in outputs {
            compiler.note_pairs(output);
        }
        let outputs: Vec<Register> = outputs
            .iter()
            .map(|output| compiler.compile(output))
            .collect();
        compiler.prune(&outputs);
        let Compiler {
            code, registers, ..
        } = compiler;
        let (mut code, varying): (Vec<_>, Vec<_>) = code
            .into_iter()
            .partition(|instruction| instruction.input == Input::Uniform);
        let uniform = code.len();
        code.extend(varying);
        // Renumbered in the order of execution, so that each instruction reads only registers
        // before its own.
        let mut tape = Self {
            inputs: inputs.len(),
            code,
            uniform,
            shared: Vec::new(),
            registers,
            outputs,
        };
        tape.renumber();
        tape.share();
        tape
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs.len()
    }

    /// Number of instructions.
    pub fn len(&self) -> usize {
        self.code.len()
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.code.is_empty()
    }

    /// Evaluates at one point; `inputs` in the order of [`Tape::new`], one entry of `outputs` for
    /// each output.
    #[inline]
    pub fn at(&self, inputs: &[f64], outputs: &mut [f64]) {
        debug_assert_eq!(inputs.len(), self.inputs);
        let (mut few, mut many);
        let registers: &mut [[f64; 1]] = match self.registers <= STACK {
            true => {
                few = [[0.0; 1]; STACK];
                &mut few
            }
            false => {
                many = vec![[0.0; 1]; self.registers];
                &mut many
            }
        };
        run_at_point(&self.code, registers, inputs);
        for (output, register) in outputs.iter_mut().zip(&self.outputs) {
            *output = registers[*register as usize][0];
        }
    }

    /// Evaluates at many points. `inputs` in the order of [`Tape::new`]: one entry for a uniform
    /// input, one for each point for a varying one. `outputs`: a slice of that length for each
    /// output.
    ///
    /// # Panics
    /// If the lengths of the slices differ.
    pub fn evaluate(&self, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        self.evaluate_with(Isa::detect(), inputs, outputs);
    }

    /// The same with a given instruction set: the results do not depend on it.
    pub(super) fn evaluate_with(&self, isa: Isa, inputs: &[&[f64]], outputs: &mut [&mut [f64]]) {
        if outputs.first().is_some_and(|output| output.len() == 1) {
            let point: Vec<f64> = inputs.iter().map(|values| values[0]).collect();
            let mut values = vec![0.0; self.outputs.len()];
            self.at(&point, &mut values);
            for (output, value) in outputs.iter_mut().zip(values) {
                output[0] = value;
            }
            return;
        }
        isa.run(Blocks {
            tape: self,
            inputs,
            points: outputs.first().map_or(0, |output| output.len()),
            visit: |range: Range<usize>, registers: &[[f64; LANES]]| {
                for (output, register) in outputs.iter_mut().zip(&self.outputs) {
                    let output = &mut output[range.clone()];
                    output.copy_from_slice(&registers[*register as usize][..range.len()]);
                }
            },
        });
    }

    /// `Σ_i weights[i] output(point i)` for each output; `inputs` as for [`Tape::evaluate`].
    ///
    /// # Panics
    /// If the lengths of the slices differ.
    pub fn weighted_sums(&self, inputs: &[&[f64]], weights: &[f64]) -> Vec<f64> {
        let mut sums = vec![[0.0; LANES]; self.outputs.len()];
        Isa::detect().run(Blocks {
            tape: self,
            inputs,
            points: weights.len(),
            visit: |range: Range<usize>, registers: &[[f64; LANES]]| {
                let weights = &weights[range];
                for (sums, register) in sums.iter_mut().zip(&self.outputs) {
                    let values = &registers[*register as usize];
                    for ((sum, value), weight) in sums.iter_mut().zip(values).zip(weights) {
                        *sum += weight * value;
                    }
                }
            },
        });
        sums.iter().map(|lanes| lanes.iter().sum()).collect()
    }

    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Notes the registers of uniform instructions that others, or the outputs, read.
    fn share(&mut self) {
        let (once, each) = self.code.split_at_mut(self.uniform);
        let last = once.last();
        let count = last.map_or(0, |last| last.target + last.operation.width());
        let read = each.iter_mut().flat_map(|one| one.operation.operands());
        let read = read.map(|register| *register);
        let mut shared: Vec<Register> = read.chain(self.outputs.iter().copied()).collect();
        shared.retain(|register| *register < count);
        shared.sort_unstable();
        shared.dedup();
        self.shared = shared;
    }

    fn renumber(&mut self) {
        let mut names = vec![0; self.registers];
        let mut next = 0;
        for instruction in &mut self.code {
            instruction.operation.rename(&names);
            let width = instruction.operation.width();
            for offset in 0..width {
                names[(instruction.target + offset) as usize] = next + offset;
            }
            instruction.target = next;
            next += width;
        }
        self.registers = next as usize;
        for output in &mut self.outputs {
            *output = names[*output as usize];
        }
    }
}

impl Expression {
    /// Value of an expression without variables; NaN if it has any.
    pub fn constant(&self) -> f64 {
        let mut value = [f64::NAN];
        if self.variables().is_empty() {
            Tape::new(&[], std::slice::from_ref(self)).at(&[], &mut value);
        }
        value[0]
    }
}
