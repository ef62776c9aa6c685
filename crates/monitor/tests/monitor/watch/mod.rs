//! What is found suspicious in the use of keys, on a clock that is set by hand.

mod docs;
mod guesses;
mod leadership;
mod life;
mod replay;
mod site;
mod traffic;
mod unusual;
