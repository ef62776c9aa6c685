//! What every request and every answer goes through.

mod answering;
mod closing;
mod each_request;
mod head;
mod observe;
mod problems;
mod request_id;
mod request_log;
mod seal;
mod trace_context;

pub(crate) use each_request::each_request;
pub use request_log::WithRequest;
