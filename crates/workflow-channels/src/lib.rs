#![doc = include_str!("../README.md")]

mod channel_mail;
mod channels;
mod dispatcher;
mod senders;
mod view;

pub use channel_mail::ChannelMail;
pub use channels::{Channels, NewChannel, NewTarget};
pub use dispatcher::ChannelDispatcher;
pub use senders::Senders;
pub use view::{ChannelSubjectView, ChannelView, NewChannelView};
