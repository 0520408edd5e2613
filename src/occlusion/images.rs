//! Black and white images, in a part for training and one for testing.

use crate::error::{Error, Result};
use crate::numerics::Matrix;
use crate::numerics::streams::{Purpose, Streams};
use nalgebra::DVector;
use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A pixel that is white (or black) in a smaller part of the images for training is left out.
const RARE: f64 = 0.01;

/// Images of ±1, one in each column, without the pixels that hardly differ between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Images {
    /// For training (d×n).
    training: Matrix,
    /// For testing (d×n').
    test: Matrix,
    /// Mean `m` of each pixel over the images for training.
    mean: DVector<f64>,
    /// Number of each pixel in the images as they were given.
    pixels: Vec<usize>,
    /// Number of all pixels.
    of: usize,
}

/// Which pixels are occluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Occlusion {
    /// Half of them, drawn at random: the same ones in every image.
    Random,
    /// The lower half.
    Bottom,
}

impl Occlusion {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Bottom => "bottom",
        }
    }

    /// Whether each pixel of these images is occluded, which are `width` pixels wide.
    ///
    /// # Errors
    /// Names `width` where it does not divide the number of pixels, or nothing or everything would
    /// be occluded.
    pub fn of(self, images: &Images, width: usize, streams: Streams) -> Result<Vec<bool>> {
        if width == 0 || !images.of.is_multiple_of(width) {
            let allowed = format!("must divide {}, the number of pixels", images.of);
            return Err(Error::invalid("width", width, allowed));
        }
        let count = images.pixels.len();
        let occluded: Vec<bool> = match self {
            Self::Random => {
                let mut all: Vec<bool> = (0..count).map(|at| at < count / 2).collect();
                all.shuffle(&mut streams.stream(Purpose::Occlusion, 0));
                all
            }
            Self::Bottom => {
                let first = images.of / width / 2;
                let row = |pixel: &usize| pixel / width;
                images.pixels.iter().map(|at| row(at) >= first).collect()
            }
        };
        if occluded.iter().all(|&one| one) || !occluded.contains(&true) {
            let allowed = "no pixel that varies would be seen, or none occluded";
            return Err(Error::invalid("width", width, allowed));
        }
        Ok(occluded)
    }
}

impl Images {
    /// Images in the rows of `data`, white above the threshold: `training` of them, drawn at random,
    /// for training, the others for testing. Pixels that are white, or black, in less than a
    /// hundredth of those for training are left out.
    ///
    /// # Errors
    /// Names `training` (fewer than two images for either part) or `threshold` (fewer than two
    /// pixels that vary).
    pub fn split(data: &Matrix, threshold: f64, training: usize, streams: Streams) -> Result<Self> {
        let (count, of) = data.shape();
        if training < 2 || training.saturating_add(2) > count {
            let allowed = format!("of {count} images, two at least for training and for testing");
            return Err(Error::invalid("training", training, allowed));
        }
        if !threshold.is_finite() {
            return Err(Error::invalid("threshold", threshold, "must be finite"));
        }
        let mut order: Vec<usize> = (0..count).collect();
        order.shuffle(&mut streams.stream(Purpose::Occlusion, 1));
        let sign = |value: f64| if value > threshold { 1.0_f64 } else { -1.0 };
        let signs = data.map(sign);
        let signs = signs.select_rows(&order).transpose();
        let mean = signs.columns(0, training).column_mean();
        // A share p of white pixels has the mean 2p − 1.
        let varies = |pixel: &usize| mean[*pixel].abs() < 1.0 - 2.0 * RARE;
        let pixels: Vec<usize> = (0..of).filter(varies).collect();
        if pixels.len() < 2 {
            let allowed = "fewer than two pixels are both black and white: choose another";
            return Err(Error::invalid("threshold", threshold, allowed));
        }
        let kept = signs.select_rows(&pixels);
        Ok(Self {
            training: kept.columns(0, training).into_owned(),
            test: kept.columns(training, count - training).into_owned(),
            mean: mean.select_rows(&pixels),
            pixels,
            of,
        })
    }

    /// Images of ±1, one in each column, all of whose pixels are kept.
    ///
    /// # Errors
    /// Names `training`: no image for either part, parts of other pixels, or a pixel that is the same in
    /// all images for training.
    pub fn of_signs(training: Matrix, test: Matrix) -> Result<Self> {
        let (of, count) = training.shape();
        if count == 0 || test.ncols() == 0 || test.nrows() != of {
            let got = format!("{of} × {count} and {} × {}", test.nrows(), test.ncols());
            let allowed = "images of the same pixels for training and for testing are needed";
            return Err(Error::invalid("training", got, allowed));
        }
        let mean = training.column_mean();
        if let Some(pixel) = mean.iter().position(|mean| mean.abs() >= 1.0) {
            let got = format!("pixel {} without variance", pixel + 1);
            return Err(Error::invalid("training", got, "leave it out"));
        }
        let pixels = (0..of).collect();
        Ok(Self {
            training,
            test,
            mean,
            pixels,
            of,
        })
    }

    /// Number of pixels that vary.
    pub fn pixels(&self) -> usize {
        self.pixels.len()
    }

    /// Images for training, in columns, as ±1.
    pub fn training(&self) -> &Matrix {
        &self.training
    }

    /// Images for testing, in columns, as ±1.
    pub fn test(&self) -> &Matrix {
        &self.test
    }

    /// Mean of each pixel over the images for training.
    pub fn mean(&self) -> &DVector<f64> {
        &self.mean
    }

    /// Standard deviation of each pixel, `√(1 − m²)`.
    pub fn deviation(&self) -> DVector<f64> {
        self.mean.map(|mean| (1.0 - mean * mean).sqrt())
    }

    /// The images in units in which each pixel has mean 0 and variance 1 in training.
    pub(super) fn standardised(&self, images: &Matrix) -> Matrix {
        let deviation = self.deviation();
        Matrix::from_fn(images.nrows(), images.ncols(), |i, j| {
            (images[(i, j)] - self.mean[i]) / deviation[i]
        })
    }

    /// Mean squared error of completed pixels (one row for each occluded one, in order) of the images
    /// for testing, black being 0 and white 1.
    pub fn squared_error(&self, occluded: &[bool], completed: &Matrix) -> f64 {
        let truth = self.test.select_rows(&numbers(occluded, true));
        let errors = (truth - completed).map(|error| 0.25 * error * error);
        errors.mean()
    }

    /// The error of completing each pixel by its mean over the images for training.
    pub fn error_of_mean(&self, occluded: &[bool]) -> f64 {
        let mean = self.mean.select_rows(&numbers(occluded, true));
        let completed = Matrix::from_fn(mean.len(), self.test.ncols(), |i, _| mean[i]);
        self.squared_error(occluded, &completed)
    }
}

/// Numbers of the pixels that are occluded, or of the others.
pub(super) fn numbers(occluded: &[bool], are: bool) -> Vec<usize> {
    let all = occluded.iter().enumerate();
    all.filter(|(_, one)| **one == are)
        .map(|(at, _)| at)
        .collect()
}
