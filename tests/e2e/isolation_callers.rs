//! Who asks in the table of routes and clients: a key, or a session that came from it.

use crate::{http::Answer, process::Server, sessions::cookie};

/// The headers by which a server knows who asks.
pub(crate) struct Caller(Vec<(&'static str, String)>);

impl Caller {
    pub(crate) fn by_key(_: &Server, key: &str) -> Self {
        Self(vec![("X-API-Key", key.to_owned())])
    }

    /// Somebody who asks from a page of the server. The token stands in the cookie of clients and in that of the
    /// provider, so that no route is kept from a session by the name of a cookie alone.
    #[track_caller]
    pub(crate) fn in_session(server: &Server, key: &str) -> Self {
        let begun = server.call("POST", "/api/v1/sessions", &[("X-API-Key", key)]);
        let cookie = cookie(&begun);
        let (_, token) = cookie.split_once('=').unwrap();
        let (_, port) = server.address().rsplit_once(':').unwrap();
        let cookies = format!(
            "central_logger_session_{port}={token}; central_logger_provider_session_{port}={token}"
        );
        Self(vec![
            ("Cookie", cookies),
            ("Sec-Fetch-Site", "same-origin".to_owned()),
        ])
    }

    pub(crate) fn headers(&self) -> Vec<(&str, &str)> {
        let headers = self.0.iter();
        headers.map(|(name, value)| (*name, &**value)).collect()
    }

    pub(crate) fn get(&self, server: &Server, path: &str) -> Answer {
        self.call(server, "GET", path)
    }

    /// Asks without a body.
    pub(crate) fn call(&self, server: &Server, method: &str, path: &str) -> Answer {
        server.call(method, path, &self.headers())
    }

    /// Asks with a body of JSON.
    pub(crate) fn send(&self, server: &Server, method: &str, path: &str, body: &str) -> Answer {
        let mut headers = self.headers();
        headers.push(("Content-Type", "application/json"));
        server.send(method, path, &headers, body.as_bytes())
    }
}
