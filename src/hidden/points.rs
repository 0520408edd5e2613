//! Denoiser and log moment generating function at many fields at once, as vector code: what a
//! quadrature evaluates most.

use super::HiddenUnits;
use super::kernel::Kernel;
use crate::law::{JointAtoms, POINTS, Points, Responses, ScalarAtoms, symmetric_pair};
use crate::numerics::simd::{self, Isa, Lanes};
use crate::numerics::special::ln_cosh;

impl HiddenUnits {
    /// [`HiddenUnits::response`] in many fields, to which the biases are added here, unit by unit.
    pub(crate) fn responses(&self, z: &[Points], out: &mut Responses) {
        out.independent = self.law.joint_dimension().is_none();
        self.with_biases(z, |z| match &self.kernel {
            Kernel::Gaussian => {
                out.mean.copy_from_slice(z);
                let diagonal = out.covariance.iter_mut().step_by(z.len() + 1);
                diagonal.for_each(|entries| *entries = Points::all(1.0));
            }
            Kernel::Separable(atoms) => Isa::detect().run(Separable { atoms, z, out }),
            Kernel::Joint(atoms) => Isa::detect().run(Joint { atoms, z, out }),
            Kernel::Formula(law) => match law.symmetric_pair() {
                Some(size) => Isa::detect().run(Pair { size, z, out }),
                None => law.responses(z, out),
            },
        });
    }

    /// [`HiddenUnits::log_mgf`] in many fields.
    pub(crate) fn log_mgfs(&self, z: &[Points], out: &mut Points) {
        let pair = match &self.kernel {
            Kernel::Separable(atoms) => atoms.symmetric_pair(),
            Kernel::Formula(law) => law.symmetric_pair(),
            _ => None,
        };
        self.with_biases(z, |z| match (&self.kernel, pair) {
            (_, Some(size)) => Isa::detect().run(PairMgf { size, z, out }),
            (Kernel::Formula(law), None) => law.log_mgfs(z, out),
            _ => {
                for (lane, out) in out.iter_mut().enumerate() {
                    *out = self.kernel.log_mgf(z.iter().map(|unit| unit[lane]));
                }
            }
        });
    }

    /// Calls `look` with the biases added to the fields.
    fn with_biases(&self, z: &[Points], look: impl FnOnce(&[Points])) {
        if self.bias.iter().all(|&bias| bias == 0.0) {
            return look(z);
        }
        let mut shifted = z.to_vec();
        for (unit, bias) in shifted.iter_mut().zip(&self.bias) {
            for entry in &mut **unit {
                *entry += bias;
            }
        }
        look(&shifted);
    }
}

struct Separable<'a> {
    atoms: &'a ScalarAtoms,
    z: &'a [Points],
    out: &'a mut Responses,
}

impl simd::Kernel for Separable<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, _: L) {
        each_unit(self.z, self.out, |z, mean, variance| {
            self.atoms.means_and_variances(z, mean, variance);
        });
    }
}

/// Units `±size`, equally probable.
struct Pair<'a> {
    size: f64,
    z: &'a [Points],
    out: &'a mut Responses,
}

impl simd::Kernel for Pair<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, _: L) {
        each_unit(self.z, self.out, |z, mean, variance| {
            for lane in 0..POINTS {
                (mean[lane], variance[lane]) = symmetric_pair(self.size, z[lane]);
            }
        });
    }
}

/// Independent units: each by its own field.
#[inline(always)]
fn each_unit(z: &[Points], out: &mut Responses, one: impl Fn(&Points, &mut Points, &mut Points)) {
    let variances = out.covariance.iter_mut().step_by(z.len() + 1);
    for ((z, mean), variance) in z.iter().zip(&mut out.mean).zip(variances) {
        one(z, mean, variance);
    }
}

struct Joint<'a> {
    atoms: &'a JointAtoms,
    z: &'a [Points],
    out: &'a mut Responses,
}

impl simd::Kernel for Joint<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, _: L) {
        let Responses {
            mean, covariance, ..
        } = self.out;
        self.atoms.moments(self.z, mean, covariance);
    }
}

struct PairMgf<'a> {
    size: f64,
    z: &'a [Points],
    out: &'a mut Points,
}

impl simd::Kernel for PairMgf<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, _: L) {
        *self.out = Points::ZERO;
        for unit in self.z {
            for lane in 0..POINTS {
                self.out[lane] += ln_cosh(self.size * unit[lane]);
            }
        }
    }
}
