//! Eight-lane `f64` arithmetic and the choice of instruction set: all the
//! `unsafe` code of the kernel.
//!
//! An algorithm is written once, in safe code, as a [`Kernel`] generic over
//! [`Lanes`]; [`Isa::run`] instantiates it inside a `#[target_feature]`
//! function for the instruction set chosen at run time. Every implementation
//! has eight lanes, whatever its registers hold, and the same operations lane
//! by lane. AVX-512, AVX2 and aarch64 fuse each multiply-add, so they agree to
//! the last bit; portable code without a fused multiply-add rounds twice and
//! differs from them in the last bits.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::*;

/// The number of lanes of every implementation.
pub const LANES: usize = 8;

/// Eight `f64`, aligned to the cache line they fill.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct Packet(pub [f64; LANES]);

impl Packet {
    /// Eight zeros.
    pub const ZERO: Self = Self([0.0; LANES]);

    /// The sum of the lanes, in a fixed order.
    pub fn sum(self) -> f64 {
        let [a, b, c, d, e, f, g, h] = self.0;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }
}

/// A proof that an instruction set is available, with its arithmetic.
///
/// The methods are safe because a value exists only where the instructions do.
/// They are `#[inline(always)]` so that they melt into the `#[target_feature]`
/// function that runs the kernel; elsewhere they would be calls.
pub trait Lanes: Copy {
    /// Eight `f64` in registers.
    type V: Copy;
    /// How many `V` the register file holds.
    const REGISTERS: usize;

    /// The same number in every lane.
    fn splat(self, x: f64) -> Self::V;
    /// Eight `f32`, widened exactly.
    fn widen(self, x: &[f32; LANES]) -> Self::V;
    /// Reads a packet.
    fn load(self, x: &Packet) -> Self::V;
    /// Writes a packet.
    fn store(self, v: Self::V, x: &mut Packet);
    /// a·b + c.
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
}

/// An algorithm over the lanes of any instruction set.
pub trait Kernel {
    /// Runs it. Implementations are `#[inline(always)]`, with all they call.
    fn run<L: Lanes>(self, lanes: L);
}

/// Plain Rust on arrays, left to the compiler's vectorizer.
#[derive(Clone, Copy)]
struct Portable;

impl Lanes for Portable {
    type V = [f64; LANES];
    // In 128-bit registers: 32 of them on aarch64, 16 on x86-64.
    const REGISTERS: usize = if cfg!(target_arch = "aarch64") { 8 } else { 4 };

    #[inline(always)]
    fn splat(self, x: f64) -> Self::V {
        [x; LANES]
    }
    #[inline(always)]
    fn widen(self, x: &[f32; LANES]) -> Self::V {
        x.map(f64::from)
    }
    #[inline(always)]
    fn load(self, x: &Packet) -> Self::V {
        x.0
    }
    #[inline(always)]
    fn store(self, v: Self::V, x: &mut Packet) {
        x.0 = v;
    }
    #[inline(always)]
    fn mul_add(self, a: Self::V, b: Self::V, mut c: Self::V) -> Self::V {
        for i in 0..LANES {
            // Where fusing is no instruction it is a slow call.
            c[i] = if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
                a[i].mul_add(b[i], c[i])
            } else {
                a[i] * b[i] + c[i]
            };
        }
        c
    }
}

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
    fn widen(self, x: &[f32; LANES]) -> Self::V {
        let p = x.as_ptr();
        unsafe { [_mm256_cvtps_pd(_mm_loadu_ps(p)), _mm256_cvtps_pd(_mm_loadu_ps(p.add(4)))] }
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
        unsafe { [_mm256_fmadd_pd(a[0], b[0], c[0]), _mm256_fmadd_pd(a[1], b[1], c[1])] }
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
    fn widen(self, x: &[f32; LANES]) -> Self::V {
        unsafe { _mm512_cvtps_pd(_mm256_loadu_ps(x.as_ptr())) }
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
        let mut found = vec![Self(Level::Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            let fma = is_x86_feature_detected!("fma");
            if fma && is_x86_feature_detected!("avx2") {
                found.push(Self(Level::Avx2));
            }
            if is_x86_feature_detected!("avx512f") {
                found.push(Self(Level::Avx512));
            }
        }
        found
    }

    /// The fastest one.
    pub fn detect() -> Self {
        *Self::available().last().expect("portable code is always available")
    }

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

/// Asks for the cache line at `x` ahead of its use.
#[inline(always)]
pub fn prefetch<T>(x: &T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE is part of x86-64, and a prefetch never faults.
    unsafe {
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(x).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = x;
}
