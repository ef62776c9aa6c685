//! What every request and every answer goes through.

mod answering;
mod closing;
mod head;
mod observe;
mod problems;
mod request_id;
mod seal;

pub(crate) use head::without_body_to_head;
pub(crate) use problems::as_problem;
pub(crate) use request_id::with_request_id;
