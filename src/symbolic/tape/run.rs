//! Execution: plain loops over the points of a block.

use super::Tape;
use super::operation::{Instruction, Operation, Register};
use crate::numerics::simd::{Kernel, Lanes};
use crate::numerics::special;
use crate::symbolic::function::Function;
use std::cell::Cell;
use std::hint::select_unpredictable;
use std::ops::Range;

/// Points of a block.
pub(super) const LANES: usize = 64;

thread_local! {
    /// Registers of the last evaluation: their room is used again. What is in them is not, because
    /// an instruction reads only what was written before it.
    static REGISTERS: Cell<Vec<[f64; LANES]>> = const { Cell::new(Vec::new()) };
}

/// The evaluation on slices: no arithmetic on [`Lanes`], the compiler vectorises the loops of
/// [`run`].
pub(super) struct Blocks<'a, V> {
    pub(super) tape: &'a Tape,
    pub(super) inputs: &'a [&'a [f64]],
    pub(super) points: usize,
    /// Takes the registers of each block.
    pub(super) visit: V,
}

impl<V: FnMut(Range<usize>, &[[f64; LANES]])> Kernel for Blocks<'_, V> {
    #[inline(always)]
    fn run<L: Lanes>(mut self, _: L) {
        let (once, each) = self.tape.code.split_at(self.tape.uniform);
        let first: Vec<f64> = self
            .inputs
            .iter()
            .map(|values| values.first().copied().unwrap_or(f64::NAN))
            .collect();
        let mut uniform = vec![[0.0; 1]; self.tape.registers];
        run_at_point(once, &mut uniform, &first);
        let mut registers = REGISTERS.take();
        let room = registers.len().max(self.tape.registers);
        registers.resize(room, [0.0; LANES]);
        for shared in &self.tape.shared {
            let at = *shared as usize;
            registers[at] = [uniform[at][0]; LANES];
        }
        for start in (0..self.points).step_by(LANES) {
            let range = start..self.points.min(start + LANES);
            run(each, &mut registers, |index, lane| {
                lane[..range.len()].copy_from_slice(&self.inputs[index][range.clone()]);
            });
            (self.visit)(range, &registers);
        }
        REGISTERS.set(registers);
    }
}

/// Runs instructions at one point.
pub(super) fn run_at_point(code: &[Instruction], registers: &mut [[f64; 1]], inputs: &[f64]) {
    run(code, registers, |index, lane| lane[0] = inputs[index]);
}

/// Runs instructions; `read` fills the lane of an input.
#[inline(always)]
fn run<const N: usize>(
    code: &[Instruction],
    registers: &mut [[f64; N]],
    read: impl Fn(usize, &mut [f64; N]),
) {
    for instruction in code {
        let (before, rest) = registers.split_at_mut(instruction.target as usize);
        let of = |register: &Register| &before[*register as usize];
        let out = &mut rest[0];
        match &instruction.operation {
            Operation::Constant(value) => out.fill(value.value()),
            Operation::Input(index) => read(*index, out),
            Operation::Add(a, b) => combine(out, of(a), of(b), |a, b| a + b),
            Operation::Subtract(a, b) => combine(out, of(a), of(b), |a, b| a - b),
            Operation::Multiply(a, b) => combine(out, of(a), of(b), |a, b| a * b),
            Operation::Divide(a, b) => combine(out, of(a), of(b), |a, b| a / b),
            Operation::Power(a, b) => combine(out, of(a), of(b), f64::powf),
            Operation::Scale(factor, a) => apply(out, of(a), |a| factor.value() * a),
            Operation::Offset(offset, a) => apply(out, of(a), |a| a + offset.value()),
            Operation::Quotient(above, a) => apply(out, of(a), |a| above.value() / a),
            Operation::Root(a) => apply(out, of(a), f64::sqrt),
            Operation::Call(function, a) => call(*function, out, of(a)),
            Operation::TanhSech2(a) => {
                let (tanh, sech2) = rest.split_at_mut(1);
                for ((tanh, sech2), x) in tanh[0].iter_mut().zip(&mut sech2[0]).zip(of(a)) {
                    (*tanh, *sech2) = special::tanh_sech2(*x);
                }
            }
            Operation::Exponentials(arguments) => exponentials(arguments, before, rest),
        }
    }
}

#[inline(always)]
fn apply<const N: usize>(out: &mut [f64; N], a: &[f64; N], function: impl Fn(f64) -> f64) {
    for (out, a) in out.iter_mut().zip(a) {
        *out = function(*a);
    }
}

#[inline(always)]
fn combine<const N: usize>(
    out: &mut [f64; N],
    a: &[f64; N],
    b: &[f64; N],
    function: impl Fn(f64, f64) -> f64,
) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = function(*a, *b);
    }
}

/// A function on a block: the choice is made once, outside of the loop.
#[inline(always)]
fn call<const N: usize>(function: Function, out: &mut [f64; N], a: &[f64; N]) {
    match function {
        Function::Exp => apply(out, a, special::exp),
        Function::Tanh => apply(out, a, special::tanh),
        Function::Sech2 => apply(out, a, special::sech2),
        Function::LnCosh => apply(out, a, special::ln_cosh),
        Function::Log1pExp => apply(out, a, special::log1p_exp),
        Function::Logistic => apply(out, a, special::logistic),
        Function::NormalPdf => apply(out, a, special::normal_pdf),
        other => apply(out, a, |x| other.value(x)),
    }
}

/// `e^{a_i − peak}` into the first registers of `out`, the peak and the sum into the two after
/// them.
#[inline(always)]
fn exponentials<const N: usize>(arguments: &[Register], before: &[[f64; N]], out: &mut [[f64; N]]) {
    let (terms, last) = out.split_at_mut(arguments.len());
    let (peak, norm) = last.split_at_mut(1);
    let (peak, norm) = (&mut peak[0], &mut norm[0]);
    peak.fill(f64::NEG_INFINITY);
    for argument in arguments {
        for (peak, a) in peak.iter_mut().zip(&before[*argument as usize]) {
            *peak = select_unpredictable(*a > *peak, *a, *peak);
        }
    }
    norm.fill(0.0);
    for (term, argument) in terms.iter_mut().zip(arguments) {
        let argument = &before[*argument as usize];
        for lane in 0..N {
            term[lane] = special::exp(argument[lane] - peak[lane]);
            norm[lane] += term[lane];
        }
    }
}
