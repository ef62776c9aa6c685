#![doc = include_str!("../README.md")]

mod answer;
mod caller;
mod head;
mod middleware;
mod service;

pub use answer::CallerRejection;
pub use caller::Caller;
pub use head::Head;
pub use middleware::ApiKeyAuth;
pub use service::ApiKeyService;
