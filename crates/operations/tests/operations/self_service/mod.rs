//! Clients that manage their own keys, and programs of the provider that manage those of all: every way up, and
//! what the provider has set, on each store.

#[macro_use]
mod stores;

mod askers;
mod callers;
mod changes;
mod lists;
mod making;
mod people;
mod steps;
mod successors;
mod table;
mod table_of_changes;
mod table_of_patches;
mod table_of_successors;
