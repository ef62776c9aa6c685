//! How long the long tests run: `./scripts/soak` runs ten times what the suite does.

use std::{sync::LazyLock, thread};

/// Returns how often to do what the suite does `in_suite` times.
pub(crate) fn rounds(in_suite: usize) -> usize {
    in_suite * number_in("TEST_SOAK_FACTOR").unwrap_or(1) as usize
}

/// Returns how much to do in the suite, or in the soak where ten times that is not what is to be shown.
pub(crate) fn either(in_suite: u64, in_soak: u64) -> u64 {
    match number_in("TEST_SOAK_FACTOR") {
        Some(10..) => in_soak,
        _ => in_suite,
    }
}

/// Returns random numbers that the same seed repeats. The seed is printed, for a test that fails.
pub(crate) fn random() -> fastrand::Rng {
    static SEED: LazyLock<u64> =
        LazyLock::new(|| number_in("TEST_SEED").unwrap_or_else(|| fastrand::u64(..)));
    println!("TEST_SEED={}", *SEED);
    fastrand::Rng::with_seed(*SEED)
}

/// Prints what a long test has measured, behind its name.
pub(crate) fn report(figures: &str) {
    println!(
        "{}: {figures}",
        thread::current().name().unwrap_or_default()
    );
}

fn number_in(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{variable} is not a number: {text}")))
}
