//! Memory for what clients send and are sent, bounded in all and for each of them.

use central_logger_keys::ClientId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// So many bytes for all clients together.
#[derive(Clone, Debug)]
pub struct Room(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    capacity: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    in_all: usize,
    by: HashMap<ClientId, usize>,
}

/// Room for bodies that arrive, and for answers that are sent: one cannot take the other's.
#[derive(Clone, Debug)]
pub struct Rooms {
    /// For bodies.
    pub bodies: Room,
    /// For answers.
    pub answers: Room,
}

/// In bytes, for each of both.
const CAPACITY: usize = 128 << 20;

impl Default for Rooms {
    fn default() -> Self {
        Self {
            bodies: Room::new(CAPACITY),
            answers: Room::new(CAPACITY),
        }
    }
}

/// What a client holds of it, until this is dropped.
#[derive(Debug)]
pub struct Share {
    room: Room,
    client: ClientId,
    bytes: usize,
}

/// There is not so much left for the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRoom;

impl Room {
    /// Begins with nothing held.
    pub fn new(capacity: usize) -> Self {
        Self(Arc::new(Shared {
            capacity,
            held: Mutex::default(),
        }))
    }

    /// Nothing yet, for a client.
    pub fn share(&self, client: &ClientId) -> Share {
        Share {
            room: self.clone(),
            client: client.clone(),
            bytes: 0,
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// Holds so many bytes instead of those held so far, unless the client would then hold more than is left
    /// for all others: so there is always some for them.
    ///
    /// # Errors
    /// When there is not so much left; what was held so far still is.
    pub fn resize(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let room = self.room.clone();
        let mut held = room.held();
        let of_client = held.by.get(&self.client).copied().unwrap_or_default();
        let (of_client, in_all) = (of_client - self.bytes, held.in_all - self.bytes);
        let left = room.0.capacity.saturating_sub(in_all);
        if bytes > self.bytes && of_client + bytes > left {
            return Err(NoRoom);
        }
        self.hold(&mut held, bytes);
        Ok(())
    }

    /// Holds so many bytes instead of those held so far, for what cannot be refused any more.
    pub fn take(&mut self, bytes: usize) {
        let room = self.room.clone();
        self.hold(&mut room.held(), bytes);
    }

    fn hold(&mut self, held: &mut Held, bytes: usize) {
        held.in_all = held.in_all - self.bytes + bytes;
        let of_client = match held.by.get_mut(&self.client) {
            Some(of_client) => of_client,
            None => held.by.entry(self.client.clone()).or_default(),
        };
        *of_client = *of_client - self.bytes + bytes;
        if *of_client == 0 {
            held.by.remove(&self.client);
        }
        self.bytes = bytes;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.take(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_client_holds_more_than_is_left_for_others() {
        let room = Room::new(100);
        let share = |client: &str| room.share(&client.parse().unwrap());
        let mut acme = share("acme");
        acme.resize(40).unwrap();
        let mut more = share("acme");
        assert_eq!(more.resize(21), Err(NoRoom));
        more.resize(20).unwrap();
        let mut widget = share("widget");
        assert_eq!(widget.resize(41), Err(NoRoom));
        widget.resize(40).unwrap();
        assert_eq!(share("home").resize(1), Err(NoRoom));
        more.take(30);
        assert_eq!(room.held().in_all, 110);
        more.resize(5).unwrap();
        drop((acme, more, widget));
        assert_eq!(room.held().in_all, 0);
        assert!(room.held().by.is_empty());
    }
}
