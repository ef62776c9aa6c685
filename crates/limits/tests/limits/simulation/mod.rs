//! Several servers over one store, in time that is set by hand: what they accept together.

mod quotas;
mod rates;
mod site;
