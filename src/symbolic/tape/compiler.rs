//! Expressions to instructions: nothing is computed twice, constants are folded, and what no output
//! needs is dropped.

use super::Input;
use super::operation::{Constant, Instruction, Operation, Register};
use super::run::run_at_point;
use crate::symbolic::expression::{Expression, Node, Symbol};
use crate::symbolic::function::Function;
use crate::symbolic::number::Number;
use crate::symbolic::simplify::split_coefficient;
use std::collections::HashMap;

pub(super) struct Compiler {
    inputs: HashMap<Symbol, (usize, Input)>,
    pub(super) code: Vec<Instruction>,
    pub(super) registers: usize,
    /// Register of each expression that is compiled, by digest.
    known: HashMap<u128, Register>,
    /// Register of each operation that was emitted.
    emitted: HashMap<Operation, Register>,
    varying: Vec<Input>,
    /// Values of the registers that hold a constant.
    constants: Vec<Option<f64>>,
    /// Arguments of which `sech²` is needed, so that `tanh` comes with it.
    squared: HashMap<u128, bool>,
}

/// Products above and below the line, if there are any.
#[derive(Default, Clone, Copy, PartialEq)]
struct Fraction {
    above: Option<Register>,
    below: Option<Register>,
}

impl Compiler {
    pub(super) fn new(inputs: &[(Symbol, Input)]) -> Self {
        let number =
            |(index, (symbol, input)): (usize, &(Symbol, Input))| (symbol.clone(), (index, *input));
        Self {
            inputs: inputs.iter().enumerate().map(number).collect(),
            code: Vec::new(),
            registers: 0,
            known: HashMap::new(),
            emitted: HashMap::new(),
            varying: Vec::new(),
            constants: Vec::new(),
            squared: HashMap::new(),
        }
    }

    pub(super) fn note_pairs(&mut self, expression: &Expression) {
        if let Node::Call(Function::Sech2, arguments) = expression.node() {
            self.squared.insert(arguments[0].digest(), true);
        }
        for child in expression.children() {
            self.note_pairs(child);
        }
    }

    /// Register of the result; nothing is computed twice, and constants are folded.
    fn emit(&mut self, mut operation: Operation) -> Register {
        if let Operation::Add(a, b) | Operation::Multiply(a, b) = &mut operation
            && *a > *b
        {
            std::mem::swap(a, b);
        }
        if let Some(value) = self.folded(operation.clone()) {
            operation = Operation::Constant(Constant::new(value));
        }
        if let Some(&register) = self.emitted.get(&operation) {
            return register;
        }
        let varying = operation
            .operands()
            .iter()
            .any(|operand| self.varying[**operand as usize] == Input::Varying);
        let input = match &operation {
            Operation::Input(index) => self
                .inputs
                .values()
                .find(|(own, _)| own == index)
                .map_or(Input::Varying, |(_, input)| *input),
            _ if varying => Input::Varying,
            _ => Input::Uniform,
        };
        let constant = match &operation {
            Operation::Constant(constant) => Some(constant.value()),
            _ => None,
        };
        let target = self.registers as Register;
        let width = operation.width() as usize;
        self.registers += width;
        self.varying.extend(std::iter::repeat_n(input, width));
        self.constants.extend(std::iter::repeat_n(constant, width));
        self.emitted.insert(operation.clone(), target);
        self.code.push(Instruction {
            operation,
            target,
            input,
        });
        target
    }

    /// Result of an operation that has constant operands only.
    fn folded(&self, mut operation: Operation) -> Option<f64> {
        let mut registers = Vec::new();
        for operand in operation.operands() {
            registers.push([self.constants[*operand as usize]?]);
            *operand = registers.len() as Register - 1;
        }
        if registers.is_empty() || operation.width() > 1 {
            return None;
        }
        let target = registers.len();
        registers.push([f64::NAN]);
        let instruction = Instruction {
            operation,
            target: target as Register,
            input: Input::Uniform,
        };
        run_at_point(&[instruction], &mut registers, &[]);
        Some(registers[target][0])
    }

    fn constant(&mut self, value: f64) -> Register {
        self.emit(Operation::Constant(Constant::new(value)))
    }

    pub(super) fn compile(&mut self, expression: &Expression) -> Register {
        if let Some(&register) = self.known.get(&expression.digest()) {
            return register;
        }
        let register = match expression.node() {
            Node::Number(value) => self.constant(value.value()),
            Node::Variable(symbol) => {
                let Some(&(index, _)) = self.inputs.get(symbol) else {
                    panic!("the variable {symbol} is not an input of this tape");
                };
                self.emit(Operation::Input(index))
            }
            Node::Sum(terms) => self.compile_sum(terms),
            Node::Product(factors) => self.compile_product(factors),
            Node::Power(base, exponent) => self.compile_power(base, exponent),
            Node::Call(function, arguments) => self.compile_call(*function, arguments),
        };
        self.known.insert(expression.digest(), register);
        register
    }

    fn compile_sum(&mut self, terms: &[Expression]) -> Register {
        let negative = |term: &Expression| split_coefficient(term).0.is_negative();
        // A positive term first, from which negative ones are subtracted.
        let mut terms: Vec<&Expression> = terms.iter().collect();
        if let Some(positive) = terms.iter().position(|term| !negative(term)) {
            terms[..=positive].rotate_right(1);
        }
        let (mut constant, mut sum) = (0.0, None);
        for term in terms {
            let subtracted = sum.is_some() && negative(term);
            let part = match subtracted {
                true => self.compile(&-term.clone()),
                false => self.compile(term),
            };
            sum = match (self.constants[part as usize], sum) {
                (Some(value), _) => {
                    constant += if subtracted { -value } else { value };
                    sum
                }
                (None, Some(sum)) if subtracted => Some(self.emit(Operation::Subtract(sum, part))),
                (None, Some(sum)) => Some(self.emit(Operation::Add(sum, part))),
                (None, None) => Some(part),
            };
        }
        match sum {
            Some(sum) if constant != 0.0 => {
                self.emit(Operation::Offset(Constant::new(constant), sum))
            }
            Some(sum) => sum,
            None => self.constant(constant),
        }
    }

    fn compile_product(&mut self, factors: &[Expression]) -> Register {
        let mut scale = 1.0;
        let (mut uniform, mut varying) = (Fraction::default(), Fraction::default());
        for factor in factors {
            let (inverse, part) = match factor.node() {
                Node::Power(base, exponent)
                    if exponent.as_number().is_some_and(Number::is_negative) =>
                {
                    (true, base.clone().power(-exponent.clone()))
                }
                _ => (false, factor.clone()),
            };
            let part = self.compile(&part);
            match (self.constants[part as usize], inverse) {
                (Some(value), false) => scale *= value,
                (Some(value), true) => scale /= value,
                (None, _) => {
                    let fraction = match self.varying[part as usize] {
                        Input::Uniform => &mut uniform,
                        Input::Varying => &mut varying,
                    };
                    let side = match inverse {
                        true => &mut fraction.below,
                        false => &mut fraction.above,
                    };
                    *side = Some(match *side {
                        Some(product) => self.emit(Operation::Multiply(product, part)),
                        None => part,
                    });
                }
            }
        }
        // What is the same for all points is one factor, and no point divides by it.
        if uniform != Fraction::default() && varying != Fraction::default() {
            let factor = self.fraction(scale, uniform);
            scale = 1.0;
            varying.above = Some(match varying.above {
                Some(above) => self.emit(Operation::Multiply(factor, above)),
                None => factor,
            });
            uniform = Fraction::default();
        }
        match varying == Fraction::default() {
            true => self.fraction(scale, uniform),
            false => self.fraction(scale, varying),
        }
    }

    fn fraction(&mut self, scale: f64, Fraction { above, below }: Fraction) -> Register {
        let constant = Constant::new(scale);
        match (above, below) {
            (Some(above), None) if scale == 1.0 => above,
            (Some(above), None) => self.emit(Operation::Scale(constant, above)),
            (Some(above), Some(below)) if scale == 1.0 => {
                self.emit(Operation::Divide(above, below))
            }
            (Some(above), Some(below)) => {
                let scaled = self.emit(Operation::Scale(constant, above));
                self.emit(Operation::Divide(scaled, below))
            }
            (None, Some(below)) => self.emit(Operation::Quotient(constant, below)),
            (None, None) => self.constant(scale),
        }
    }

    fn compile_power(&mut self, base: &Expression, exponent: &Expression) -> Register {
        let number = exponent.as_number();
        if number.is_some_and(Number::is_negative) {
            let inverse = self.compile(&base.clone().power(-exponent.clone()));
            return self.emit(Operation::Quotient(Constant::new(1.0), inverse));
        }
        let base_register = self.compile(base);
        if number == Some(Number::ratio(1, 2)) {
            return self.emit(Operation::Root(base_register));
        }
        match number.and_then(Number::as_integer) {
            Some(steps) if steps <= 64 => self.repeated(base_register, steps),
            _ => {
                let exponent = self.compile(exponent);
                self.emit(Operation::Power(base_register, exponent))
            }
        }
    }

    /// `base^steps` by squaring, `steps ≥ 1`.
    fn repeated(&mut self, base: Register, steps: i64) -> Register {
        if steps == 1 {
            return base;
        }
        let half = self.repeated(base, steps / 2);
        let square = self.emit(Operation::Multiply(half, half));
        match steps % 2 {
            0 => square,
            _ => self.emit(Operation::Multiply(square, base)),
        }
    }

    fn compile_call(&mut self, function: Function, arguments: &[Expression]) -> Register {
        match function {
            Function::LogSumExp => self.softmax(arguments) + arguments.len() as Register,
            Function::Softmax(index) => self.softmax(arguments) + index as Register,
            Function::Tanh | Function::Sech2
                if self.squared.contains_key(&arguments[0].digest()) =>
            {
                let pair = self.pair(&arguments[0]);
                pair + Register::from(function == Function::Sech2)
            }
            _ => {
                let argument = self.compile(&arguments[0]);
                self.emit(Operation::Call(function, argument))
            }
        }
    }

    /// First register of `tanh` and `sech²` of an argument.
    fn pair(&mut self, argument: &Expression) -> Register {
        let tanh = Expression::of(Node::Call(Function::Tanh, vec![argument.clone()]));
        let sech2 = Expression::of(Node::Call(Function::Sech2, vec![argument.clone()]));
        if let Some(&known) = self.known.get(&tanh.digest()) {
            return known;
        }
        if let Some(&known) = self.known.get(&sech2.digest()) {
            return known - 1;
        }
        let argument = self.compile(argument);
        let pair = self.emit(Operation::TanhSech2(argument));
        self.known.insert(tanh.digest(), pair);
        self.known.insert(sech2.digest(), pair + 1);
        pair
    }

    /// First register of the softmax of all arguments, which log-sum-exp follows. What of it no
    /// output needs is pruned.
    fn softmax(&mut self, arguments: &[Expression]) -> Register {
        let whole = Expression::of(Node::Call(Function::LogSumExp, arguments.to_vec()));
        let first = |last: Register| last - arguments.len() as Register;
        if let Some(&known) = self.known.get(&whole.digest()) {
            return first(known);
        }
        let operands = arguments
            .iter()
            .map(|argument| self.compile(argument))
            .collect();
        let exponentials = self.emit(Operation::Exponentials(operands));
        let peak = exponentials + arguments.len() as Register;
        let norm = peak + 1;
        let inverse = self.emit(Operation::Quotient(Constant::new(1.0), norm));
        let logarithm = self.emit(Operation::Call(Function::Ln, norm));
        for exponential in exponentials..peak {
            self.emit(Operation::Multiply(exponential, inverse));
        }
        let last = self.emit(Operation::Add(peak, logarithm));
        self.known.insert(whole.digest(), last);
        first(last)
    }

    /// Drops the instructions whose results nothing reads.
    pub(super) fn prune(&mut self, outputs: &[Register]) {
        let mut read = vec![false; self.registers];
        for output in outputs {
            read[*output as usize] = true;
        }
        for instruction in self.code.iter_mut().rev() {
            if instruction.is_read(&read) {
                for operand in instruction.operation.operands() {
                    read[*operand as usize] = true;
                }
            }
        }
        self.code.retain(|instruction| instruction.is_read(&read));
    }
}
