//! The data matrix and its pass.
use rayon::prelude::*;

use super::block::{Accumulate, Octet, Project, Rows, tile_width};
use super::lanes::{Isa, LANES, Packet};
use super::packed::{pack, unpack};

pub const BLOCK: usize = 32;
const CHUNKS: usize = 32;
const LINE: usize = 16;

pub struct DataMatrix {
    rows: usize,
    columns: usize,
    values: Vec<f32>,
    offset: usize,
    stride: usize,
}

impl DataMatrix {
    pub fn from_row_fn(rows: usize, columns: usize, fill: impl Fn(usize, &mut [f32]) + Sync) -> Self {
        assert!(columns > 0);
        let stride = columns.next_multiple_of(LINE);
        let mut values = vec![0.0f32; rows * stride + LINE];
        let offset = values.as_ptr().align_offset(64);
        assert!(offset <= LINE);
        values[offset..][..rows * stride]
            .par_chunks_exact_mut(stride)
            .enumerate()
            .for_each(|(i, row)| fill(i, &mut row[..columns]));
        Self { rows, columns, values, offset, stride }
    }
    pub fn rows(&self) -> usize { self.rows }
    pub fn columns(&self) -> usize { self.columns }
    pub fn row(&self, i: usize) -> &[f32] { &self.data()[i * self.stride..][..self.columns] }
    fn data(&self) -> &[f32] { &self.values[self.offset..][..self.rows * self.stride] }

    pub fn fused_pass<const K: usize, S: Send, A: Default + Send>(
        &self, w: &[f64], g: &mut [f64], states: &mut [S],
        map: impl Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync) -> Vec<A> {
        self.fused_pass_with(Isa::detect(), w, g, states, map)
    }

    pub fn fused_pass_with<const K: usize, S: Send, A: Default + Send>(
        &self, isa: Isa, w: &[f64], g: &mut [f64], states: &mut [S],
        map: impl Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync) -> Vec<A> {
        assert_eq!(w.len(), self.columns * K);
        assert_eq!(g.len(), self.columns * K);
        assert_eq!(states.len(), self.rows);
        let width = tile_width(isa.registers());
        let packed = pack(w, self.columns, width);
        let mut sum = vec![Packet::ZERO; packed.len()];
        let per = self.rows.div_ceil(CHUNKS).next_multiple_of(BLOCK).max(64);
        let n = self.rows.div_ceil(per);
        let mut acc: Vec<A> = (0..n).map(|_| A::default()).collect();
        let steps = self.stride / LANES;
        let pass = Pass { data: self.data().as_chunks::<LANES>().0, steps, used: self.columns.div_ceil(LANES), isa, w: &packed, per, map: &map };
        pass.tree(0, states, &mut sum, &mut acc);
        unpack(&sum, g, self.columns, width);
        acc
    }

    pub fn checksum(&self) -> f64 {
        let per = self.rows.div_ceil(CHUNKS).max(1) * self.stride;
        self.data().par_chunks(per).map(|c| {
            let mut s = [[0.0f32; 16]; 8];
            let (c, _) = c.as_chunks::<16>();
            let (c, rest) = c.as_chunks::<8>();
            for x in c {
                for i in 0..8 { for k in 0..16 { s[i][k] += x[i][k]; } }
            }
            for x in rest { for k in 0..16 { s[0][k] += x[k]; } }
            s.iter().flatten().map(|&x| f64::from(x)).sum::<f64>()
        }).sum()
    }
}

struct Pass<'a, F> {
    data: &'a [Octet],
    steps: usize,
    used: usize,
    isa: Isa,
    w: &'a [Packet],
    per: usize,
    map: &'a F,
}

impl<F> Pass<'_, F> {
    fn tree<const K: usize, S: Send, A: Send>(&self, first: usize, states: &mut [S], g: &mut [Packet], acc: &mut [A])
    where F: Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync {
        if acc.is_empty() { return; }
        if let [a] = acc { return self.chunk(first, states, g, a); }
        let half = acc.len() / 2;
        let (al, ar) = acc.split_at_mut(half);
        let (sl, sr) = states.split_at_mut(half * self.per);
        let mut h = vec![Packet::ZERO; g.len()];
        rayon::join(|| self.tree(first, sl, g, al), || self.tree(first + half * self.per, sr, &mut h, ar));
        for (g, h) in g.iter_mut().zip(&h) {
            for i in 0..LANES { g.0[i] += h.0[i]; }
        }
    }

    fn chunk<const K: usize, S, A>(&self, first: usize, states: &mut [S], g: &mut [Packet], acc: &mut A)
    where F: Fn(usize, &mut [[f64; K]], &mut [S], &mut A) + Sync {
        let mut z = [[0.0; K]; BLOCK];
        for (b, states) in states.chunks_mut(BLOCK).enumerate() {
            let row = first + b * BLOCK;
            let n = states.len();
            let x = &self.data[row * self.steps..];
            let (x, ahead) = x.split_at(n * self.steps);
            let rows = Rows { x, stride: self.steps, steps: self.used, ahead };
            let z = &mut z[..n];
            self.isa.run(Project { rows, w: self.w, z });
            (self.map)(row, z, states, acc);
            self.isa.run(Accumulate { rows, u: z, g });
        }
    }
}
