//! Workflows are watched on a clock that is set by hand.

mod episodes;
mod joining;
mod sixty_days;
mod subject;
mod twelve_troubles;
