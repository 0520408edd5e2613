//! Data of any store behind one type, so that what learns from them need not be generic.

use super::{Data, DataMatrix, Isa, OneBit, Regenerated};

/// Data of any store, for as long as they live.
#[derive(Debug, Clone, Copy)]
pub enum AnyData<'a> {
    /// Entries in 32 bits.
    Dense(&'a DataMatrix),
    /// Noise ±1, one bit for each entry.
    OneBit(&'a OneBit),
    /// Entries that are drawn again whenever they are read.
    Regenerated(&'a Regenerated),
}

/// Data in the store that was chosen for them.
#[derive(Debug)]
pub enum Stored {
    /// Entries in 32 bits.
    Dense(DataMatrix),
    /// Noise ±1, one bit for each entry.
    OneBit(OneBit),
    /// Entries that are drawn again whenever they are read.
    Regenerated(Regenerated),
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

impl<'a> From<&'a DataMatrix> for AnyData<'a> {
    fn from(data: &'a DataMatrix) -> Self {
        Self::Dense(data)
    }
}

impl<'a> From<&'a OneBit> for AnyData<'a> {
    fn from(data: &'a OneBit) -> Self {
        Self::OneBit(data)
    }
}

impl<'a> From<&'a Regenerated> for AnyData<'a> {
    fn from(data: &'a Regenerated) -> Self {
        Self::Regenerated(data)
    }
}

impl<'a> From<&'a Stored> for AnyData<'a> {
    fn from(data: &'a Stored) -> Self {
        each!(Stored: data, data => data.into())
    }
}

impl Data for AnyData<'_> {
    fn rows(&self) -> usize {
        each!(AnyData: self, data => data.rows())
    }

    fn columns(&self) -> usize {
        each!(AnyData: self, data => data.columns())
    }

    fn bytes(&self) -> usize {
        each!(AnyData: self, data => data.bytes())
    }

    fn write_row(&self, row: usize, entries: &mut [f64]) {
        each!(AnyData: self, data => data.write_row(row, entries));
    }

    fn fused_pass_with<const K: usize, S: Send, A: Default + Send>(
        &self,
        isa: Isa,
        w: &[f64],
        g: &mut [f64],
        states: &mut [S],
        map: impl Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync,
    ) -> Vec<A> {
        each!(AnyData: self, data => data.fused_pass_with(isa, w, g, states, map))
    }
}
