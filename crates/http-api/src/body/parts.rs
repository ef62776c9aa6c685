//! A body that is read part by part, since it may be without an end.

use super::{ARRIVAL, no_room};
use crate::{
    malformed,
    problem::Problem,
    room::{NoRoom, Share},
};
use actix_web::{
    http::StatusCode,
    web::{Bytes, BytesMut, Payload},
};
use futures_util::StreamExt;
use tokio::time::timeout;

/// A body as it arrives, of which little more than a part is held.
pub struct Parts {
    payload: Payload,
    share: Share,
    held: BytesMut,
    most: usize,
    has_ended: bool,
}

impl Parts {
    /// Begins with nothing held. A part has at most so many bytes.
    pub fn new(payload: Payload, share: Share, most: usize) -> Self {
        Self {
            payload,
            share,
            held: BytesMut::new(),
            most,
            has_ended: false,
        }
    }

    /// Waits until a part is here, or all that is left, and returns it.
    ///
    /// # Errors
    /// When the body breaks off, is too slow, or there is no room for it.
    pub async fn fill(&mut self) -> Result<&[u8], Problem> {
        let late = |_| {
            let detail = "A part of the body took longer than 60 seconds to arrive";
            Problem::new(StatusCode::REQUEST_TIMEOUT, detail)
        };
        timeout(ARRIVAL, self.collect()).await.map_err(late)??;
        Ok(&self.held)
    }

    async fn collect(&mut self) -> Result<(), Problem> {
        while !self.has_ended && self.held.len() < self.most {
            let Some(chunk) = self.payload.next().await else {
                self.has_ended = true;
                break;
            };
            let chunk = chunk.map_err(|error| {
                malformed::tell(&error);
                Problem::new(StatusCode::BAD_REQUEST, "The body ended early")
            })?;
            let length = self.held.len() + chunk.len();
            self.share
                .resize(length.max(self.held.capacity()))
                .map_err(|NoRoom| no_room())?;
            self.held.extend_from_slice(&chunk);
        }
        Ok(())
    }

    /// Returns whether nothing follows behind what is held.
    pub fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Takes so many bytes from the beginning of what is held.
    pub fn take(&mut self, length: usize) -> Bytes {
        let part = self.held.split_to(length).freeze();
        self.share.take(self.held.len());
        part
    }
}
