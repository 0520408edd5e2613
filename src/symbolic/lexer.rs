//! Text to tokens.

use super::number::Number;
use super::syntax::{FormulaError, Span};

/// The smallest meaningful piece of a formula.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(Number),
    Name(String),
    Symbol(char),
    End,
}

/// Largest number of numbers, names and symbols in a formula. The tree of a sum is as deep as the
/// sum is long.
const MAX_PARTS: usize = 4096;

/// All tokens with their places, the end last.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Span)>, FormulaError> {
    let mut tokens = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some(&(start, character)) = rest.peek() {
        let length_while = |accept: &dyn Fn(char) -> bool| {
            text[start..]
                .find(|c| !accept(c))
                .unwrap_or(text.len() - start)
        };
        let (token, length) = match character {
            c if c.is_whitespace() => {
                rest.next();
                continue;
            }
            c if c.is_ascii_digit() || c == '.' => number(text, start)?,
            c if c.is_alphabetic() || c == '_' => {
                let length = length_while(&|c| c.is_alphanumeric() || c == '_');
                (Token::Name(text[start..start + length].into()), length)
            }
            '+' | '-' | '*' | '/' | '^' | '(' | ')' | ',' => (Token::Symbol(character), 1),
            '−' => (Token::Symbol('-'), '−'.len_utf8()),
            '·' => (Token::Symbol('*'), '·'.len_utf8()),
            other => {
                let span = Span {
                    start,
                    end: start + other.len_utf8(),
                };
                let hint = "formulas use numbers, names, + - * / ^ ( ) and commas";
                return Err(FormulaError::new(
                    span,
                    format!("unexpected character \"{other}\""),
                    hint,
                ));
            }
        };
        let end = start + length;
        if tokens.len() == MAX_PARTS {
            return Err(FormulaError::new(
                Span { start, end },
                format!("the formula is longer than {MAX_PARTS} parts"),
                "name parts of it in `let`",
            ));
        }
        tokens.push((token, Span { start, end }));
        while rest.next_if(|&(index, _)| index < end).is_some() {}
    }
    let end = text.len();
    tokens.push((Token::End, Span { start: end, end }));
    Ok(tokens)
}

fn number(text: &str, start: usize) -> Result<(Token, usize), FormulaError> {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes
            .get(at)
            .is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.')
        {
            at += 1;
        }
        at
    };
    let mut end = digits(start);
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
            end = digits(end + 1 + sign);
        }
    }
    let written = &text[start..end];
    if let Ok(whole) = written.parse::<i64>() {
        return Ok((Token::Number(Number::integer(whole)), end - start));
    }
    match written.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok((Token::Number(Number::real(value)), end - start)),
        _ => {
            let reason = format!("\"{written}\" is not a number");
            Err(FormulaError::new(
                Span { start, end },
                reason,
                "write it as 1.5 or 2e-3",
            ))
        }
    }
}
