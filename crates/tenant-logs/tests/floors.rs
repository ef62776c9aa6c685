//! No module imports from one that stands below it in `lib.rs`.

#[path = "../../log-store/tests/floors.rs"]
mod floors;
