//! Data of any store behind one type, so that what learns from them need not be generic, with the
//! ranks that have the rest of the rows.

use super::{BatchRows, Data, DataMatrix, Divided, Isa, OneBit, Regenerated, require_sizes};
use crate::ranks::{Division, Numbers, Ranks};
use crate::simulation::store::Store;
use std::ops::Range;

/// Rows at hand.
#[derive(Debug)]
enum Part {
    Dense(DataMatrix),
    OneBit(OneBit),
    Regenerated(Regenerated),
}

/// The same, borrowed.
#[derive(Debug, Clone, Copy)]
enum Borrowed<'a> {
    Dense(&'a DataMatrix),
    OneBit(&'a OneBit),
    Regenerated(&'a Regenerated),
}

/// Data of any store, for as long as they live.
#[derive(Debug, Clone, Copy)]
pub struct AnyData<'a> {
    part: Borrowed<'a>,
    division: Division<'a>,
}

/// Data in the store that was chosen for them, on the ranks that share them.
#[derive(Debug)]
pub struct Stored {
    part: Part,
    rows: usize,
    ranks: Ranks,
}

macro_rules! each {
    ($of:ident: $any:expr, $data:ident => $body:expr) => {
        match $any {
            $of::Dense($data) => $body,
            $of::OneBit($data) => $body,
            $of::Regenerated($data) => $body,
        }
    };
}

macro_rules! stores {
    ($($store:ident($data:ident), $stored:ident, $words:literal;)+) => {
        $(
            impl<'a> From<&'a $data> for AnyData<'a> {
                fn from(data: &'a $data) -> Self {
                    Self {
                        part: Borrowed::$store(data),
                        division: $data::division(data.rows(), Ranks::alone()),
                    }
                }
            }
        )+

        impl Stored {
            $(
                #[doc = $words]
                /// of the ranks' division of `rows`: `make` has those of the range that it is given.
                ///
                /// # Errors
                /// That of `make`.
                ///
                /// # Panics
                /// If it makes another number of rows.
                pub fn $stored<E>(
                    rows: usize,
                    ranks: &Ranks,
                    make: impl FnOnce(Range<usize>) -> Result<$data, E>,
                ) -> Result<Self, E> {
                    let own = $data::division(rows, ranks).own();
                    let count = own.len();
                    let part = make(own)?;
                    assert_eq!(part.rows(), count, "the number of rows");
                    Ok(Self {
                        part: Part::$store(part),
                        rows,
                        ranks: ranks.clone(),
                    })
                }
            )+
        }

        impl<'a> From<&'a Stored> for AnyData<'a> {
            fn from(data: &'a Stored) -> Self {
                let (rows, ranks) = (data.rows, &data.ranks);
                match &data.part {
                    $(
                        Part::$store(part) => Self {
                            part: Borrowed::$store(part),
                            division: $data::division(rows, ranks),
                        },
                    )+
                }
            }
        }
    };
}

stores! {
    Dense(DataMatrix), dense, "Entries in 32 bits,";
    OneBit(OneBit), one_bit, "Noise ±1, one bit for each entry,";
    Regenerated(Regenerated), regenerated, "Entries that are drawn again whenever they are read,";
}

impl<'a> AnyData<'a> {
    /// Entries in 32 bits of a division.
    pub(super) fn dense(rows: &'a DataMatrix, division: Division<'a>) -> Self {
        Self {
            part: Borrowed::Dense(rows),
            division,
        }
    }

    /// Rows that are read in batches; `None` for other stores than the dense one.
    pub fn batches(&self) -> Option<BatchRows<'a>> {
        match self.part {
            Borrowed::Dense(rows) => Some(BatchRows::new(rows, self.division)),
            Borrowed::OneBit(_) | Borrowed::Regenerated(_) => None,
        }
    }

    /// How they are held.
    pub fn store(&self) -> Store {
        match self.part {
            Borrowed::Dense(_) => Store::Dense,
            Borrowed::OneBit(_) => Store::OneBit,
            Borrowed::Regenerated(_) => Store::Regenerated,
        }
    }
}

impl Data for AnyData<'_> {
    fn rows(&self) -> usize {
        self.division.rows()
    }

    fn own(&self) -> Range<usize> {
        self.division.own()
    }

    fn complete<T: Numbers>(&self, entries: &mut [T]) {
        self.division.complete_rows(entries);
    }

    fn columns(&self) -> usize {
        each!(Borrowed: self.part, data => data.columns())
    }

    fn bytes(&self) -> usize {
        each!(Borrowed: self.part, data => data.bytes())
    }

    fn write_row(&self, row: usize, entries: &mut [f64]) {
        let own = self.own();
        assert!(own.contains(&row), "row {row} is not at hand");
        each!(Borrowed: self.part, data => data.write_row(row - own.start, entries));
    }

    fn fused_pass_with<const K: usize, S: Send, A: Default + Send + Numbers>(
        &self,
        isa: Isa,
        w: &[f64],
        g: &mut [f64],
        states: &mut [S],
        map: impl Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync,
    ) -> Vec<A> {
        require_sizes::<K>(self, w, g, states.len());
        self.division.ranks().require_same("weights", w);
        let first = self.own().start;
        let map = |row: usize, z: &mut [[f64; K]], states: &mut [S], accumulator: &mut A| {
            map(first + row, z, states, accumulator);
        };
        let division = &self.division;
        each!(Borrowed: self.part, data => data.divided_pass(division, isa, w, g, states, map))
    }
}
