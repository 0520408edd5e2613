//! Eight-lane `f64` arithmetic, the same for every instruction set.
//!
//! An algorithm is written once, in safe code, as a [`Kernel`] generic over
//! [`Lanes`]; [`Isa::run`](super::isa::Isa::run) instantiates it for the
//! instruction set chosen at run time. Every implementation has eight lanes,
//! whatever its registers hold, and does the same operations lane by lane.
//! AVX-512, AVX2 and aarch64 fuse each multiply-add and so agree to the last
//! bit; x86-64 without a fused multiply-add rounds twice and differs from them
//! in the last bits.

use std::ops::AddAssign;

/// The number of lanes of every implementation.
pub const LANES: usize = 8;

/// As many entries of a row as there are lanes.
pub type Octet = [f32; LANES];

/// Eight `f64`, aligned to the cache line they fill.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, Default)]
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

impl AddAssign for Packet {
    fn add_assign(&mut self, other: Self) {
        for (x, y) in self.0.iter_mut().zip(other.0) {
            *x += y;
        }
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
    fn widen(self, x: &Octet) -> Self::V;
    /// Reads eight `f64`.
    fn read(self, x: &[f64; LANES]) -> Self::V;
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
pub struct Portable;

impl Lanes for Portable {
    type V = [f64; LANES];
    // In 128-bit registers: 32 of them on aarch64, 16 on x86-64.
    const REGISTERS: usize = if cfg!(target_arch = "aarch64") { 8 } else { 4 };

    #[inline(always)]
    fn splat(self, x: f64) -> Self::V {
        [x; LANES]
    }
    #[inline(always)]
    fn widen(self, x: &Octet) -> Self::V {
        x.map(f64::from)
    }
    #[inline(always)]
    fn read(self, x: &[f64; LANES]) -> Self::V {
        *x
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
        for ((&a, &b), c) in a.iter().zip(&b).zip(&mut c) {
            // Where fusing is not one instruction it is a slow call.
            *c = if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
                a.mul_add(b, *c)
            } else {
                a * b + *c
            };
        }
        c
    }
}

#[cfg(test)]
mod tests {
    use super::super::isa::Isa;
    use super::*;

    /// The results of every operation of an implementation on given operands.
    struct Probe<'a>(&'a mut Vec<Packet>);

    impl Kernel for Probe<'_> {
        #[inline(always)]
        fn run<L: Lanes>(self, lanes: L) {
            let octet: Octet = std::array::from_fn(|i| i as f32 - 2.5);
            let packet = Packet(std::array::from_fn(|i| 0.1 * i as f64 + 3.0));
            let (x, y) = (lanes.widen(&octet), lanes.load(&packet));
            for v in [
                x,
                y,
                lanes.splat(0.7),
                lanes.read(&packet.0),
                lanes.mul_add(x, y, lanes.splat(0.7)),
            ] {
                let mut packet = Packet::ZERO;
                lanes.store(v, &mut packet);
                self.0.push(packet);
            }
        }
    }

    #[test]
    fn every_implementation_does_the_arithmetic() {
        for isa in Isa::available() {
            let mut packets = Vec::new();
            isa.run(Probe(&mut packets));
            for i in 0..LANES {
                let (x, y) = (i as f64 - 2.5, 0.1 * i as f64 + 3.0);
                assert_eq!(packets[0].0[i], x, "{isa:?}");
                assert_eq!(packets[1].0[i], y, "{isa:?}");
                assert_eq!(packets[2].0[i], 0.7, "{isa:?}");
                assert_eq!(packets[3].0[i], y, "{isa:?}");
                assert!((packets[4].0[i] - (x * y + 0.7)).abs() < 1e-14, "{isa:?}");
            }
        }
    }

    #[test]
    fn the_sum_covers_every_lane() {
        let powers = Packet(std::array::from_fn(|i| f64::from(1 << i)));
        assert_eq!(powers.sum(), 255.0);
    }
}
