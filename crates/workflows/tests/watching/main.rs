//! Workflows are watched on a clock that is set by hand.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod episodes;
mod joining;
mod sixty_days;
mod subject;
mod twelve_troubles;
