//! What can be sent.

/// What consists of numbers, so that ranks can send it to each other.
pub trait Numbers {
    /// Adds its numbers at the end.
    fn write(&self, numbers: &mut Vec<f64>);

    /// Takes as many numbers as it wrote.
    fn read(&mut self, numbers: &mut dyn Iterator<Item = f64>);
}

impl Numbers for f64 {
    fn write(&self, numbers: &mut Vec<f64>) {
        numbers.push(*self);
    }

    fn read(&mut self, numbers: &mut dyn Iterator<Item = f64>) {
        // Sender and receiver count alike.
        *self = numbers.next().unwrap_or(f64::NAN);
    }
}

macro_rules! whole {
    ($($type:ty),+) => {$(
        /// Up to 2^53.
        impl Numbers for $type {
            fn write(&self, numbers: &mut Vec<f64>) {
                numbers.push(*self as f64);
            }

            fn read(&mut self, numbers: &mut dyn Iterator<Item = f64>) {
                let mut number = 0.0;
                number.read(numbers);
                *self = number as Self;
            }
        }
    )+};
}

whole!(u8, u32, usize);

impl Numbers for () {
    fn write(&self, _: &mut Vec<f64>) {}

    fn read(&mut self, _: &mut dyn Iterator<Item = f64>) {}
}

impl<A: Numbers, B: Numbers> Numbers for (A, B) {
    fn write(&self, numbers: &mut Vec<f64>) {
        self.0.write(numbers);
        self.1.write(numbers);
    }

    fn read(&mut self, numbers: &mut dyn Iterator<Item = f64>) {
        self.0.read(numbers);
        self.1.read(numbers);
    }
}

impl<T: Numbers, const N: usize> Numbers for [T; N] {
    fn write(&self, numbers: &mut Vec<f64>) {
        self.iter().for_each(|own| own.write(numbers));
    }

    fn read(&mut self, numbers: &mut dyn Iterator<Item = f64>) {
        self.iter_mut().for_each(|own| own.read(numbers));
    }
}

/// As many as there are, first.
impl<T: Numbers + Default> Numbers for Vec<T> {
    fn write(&self, numbers: &mut Vec<f64>) {
        self.len().write(numbers);
        self.iter().for_each(|own| own.write(numbers));
    }

    fn read(&mut self, numbers: &mut dyn Iterator<Item = f64>) {
        let mut count = 0_usize;
        count.read(numbers);
        self.clear();
        self.extend((0..count).map(|_| {
            let mut own = T::default();
            own.read(numbers);
            own
        }));
    }
}

/// Of a shape that both sides know.
impl<R: nalgebra::Dim, C: nalgebra::Dim, S: nalgebra::RawStorageMut<f64, R, C>> Numbers
    for nalgebra::Matrix<f64, R, C, S>
{
    fn write(&self, numbers: &mut Vec<f64>) {
        numbers.extend(self.iter());
    }

    fn read(&mut self, numbers: &mut dyn Iterator<Item = f64>) {
        self.iter_mut().for_each(|own| own.read(numbers));
    }
}
