//! The two halves of the work on a block of rows that stays in cache.

use std::array;
use std::ops::Range;

use super::lanes::{Kernel, LANES, Lanes, Packet, prefetch};
use super::packed::tiles;
use super::data_matrix::BLOCK;

pub type Octet = [f32; LANES];
const PANEL: usize = 64;

/// A block.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub x: &'a [Octet],
    pub stride: usize,
    pub steps: usize,
    pub ahead: &'a [Octet],
}

pub struct Project<'a, const K: usize> {
    pub rows: Rows<'a>,
    pub w: &'a [Packet],
    pub z: &'a mut [[f64; K]],
}

pub struct Accumulate<'a, const K: usize> {
    pub rows: Rows<'a>,
    pub u: &'a [[f64; K]],
    pub g: &'a mut [Packet],
}

pub const fn tile_width(registers: usize) -> usize {
    if registers >= 32 { 4 } else { 2 }
}

/// One step of the walk.
struct Tile {
    row: usize,
    column: usize,
    steps: Range<usize>,
}

trait Walk {
    fn tile<L: Lanes, const R: usize, const T: usize>(&mut self, lanes: L, tile: Tile);
}

#[inline(always)]
fn walk<L: Lanes, const K: usize>(lanes: L, rows: usize, steps: usize, w: &mut impl Walk) {
    let width = tile_width(L::REGISTERS);
    for (column, t) in tiles(K, width) {
        for start in (0..steps).step_by(PANEL) {
            let panel = start..steps.min(start + PANEL);
            match t {
                1 if needs(K, 1, width) => groups::<L, 1>(lanes, rows, column, panel, w),
                2 if needs(K, 2, width) => groups::<L, 2>(lanes, rows, column, panel, w),
                3 if needs(K, 3, width) => groups::<L, 3>(lanes, rows, column, panel, w),
                4 if needs(K, 4, width) => groups::<L, 4>(lanes, rows, column, panel, w),
                _ => unreachable!(),
            }
        }
    }
}

const fn needs(columns: usize, t: usize, width: usize) -> bool {
    t == columns % width || t == width && columns >= width
}

#[inline(always)]
fn groups<L: Lanes, const T: usize>(lanes: L, rows: usize, column: usize, panel: Range<usize>, w: &mut impl Walk) {
    let done = if L::REGISTERS >= 32 && T < 4 {
        group::<L, 8, T>(lanes, 0, rows, column, &panel, w)
    } else if L::REGISTERS >= 32 {
        group::<L, 4, T>(lanes, 0, rows, column, &panel, w)
    } else {
        group::<L, 2, T>(lanes, 0, rows, column, &panel, w)
    };
    group::<L, 1, T>(lanes, done, rows, column, &panel, w);
}

#[inline(always)]
fn group<L: Lanes, const R: usize, const T: usize>(lanes: L, mut row: usize, rows: usize, column: usize, panel: &Range<usize>, w: &mut impl Walk) -> usize {
    while row + R <= rows {
        w.tile::<L, R, T>(lanes, Tile { row, column, steps: panel.clone() });
        row += R;
    }
    row
}

impl<'a> Rows<'a> {
    #[inline(always)]
    fn group<const R: usize>(&self, tile: &Tile) -> [&'a [Octet]; R] {
        array::from_fn(|r| &self.x[(tile.row + r) * self.stride..][tile.steps.clone()])
    }
    #[inline(always)]
    fn ahead<const R: usize>(&self, tile: &Tile, half: usize) -> &'a [Octet] {
        if tile.column > 0 { return &[] };
        let per = R / 2;
        let start = tile.row * self.stride + half * R * self.stride / 2 + tile.steps.start * per;
        self.ahead.get(start..start + tile.steps.len() * per).unwrap_or(&[])
    }
}

struct Projection<'a, const K: usize> { rows: Rows<'a>, w: &'a [Packet], sums: [[Packet; K]; BLOCK] }

impl<const K: usize> Walk for Projection<'_, K> {
    #[inline(always)]
    fn tile<L: Lanes, const R: usize, const T: usize>(&mut self, lanes: L, tile: Tile) {
        let x = self.rows.group::<R>(&tile);
        let w = &self.w[tile.column * self.rows.steps..].as_chunks::<T>().0[tile.steps.clone()];
        let ahead = self.rows.ahead::<R>(&tile, 0);
        let sums = &mut self.sums[tile.row..][..R];
        if R == 8 { project::<L, R, T, 2, K>(lanes, x, w, ahead, sums, tile.column) }
        else if R == 4 { project::<L, R, T, 1, K>(lanes, x, w, ahead, sums, tile.column) }
        else { project::<L, R, T, 0, K>(lanes, x, w, ahead, sums, tile.column) }
    }
}

impl<const K: usize> Kernel for Project<'_, K> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Self { rows, w, z } = self;
        let mut p = Projection { rows, w, sums: [[Packet::ZERO; K]; BLOCK] };
        walk::<L, K>(lanes, z.len(), rows.steps, &mut p);
        for (z, s) in z.iter_mut().zip(&p.sums) { for k in 0..K { z[k] = s[k].sum(); } }
    }
}

impl<const K: usize> Kernel for Accumulate<'_, K> {
    #[inline(always)]
    fn run<L: Lanes>(mut self, lanes: L) {
        walk::<L, K>(lanes, self.u.len(), self.rows.steps, &mut self);
    }
}

impl<const K: usize> Walk for Accumulate<'_, K> {
    #[inline(always)]
    fn tile<L: Lanes, const R: usize, const T: usize>(&mut self, lanes: L, tile: Tile) {
        let x = self.rows.group::<R>(&tile);
        let g = &mut self.g[tile.column * self.rows.steps..].as_chunks_mut::<T>().0[tile.steps.clone()];
        let ahead = self.rows.ahead::<R>(&tile, 1);
        let u = &self.u[tile.row..][..R];
        let u: [[f64; T]; R] = array::from_fn(|r| array::from_fn(|k| u[r][tile.column + k]));
        if R == 8 { accumulate::<L, R, T, 2>(lanes, x, u, g, ahead) }
        else if R == 4 { accumulate::<L, R, T, 1>(lanes, x, u, g, ahead) }
        else { accumulate::<L, R, T, 1>(lanes, x, u, g, ahead) }
    }
}

#[inline(always)]
fn ask<const P: usize>(ahead: &[[[Octet; 2]; P]], step: usize) {
    if P > 0 && let Some(lines) = ahead.get(step) {
        for line in lines {
            prefetch(line);
        }
    }
}

#[inline(always)]
fn project<L: Lanes, const R: usize, const T: usize, const P: usize, const K: usize>(
    lanes: L,
    x: [&[Octet]; R],
    w: &[[Packet; T]],
    ahead: &[Octet],
    out: &mut [[Packet; K]],
    first: usize,
) {
    let ahead = lines::<P>(ahead);
    let mut rows = x;
    for row in &mut rows { *row = &row[..w.len()]; }
    let x = rows;
    let mut sums = [[lanes.splat(0.0); T]; R];
    for r in 0..R {
        for k in 0..T {
            sums[r][k] = lanes.load(&out[r][first + k]);
        }
    }
    for (step, w) in w.iter().enumerate() {
        let w: [L::V; T] = array::from_fn(|k| lanes.load(&w[k]));
        for r in 0..R {
            let x = lanes.widen(&x[r][step]);
            for k in 0..T {
                sums[r][k] = lanes.mul_add(x, w[k], sums[r][k]);
            }
        }
        ask(ahead, step);
    }
    for r in 0..R {
        for k in 0..T {
            lanes.store(sums[r][k], &mut out[r][first + k]);
        }
    }
}

#[inline(always)]
fn lines<const P: usize>(ahead: &[Octet]) -> &[[[Octet; 2]; P]] {
    if P == 0 { return &[]; }
    let lines = ahead.as_chunks::<2>().0;
    lines.as_chunks::<P>().0
}

#[inline(always)]
fn accumulate<L: Lanes, const R: usize, const T: usize, const P: usize>(
    lanes: L,
    x: [&[Octet]; R],
    u: [[f64; T]; R],
    g: &mut [[Packet; T]],
    ahead: &[Octet],
) {
    let ahead = lines::<P>(ahead);
    let mut rows = x;
    for row in &mut rows { *row = &row[..g.len()]; }
    let x = rows;
    let mut us = [[lanes.splat(0.0); T]; R];
    for r in 0..R { for k in 0..T { us[r][k] = lanes.splat(u[r][k]); } }
    let u = us;
    for (step, g) in g.iter_mut().enumerate() {
        let mut sums: [L::V; T] = array::from_fn(|k| lanes.load(&g[k]));
        for r in 0..R {
            let x = lanes.widen(&x[r][step]);
            for k in 0..T {
                sums[k] = lanes.mul_add(x, u[r][k], sums[k]);
            }
        }
        for k in 0..T {
            lanes.store(sums[k], &mut g[k]);
        }
        ask(ahead, step);
    }
}
