//! Addresses within the console.

use form_urlencoded::byte_serialize;

/// The path that leads into the console.
pub const CONSOLE: &str = "/console";

/// On which people sign in.
pub const SIGN_IN: &str = "/console/sign-in";
/// By which they sign out.
pub const SIGN_OUT: &str = "/console/sign-out";
/// The workflows.
pub const WORKFLOWS: &str = "/console/workflows";
/// What went wrong with workflows.
pub const INCIDENTS: &str = "/console/incidents";
/// Where messages about incidents go.
pub const CHANNELS: &str = "/console/channels";
/// The keys.
pub const KEYS: &str = "/console/keys";
/// What was used.
pub const USAGE: &str = "/console/usage";
/// What shippers sent.
pub const INTAKE: &str = "/console/intake";
/// Rules for what they send.
pub const MAPPINGS: &str = "/console/intake/mappings";
/// Saved views of logs.
pub const VIEWS: &str = "/console/views";
/// What is suspicious.
pub const ALERTS: &str = "/console/alerts";
/// Who is signed in.
pub const SESSIONS: &str = "/console/sessions";

/// Addresses of the pages of the provider.
pub mod provider {
    /// The first page.
    pub const FIRST: &str = "/console/provider";
    /// All clients.
    pub const CLIENTS: &str = "/console/provider/clients";
    /// The keys of all clients.
    pub const KEYS: &str = "/console/provider/keys";
    /// Links by which clients get keys.
    pub const REVEAL_LINKS: &str = "/console/provider/reveal-links";
    /// What is suspicious.
    pub const ALERTS: &str = "/console/provider/alerts";
    /// The health of the servers.
    pub const SERVERS: &str = "/console/provider/servers";
    /// The audit trail.
    pub const AUDIT: &str = "/console/provider/audit";
}

/// The address of the page on which to sign in, from where the way leads on to `next`.
pub fn signing_in_for(next: &str) -> String {
    let next: String = byte_serialize(next.as_bytes()).collect();
    format!("{SIGN_IN}?next={next}")
}

/// Whether an address is one of a page of the console: what follows from outside may lead anywhere.
pub fn is_of_console(address: &str) -> bool {
    let rest = address.strip_prefix(CONSOLE);
    let is_below = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    is_below
        && address
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_leads_nowhere_else() {
        for inside in [
            "/console",
            "/console/logs?status=FAILED&q=a%20b",
            "/console?x",
        ] {
            assert!(is_of_console(inside), "{inside}");
        }
        for outside in [
            "",
            "/",
            "//evil.example",
            "https://evil.example/console",
            "/consolation",
            "/console/\\evil.example",
            "/console/a\r\nSet-Cookie: a=b",
            "/console/ä",
        ] {
            assert!(!is_of_console(outside), "{outside}");
        }
        assert_eq!(
            signing_in_for("/console/logs?q=a b&x"),
            "/console/sign-in?next=%2Fconsole%2Flogs%3Fq%3Da+b%26x"
        );
    }
}
