//! Medians and ratios of repeated measurements.

use std::fmt;

/// Measurements of one quantity, one for each round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series(Vec<f64>);

impl Series {
    pub(crate) fn push(&mut self, measured: f64) {
        self.0.push(measured);
    }

    /// Each measurement divided by the one of the same round.
    pub(crate) fn over(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(ours, theirs)| ours / theirs).collect())
    }

    /// The median; 0 if there are no measurements.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        match sorted.len() {
            0 => 0.0,
            odd if odd % 2 == 1 => sorted[odd / 2],
            even => f64::midpoint(sorted[even / 2 - 1], sorted[even / 2]),
        }
    }

    fn extremes(&self) -> (f64, f64) {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        (least, self.0.iter().copied().fold(0.0, f64::max))
    }
}

/// Median, least and greatest; with as many places as `{:.n}` asks for.
impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = f.precision().unwrap_or(0);
        let (least, greatest) = self.extremes();
        write!(f, "{:.places$} ({least:.places$}–{greatest:.places$})", self.median())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Series {
        Series(values.to_vec())
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(series(&[9.0, 1.0, 4.0]).to_string(), "4 (1–9)");
        assert_eq!(format!("{:.1}", series(&[4.0, 1.0])), "2.5 (1.0–4.0)");
    }

    #[test]
    fn ratios_are_those_of_each_round() {
        let ratios = series(&[2.0, 9.0, 8.0]).over(&series(&[1.0, 3.0, 1.0]));
        assert_eq!(ratios.to_string(), "3 (2–8)");
    }
}
