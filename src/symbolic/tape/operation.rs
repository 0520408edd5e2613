//! Instructions of a tape.

use super::Input;
use crate::symbolic::function::Function;
use std::fmt;

pub(super) type Register = u32;

/// A number, equal to those of the same bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Constant(u64);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Constant(Constant),
    Input(usize),
    Add(Register, Register),
    Subtract(Register, Register),
    Multiply(Register, Register),
    Divide(Register, Register),
    Scale(Constant, Register),
    Offset(Constant, Register),
    /// A constant divided by a register.
    Quotient(Constant, Register),
    Root(Register),
    Power(Register, Register),
    Call(Function, Register),
    /// `tanh` and, in the register after it, `sech²`: they share an exponential.
    TanhSech2(Register),
    /// `e^{a_i − peak}` of all arguments and, in the registers after them, their largest and the
    /// sum.
    Exponentials(Vec<Register>),
}

#[derive(Debug, Clone)]
pub(super) struct Instruction {
    pub(super) operation: Operation,
    pub(super) target: Register,
    pub(super) input: Input,
}

impl Constant {
    pub(super) fn new(value: f64) -> Self {
        Self(value.to_bits())
    }

    #[inline(always)]
    pub(super) fn value(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl fmt::Debug for Constant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(formatter)
    }
}

impl Instruction {
    pub(super) fn is_read(&self, read: &[bool]) -> bool {
        let start = self.target as usize;
        read[start..start + self.operation.width() as usize].contains(&true)
    }
}

impl Operation {
    /// Number of registers that are written.
    pub(super) fn width(&self) -> Register {
        match self {
            Self::TanhSech2(_) => 2,
            Self::Exponentials(arguments) => arguments.len() as Register + 2,
            _ => 1,
        }
    }

    pub(super) fn operands(&mut self) -> Vec<&mut Register> {
        match self {
            Self::Constant(_) | Self::Input(_) => vec![],
            Self::Add(a, b)
            | Self::Subtract(a, b)
            | Self::Multiply(a, b)
            | Self::Divide(a, b)
            | Self::Power(a, b) => vec![a, b],
            Self::Scale(_, a)
            | Self::Offset(_, a)
            | Self::Quotient(_, a)
            | Self::Root(a)
            | Self::Call(_, a)
            | Self::TanhSech2(a) => {
                vec![a]
            }
            Self::Exponentials(arguments) => arguments.iter_mut().collect(),
        }
    }

    pub(super) fn rename(&mut self, names: &[Register]) {
        for operand in self.operands() {
            *operand = names[*operand as usize];
        }
    }
}
