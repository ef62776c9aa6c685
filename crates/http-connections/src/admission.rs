//! How many connections are open, in all and from each address.

use central_logger_auth::network;
use central_logger_keys::Networks;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Lets connections in as long as there is room.
#[derive(Clone, Debug)]
pub struct Admission(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    room: Room,
    open: Mutex<Open>,
}

/// How much room there is.
#[derive(Debug)]
pub struct Room {
    /// Connections at a time.
    pub in_all: usize,
    /// Those from one address, or one /64 in IPv6.
    pub from_one: usize,
    /// Whose connections are those of many others, and are not counted apart.
    pub proxies: Networks,
}

#[derive(Debug, Default)]
struct Open {
    in_all: usize,
    from: HashMap<Ipv6Addr, usize>,
}

/// A connection that is open, until this is dropped.
#[derive(Debug)]
pub struct Admitted {
    admission: Admission,
    counted_for: Option<Ipv6Addr>,
}

/// Why a connection is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRoom {
    /// Too many are open.
    #[error("too many connections are open")]
    InAll,
    /// Too many are open from one address.
    #[error("too many connections from this address are open")]
    FromOne,
}

impl Admission {
    /// Begins without any connection.
    pub fn new(room: Room) -> Self {
        Self(Arc::new(Shared {
            room,
            open: Mutex::default(),
        }))
    }

    /// Lets a connection in.
    ///
    /// # Errors
    /// When there are as many as there may be.
    pub fn enter(&self, from: IpAddr) -> Result<Admitted, NoRoom> {
        let from = from.to_canonical();
        let room = &self.0.room;
        let is_exempt = from.is_loopback() || room.proxies.contains(from);
        let counted_for = (!is_exempt).then(|| network(from));
        let mut open = self.open();
        if open.in_all >= room.in_all {
            return Err(NoRoom::InAll);
        }
        if let Some(network) = counted_for {
            let from_one = open.from.entry(network).or_default();
            if *from_one >= room.from_one {
                return Err(NoRoom::FromOne);
            }
            *from_one += 1;
        }
        open.in_all += 1;
        Ok(Admitted {
            admission: self.clone(),
            counted_for,
        })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut open = self.admission.open();
        open.in_all -= 1;
        if let Some(network) = self.counted_for
            && let Some(from_one) = open.from.get_mut(&network)
        {
            *from_one -= 1;
            if *from_one == 0 {
                open.from.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_takes_its_room_and_no_more_and_proxies_all_there_is() {
        let admission = Admission::new(Room {
            in_all: 8,
            from_one: 2,
            proxies: "10.0.0.0/8".parse().unwrap(),
        });
        let enter = |from: &str| admission.enter(from.parse().unwrap());
        let one = [enter("192.0.2.1"), enter("::ffff:192.0.2.1")].map(Result::unwrap);
        assert_eq!(enter("192.0.2.1").unwrap_err(), NoRoom::FromOne);
        let six = [enter("2001:db8::1"), enter("2001:db8::2")].map(Result::unwrap);
        assert_eq!(enter("2001:db8::3").unwrap_err(), NoRoom::FromOne);
        drop(enter("2001:db8:0:1::3").unwrap());
        let exempt = ["10.0.0.1", "10.0.0.1", "10.0.0.1", "127.0.0.1"].map(enter);
        assert!(exempt.iter().all(Result::is_ok));
        assert_eq!(enter("127.0.0.1").unwrap_err(), NoRoom::InAll);
        drop(one);
        enter("192.0.2.1").unwrap();
        drop((six, exempt));
        assert_eq!(admission.open().in_all, 0);
        assert!(admission.open().from.is_empty());
    }
}
