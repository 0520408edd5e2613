//! Shards: a sweep divided among machines.

use crate::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// Part `number` of `count`, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    number: usize,
    count: usize,
}

impl Shard {
    /// The whole sweep.
    pub const WHOLE: Self = Self {
        number: 1,
        count: 1,
    };

    /// Whether it is the whole sweep.
    pub fn is_whole(self) -> bool {
        self.count == 1
    }

    /// The columns of the unrefined grid that belong to this shard: contiguous ones, as even in
    /// number as possible. Where squares between columns are refined, neighbouring shards share a
    /// column: both compute it, and find the same.
    ///
    /// # Errors
    /// More shards than columns (or strips between columns).
    pub fn columns(self, columns: &[usize], shared: bool) -> Result<Vec<usize>> {
        let parts = columns.len() - usize::from(shared);
        if self.count > parts {
            let allowed =
                format!("the sweep has {parts} columns to share out: use at most {parts} shards");
            return Err(Error::invalid("shard", self, allowed));
        }
        let first = |number: usize| (number - 1) * parts / self.count;
        let end = first(self.number + 1) + usize::from(shared);
        Ok(columns[first(self.number)..end].to_vec())
    }

    /// Whether a task that needs no neighbours belongs to this shard: they are dealt out in turn.
    pub fn has_task(self, task: usize) -> bool {
        task % self.count == self.number - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let parts = text
            .split_once('/')
            .and_then(|(number, count)| Some((number.parse().ok()?, count.parse().ok()?)));
        match parts {
            Some((number, count)) if (1..=count).contains(&number) && count <= 1_000_000 => {
                Ok(Self { number, count })
            }
            _ => Err("must be i/N with 1 ≤ i ≤ N, for example 2/8".into()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.number, self.count)
    }
}
