#![doc = include_str!("../README.md")]

mod channels;
mod dispatcher;
mod senders;
mod view;

pub use channels::{Channels, NewChannel, NewTarget};
pub use dispatcher::ChannelDispatcher;
pub use senders::Senders;
pub use view::{ChannelSubjectView, ChannelView, NewChannelView};
