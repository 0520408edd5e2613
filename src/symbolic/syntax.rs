//! The grammar of formulas: text to syntax tree, with the place of every part.
//!
//! ```text
//! sum     = product { ("+" | "-") product }
//! product = signed { ("*" | "/") signed }
//! signed  = [ "-" | "+" ] power
//! power   = atom [ "^" signed ]
//! atom    = number | name | name "(" sum { "," sum } ")" | "(" sum ")"
//! ```

use super::lexer::{Token, tokens};
use super::number::Number;

/// Bytes `start..end` of the formula's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    fn to(self, other: Self) -> Self {
        Self {
            start: self.start,
            end: other.end,
        }
    }
}

/// What is wrong with a formula, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct FormulaError {
    /// The place.
    pub span: Span,
    /// What is wrong.
    pub reason: String,
    /// What to write instead.
    pub hint: String,
}

impl FormulaError {
    /// A reason with a hint at a place.
    pub fn new(span: Span, reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            span,
            reason: reason.into(),
            hint: hint.into(),
        }
    }
}

/// One part of a formula as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Syntax {
    /// What it is.
    pub kind: SyntaxKind,
    /// Where it stands.
    pub span: Span,
}

/// Kinds of parts.
#[derive(Debug, Clone, PartialEq)]
pub enum SyntaxKind {
    /// A constant.
    Number(Number),
    /// A variable, parameter or named constant.
    Name(String),
    /// `−x`.
    Negation(Box<Syntax>),
    /// `x op y`.
    Binary(Operator, Box<Syntax>, Box<Syntax>),
    /// `name(arguments)`.
    Call {
        /// Name of the function.
        name: String,
        /// Its arguments.
        arguments: Vec<Syntax>,
    },
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`.
    Plus,
    /// `-`.
    Minus,
    /// `*`.
    Times,
    /// `/`.
    Over,
    /// `^`.
    Power,
}

/// Deepest nesting that is read; deeper formulas are refused before they exhaust the stack.
const MAX_DEPTH: usize = 200;

/// Reads a formula.
///
/// # Errors
/// The first thing that does not fit the grammar.
pub fn parse(text: &str) -> Result<Syntax, FormulaError> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        next: 0,
        depth: 0,
    };
    let formula = parser.sum()?;
    parser.expect_end()?;
    Ok(formula)
}

struct Parser {
    tokens: Vec<(Token, Span)>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.next].0
    }

    fn span(&self) -> Span {
        self.tokens[self.next].1
    }

    fn advance(&mut self) -> Span {
        let span = self.span();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        span
    }

    fn take(&mut self, symbol: char) -> bool {
        let found = *self.peek() == Token::Symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    fn operator(&mut self, choices: &[(char, Operator)]) -> Option<Operator> {
        let (_, operator) = choices
            .iter()
            .find(|(symbol, _)| *self.peek() == Token::Symbol(*symbol))?;
        self.advance();
        Some(*operator)
    }

    fn sum(&mut self) -> Result<Syntax, FormulaError> {
        self.chain(
            &[('+', Operator::Plus), ('-', Operator::Minus)],
            Self::product,
        )
    }

    fn product(&mut self) -> Result<Syntax, FormulaError> {
        self.chain(
            &[('*', Operator::Times), ('/', Operator::Over)],
            Self::signed,
        )
    }

    /// Operands of equal binding, from left to right.
    fn chain(
        &mut self,
        choices: &[(char, Operator)],
        operand: fn(&mut Self) -> Result<Syntax, FormulaError>,
    ) -> Result<Syntax, FormulaError> {
        let mut left = operand(self)?;
        while let Some(operator) = self.operator(choices) {
            let right = operand(self)?;
            left = binary(operator, left, right);
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<Syntax, FormulaError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let reason = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(FormulaError::new(
                self.span(),
                reason,
                "name parts of it in `let`",
            ));
        }
        let start = self.span();
        let result = if self.take('-') {
            self.signed().map(|inner| Syntax {
                span: start.to(inner.span),
                kind: SyntaxKind::Negation(Box::new(inner)),
            })
        } else {
            self.take('+');
            self.power()
        };
        self.depth -= 1;
        result
    }

    fn power(&mut self) -> Result<Syntax, FormulaError> {
        let base = self.atom()?;
        match self.operator(&[('^', Operator::Power)]) {
            Some(operator) => Ok(binary(operator, base, self.signed()?)),
            None => Ok(base),
        }
    }

    fn atom(&mut self) -> Result<Syntax, FormulaError> {
        let token = self.peek().clone();
        let span = self.span();
        let kind = match token {
            Token::Number(value) => SyntaxKind::Number(value),
            Token::Name(name) => {
                self.advance();
                return self.name_or_call(name, span);
            }
            Token::Symbol('(') => {
                self.advance();
                let inner = self.sum()?;
                self.expect_closing(span)?;
                return Ok(inner);
            }
            Token::Symbol('*')
                if self.next > 0 && self.tokens[self.next - 1].0 == Token::Symbol('*') =>
            {
                return Err(FormulaError::new(
                    span,
                    "expected a number, name or parenthesis",
                    "a power is written x^2",
                ));
            }
            _ => {
                let reason = format!(
                    "expected a number, name or parenthesis, found {}",
                    self.found()
                );
                return Err(FormulaError::new(
                    span,
                    reason,
                    "an operand is missing here",
                ));
            }
        };
        self.advance();
        Ok(Syntax { kind, span })
    }

    fn name_or_call(&mut self, name: String, span: Span) -> Result<Syntax, FormulaError> {
        if *self.peek() != Token::Symbol('(') {
            return Ok(Syntax {
                kind: SyntaxKind::Name(name),
                span,
            });
        }
        let opening = self.advance();
        let mut arguments = vec![self.sum()?];
        while self.take(',') {
            arguments.push(self.sum()?);
        }
        let closing = self.expect_closing(opening)?;
        Ok(Syntax {
            kind: SyntaxKind::Call { name, arguments },
            span: span.to(closing),
        })
    }

    fn expect_closing(&mut self, opening: Span) -> Result<Span, FormulaError> {
        if *self.peek() == Token::Symbol(')') {
            return Ok(self.advance());
        }
        if *self.peek() == Token::End {
            return Err(FormulaError::new(
                opening,
                "this parenthesis is never closed",
                "add \")\"",
            ));
        }
        Err(self.unexpected("an operator, \",\" or \")\""))
    }

    fn expect_end(&self) -> Result<(), FormulaError> {
        match self.peek() {
            Token::End => Ok(()),
            Token::Symbol(')') => Err(FormulaError::new(
                self.span(),
                "this parenthesis was never opened",
                "remove it, or add \"(\"",
            )),
            _ => Err(self.unexpected("an operator or the end of the formula")),
        }
    }

    fn unexpected(&self, expected: &str) -> FormulaError {
        let hint = match self.peek() {
            Token::Number(_) | Token::Name(_) | Token::Symbol('(') => "write * for a product",
            _ => "check the line before this place",
        };
        let reason = format!("expected {expected}, found {}", self.found());
        FormulaError::new(self.span(), reason, hint)
    }

    fn found(&self) -> String {
        match self.peek() {
            Token::Number(value) => format!("the number {value}"),
            Token::Name(name) => format!("the name \"{name}\""),
            Token::Symbol(symbol) => format!("\"{symbol}\""),
            Token::End => "the end of the formula".into(),
        }
    }
}

fn binary(operator: Operator, left: Syntax, right: Syntax) -> Syntax {
    Syntax {
        span: left.span.to(right.span),
        kind: SyntaxKind::Binary(operator, Box::new(left), Box::new(right)),
    }
}
