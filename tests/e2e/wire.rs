//! A wire to PostgreSQL that can be tampered with.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// A proxy between its clients and a PostgreSQL server, which passes everything on until told otherwise.
pub(crate) struct Wire {
    pub(crate) url: String,
    faults: Arc<Faults>,
}

#[derive(Default)]
struct Faults {
    /// Bytes are taken in both directions, and go nowhere.
    is_swallowing: AtomicBool,
    /// Notifications are left out of what the server says.
    drops_notifications: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Wire {
    /// A wire to the server at `url`.
    pub(crate) fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap().to_string();
        let address = url.rsplit_once('@').unwrap().1;
        let address = address.split_once('/').unwrap().0.to_owned();
        let url = url.replace(&address, &own);
        let faults = Arc::<Faults>::default();
        let shared = Arc::clone(&faults);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(&address).unwrap());
                shared.pass(client, server);
            }
        });
        Self { url, faults }
    }

    pub(crate) fn drop_notifications(&self) {
        self.faults
            .drops_notifications
            .store(true, Ordering::Relaxed);
    }

    pub(crate) fn swallow(&self) {
        self.faults.is_swallowing.store(true, Ordering::Relaxed);
    }

    /// Ends the connections that have lost bytes, and passes everything on again.
    pub(crate) fn heal(&self) {
        let open = std::mem::take(&mut *self.faults.open.lock().unwrap());
        for stream in open {
            // It may have ended by itself.
            let _ = stream.shutdown(Shutdown::Both);
        }
        self.faults.is_swallowing.store(false, Ordering::Relaxed);
    }
}

impl Faults {
    fn pass(self: &Arc<Self>, client: TcpStream, server: TcpStream) {
        let copy = |stream: &TcpStream| stream.try_clone().unwrap();
        let streams = [copy(&client), copy(&server)];
        self.open.lock().unwrap().extend(streams);
        let (from_client, to_client) = (copy(&client), client);
        let (from_server, to_server) = (copy(&server), server);
        let (this, that) = (Arc::clone(self), Arc::clone(self));
        thread::spawn(move || this.pass_bytes(from_client, to_server));
        thread::spawn(move || that.pass_messages(from_server, to_client));
    }

    fn write(&self, to: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
        match self.is_swallowing.load(Ordering::Relaxed) {
            true => Ok(()),
            false => to.write_all(bytes),
        }
    }

    /// Until either side ends.
    fn pass_bytes(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            if self.write(&mut to, &buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    }

    /// What PostgreSQL says: one byte on whether it speaks TLS, then messages of a type, a length
    /// that counts itself, and content.
    fn pass_messages(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut pass = || -> io::Result<()> {
            let mut speaks_tls = [0];
            from.read_exact(&mut speaks_tls)?;
            self.write(&mut to, &speaks_tls)?;
            loop {
                let mut message = vec![0; 5];
                from.read_exact(&mut message)?;
                let length = u32::from_be_bytes(message[1..].try_into().unwrap());
                message.resize(1 + length as usize, 0);
                from.read_exact(&mut message[5..])?;
                let is_notification = message[0] == b'A';
                if !(is_notification && self.drops_notifications.load(Ordering::Relaxed)) {
                    self.write(&mut to, &message)?;
                }
            }
        };
        // One side has ended.
        let _ = pass();
        let _ = to.shutdown(Shutdown::Both);
    }
}
