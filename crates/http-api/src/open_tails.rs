//! How many tails each client has open at this server.

use central_logger_keys::ClientId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The tails that are open.
#[derive(Clone, Debug, Default)]
pub struct OpenTails(Arc<Mutex<HashMap<ClientId, usize>>>);

/// One of them, until it is dropped.
#[derive(Debug)]
pub struct OpenTail {
    tails: OpenTails,
    client: ClientId,
}

impl OpenTails {
    /// How many tails of a client may be open at a time. They share what is read, and each holds a connection.
    pub const OF_A_CLIENT: usize = 100;

    /// How many are open.
    pub fn count(&self) -> usize {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.values().sum()
    }

    /// Opens one, unless the client has too many.
    pub fn open(&self, client: &ClientId) -> Option<OpenTail> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(client.clone()).or_default();
        if *count >= Self::OF_A_CLIENT {
            return None;
        }
        *count += 1;
        Some(OpenTail {
            tails: self.clone(),
            client: client.clone(),
        })
    }
}

impl Drop for OpenTail {
    fn drop(&mut self) {
        let mut counts = self.tails.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_may_have_a_few_at_a_time() {
        let tails = OpenTails::default();
        let (acme, widget) = ("acme".parse().unwrap(), "widget".parse().unwrap());
        let mut open: Vec<_> = (0..OpenTails::OF_A_CLIENT)
            .map(|_| tails.open(&acme).unwrap())
            .collect();
        assert!(tails.open(&acme).is_none());
        drop(tails.open(&widget).unwrap());
        open.pop();
        open.push(tails.open(&acme).unwrap());
        assert!(tails.open(&acme).is_none());
        assert_eq!(tails.count(), OpenTails::OF_A_CLIENT);
        drop(open);
        assert!(tails.0.lock().unwrap().is_empty());
    }
}
