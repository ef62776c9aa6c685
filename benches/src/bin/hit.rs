//! Verifies a key that is remembered, again and again, for a profiler to count.

use central_logger_benches::{Failure, Verifier};
use central_logger_key_store::NewKey;
use central_logger_times::ManualClock;
use std::{env, hint::black_box, sync::Arc};
use time::OffsetDateTime;

fn main() -> Result<(), Failure> {
    let times: usize = env::args().nth(1).ok_or("how often?")?.parse()?;
    // Profilers may have no clock of the system's at hand.
    let clock = Arc::new(ManualClock::new(OffsetDateTime::now_utc()));
    let new = NewKey::for_client("bench".parse()?);
    let verifier = Verifier::with_clock(clock, 1, &new)?;
    for _ in 0..times {
        black_box(verifier.hit(0)?);
    }
    Ok(())
}
