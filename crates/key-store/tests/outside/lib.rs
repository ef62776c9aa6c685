//! Stands in for a store of somebody else.
