//! Random choices of tests, reproducible by a seed.

/// A random number generator, reproducible by its seed: `SplitMix64`.
#[derive(Debug, Clone)]
pub struct SeededRng {
    state: u64,
}

impl SeededRng {
    /// With the seed of `CITAS_SEED`, or a new one. Prints the seed, so that a failure can be reproduced.
    #[expect(clippy::print_stderr, reason = "the harness shows what a failed test printed")]
    pub fn thrown(test: &str) -> Self {
        let given = std::env::var("CITAS_SEED").ok();
        let seed = match given.map(|seed| seed.parse().expect("CITAS_SEED must be a whole number")) {
            Some(seed) => seed,
            None => getrandom::u64().expect("the system has random numbers"),
        };
        eprintln!("{test}: CITAS_SEED={seed}");
        Self { state: seed }
    }

    /// An independent generator for one of several tasks.
    #[must_use]
    pub fn split(&mut self) -> Self {
        Self { state: self.throw() }
    }

    /// Any number.
    pub const fn throw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which is at least 1.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).expect("a usize has 64 bits at most");
        usize::try_from(self.throw() % limit).expect("it is below a usize")
    }

    /// Whether something that happens once in `times` happens now.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these, of which there must be at least one.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}
