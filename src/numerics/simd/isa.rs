//! The instruction sets of the machine: all the `unsafe` code of the kernels.
//!
//! A [`Lanes`] value of this module is a proof that its instructions exist. It
//! is made only by the `#[target_feature]` function that runs a kernel, which
//! in turn is called only on a level that [`Isa::available`] has detected.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;
use std::sync::OnceLock;

use super::lanes::{Kernel, Lanes, Portable};
#[cfg(target_arch = "x86_64")]
use super::lanes::{LANES, Octet, Packet};

/// AVX2 with FMA: two registers for eight lanes.
///
/// Invariant: a value exists only where both features were detected.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
struct Avx2(());

// SAFETY (every block): the features are there by the invariant of `Avx2`;
// pointers derive from references to arrays as long as the access.
#[cfg(target_arch = "x86_64")]
impl Lanes for Avx2 {
    type V = [__m256d; 2];
    const REGISTERS: usize = 8;

    #[inline(always)]
    fn splat(self, x: f64) -> Self::V {
        unsafe { [_mm256_set1_pd(x); 2] }
    }
    #[inline(always)]
    fn widen(self, x: &Octet) -> Self::V {
        let p = x.as_ptr();
        unsafe {
            [
                _mm256_cvtps_pd(_mm_loadu_ps(p)),
                _mm256_cvtps_pd(_mm_loadu_ps(p.add(4))),
            ]
        }
    }
    #[inline(always)]
    fn read(self, x: &[f64; LANES]) -> Self::V {
        let p = x.as_ptr();
        unsafe { [_mm256_loadu_pd(p), _mm256_loadu_pd(p.add(4))] }
    }
    #[inline(always)]
    fn load(self, x: &Packet) -> Self::V {
        let p = x.0.as_ptr();
        unsafe { [_mm256_load_pd(p), _mm256_load_pd(p.add(4))] }
    }
    #[inline(always)]
    fn store(self, v: Self::V, x: &mut Packet) {
        let p = x.0.as_mut_ptr();
        unsafe {
            _mm256_store_pd(p, v[0]);
            _mm256_store_pd(p.add(4), v[1]);
        }
    }
    #[inline(always)]
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        unsafe {
            [
                _mm256_fmadd_pd(a[0], b[0], c[0]),
                _mm256_fmadd_pd(a[1], b[1], c[1]),
            ]
        }
    }
}

/// AVX-512: one register for eight lanes.
///
/// Invariant: a value exists only where the feature was detected.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
struct Avx512(());

// SAFETY (every block): as for `Avx2`, by the invariant of `Avx512`.
#[cfg(target_arch = "x86_64")]
impl Lanes for Avx512 {
    type V = __m512d;
    const REGISTERS: usize = 32;

    #[inline(always)]
    fn splat(self, x: f64) -> Self::V {
        unsafe { _mm512_set1_pd(x) }
    }
    #[inline(always)]
    fn widen(self, x: &Octet) -> Self::V {
        unsafe { _mm512_cvtps_pd(_mm256_loadu_ps(x.as_ptr())) }
    }
    #[inline(always)]
    fn read(self, x: &[f64; LANES]) -> Self::V {
        unsafe { _mm512_loadu_pd(x.as_ptr()) }
    }
    #[inline(always)]
    fn load(self, x: &Packet) -> Self::V {
        unsafe { _mm512_load_pd(x.0.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, v: Self::V, x: &mut Packet) {
        unsafe { _mm512_store_pd(x.0.as_mut_ptr(), v) }
    }
    #[inline(always)]
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        unsafe { _mm512_fmadd_pd(a, b, c) }
    }
}

/// An instruction set that this machine has.
///
/// AVX-512, AVX2 with FMA, and portable code on aarch64 give the same results
/// to the last bit. Portable code on x86-64 rounds each product on its own and
/// differs in the last bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(Level);

/// Invariant: inside an `Isa`, only levels whose features were detected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Isa {
    /// The instruction sets of this machine, the fastest last.
    pub fn available() -> Vec<Self> {
        let levels = [
            (Level::Portable, true),
            #[cfg(target_arch = "x86_64")]
            (
                Level::Avx2,
                is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            ),
            #[cfg(target_arch = "x86_64")]
            (Level::Avx512, is_x86_feature_detected!("avx512f")),
        ];
        let detected = levels.into_iter().filter(|(_, detected)| *detected);
        detected.map(|(level, _)| Self(level)).collect()
    }

    /// The fastest one.
    pub fn detect() -> Self {
        static FASTEST: OnceLock<Isa> = OnceLock::new();
        *FASTEST.get_or_init(|| {
            *Self::available()
                .last()
                .expect("portable code is always available")
        })
    }

    /// How many eight-lane vectors the register file holds, which decides the
    /// layout of the operands.
    pub fn registers(self) -> usize {
        match self.0 {
            Level::Portable => Portable::REGISTERS,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => Avx2::REGISTERS,
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => Avx512::REGISTERS,
        }
    }

    /// Runs a kernel with these instructions.
    pub fn run(self, kernel: impl Kernel) {
        match self.0 {
            Level::Portable => kernel.run(Portable),
            // SAFETY: the features were detected, by the invariant of `Level`.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { run_avx2(kernel) },
            // SAFETY: likewise.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { run_avx512(kernel) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2(kernel: impl Kernel) {
    kernel.run(Avx2(()));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn run_avx512(kernel: impl Kernel) {
    kernel.run(Avx512(()));
}

/// Asks for the cache line at `x` ahead of its use, into the second-level cache:
/// what is asked for here is a whole block of rows, too large for the first.
#[inline(always)]
pub fn prefetch<T>(x: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE is part of x86-64, and a prefetch is a hint: it neither
    // faults nor changes anything, whatever the address.
    unsafe {
        _mm_prefetch::<_MM_HINT_T1>(x.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = x;
}
