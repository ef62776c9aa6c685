#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod channel;
mod client_change;
#[cfg(feature = "testing")]
pub mod conformance;
mod document;
mod error;
mod hours;
mod incident;
pub mod kept_state;
mod memory;
mod monitor;
pub mod monitor_change;
mod name;
mod observation;
mod phase;
mod run;
mod schedule;
mod state;
pub mod status_link;
mod store;
pub mod suggestion;
mod view;
mod watch;
mod watched;
mod workflows;

pub use client_change::ClientChange;
pub use document::{Content, Document, DocumentKind, Listing, Write};
pub use error::WorkflowError;
pub use hours::RunCounts;
pub use incident::{Incident, IncidentChange, IncidentKind, IncidentNews};
pub use memory::MemoryWorkflows;
pub use monitor::Monitor;
pub use name::WorkflowName;
pub use observation::Observation;
pub use phase::FAILED;
pub use run::{Run, RunEnd};
pub use schedule::{CronSchedule, InvalidSchedule, Schedule};
pub use state::WorkflowState;
pub use store::{WorkflowStore, WorkflowStoreError};
pub use view::{MonitorView, PastRun, RunView, WorkflowView};
pub use watch::{InvalidStanding, Look, Seen, Standing, Watch};
pub use watched::Watched;
pub use workflows::{IncidentPage, IncidentQuery, WorkflowQuery, Workflows, of_all};
