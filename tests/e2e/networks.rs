//! Keys that are accepted from some networks only, and proxies that tell where a request is from.

use crate::{process::Server, site::Site};
use serde_json::json;

on_both_databases! {
    a_key_is_accepted_from_its_networks_only,
    only_trusted_proxies_are_believed,
    networks_that_are_wrong_are_told,
}

const WHOAMI: &str = "/api/v1/whoami";

fn bound_to(site: &Site, networks: &[&str]) -> (String, String) {
    let mut arguments = vec!["--client", "acme_corp"];
    for network in networks {
        arguments.extend(["--allow-ip", network]);
    }
    let issued = site.issue_with(&arguments);
    (issued.id, issued.key)
}

fn a_key_is_accepted_from_its_networks_only(site: &Site) {
    let (_, near) = bound_to(site, &["203.0.113.0/24", "127.0.0.0/8"]);
    let (far_id, far) = bound_to(site, &["203.0.113.0/24", "2001:db8::/32"]);
    let (_, mapped) = bound_to(site, &["::ffff:127.0.0.1"]);
    let server = site.start();
    server.get(&near, WHOAMI).json(200);
    server.get(&mapped, WHOAMI).json(200);
    server.get(&far, WHOAMI).problem(403);

    let shown = site.admin_json(&["show", &far_id]);
    assert_eq!(
        shown["allow_ip"],
        json!(["203.0.113.0/24", "2001:db8::/32"])
    );
    let successor = site.admin_json(&["rotate", &far_id]);
    server
        .get(successor["api_key"].as_str().unwrap(), WHOAMI)
        .problem(403);
}

fn only_trusted_proxies_are_believed(site: &Site) {
    let (_, key) = bound_to(site, &["203.0.113.0/24"]);
    let call = |server: &Server, forwarded_for: &str| {
        let headers = [("X-API-Key", &*key), ("X-Forwarded-For", forwarded_for)];
        server.call("GET", WHOAMI, &headers).status
    };
    assert_eq!(call(&site.start(), "203.0.113.9"), 403);

    let mut command = site.server();
    command.args([
        "--trusted-proxy",
        "127.0.0.1",
        "--trusted-proxy",
        "10.0.0.0/8",
    ]);
    let trusting = Server::start(command);
    assert_eq!(call(&trusting, "203.0.113.9"), 200);
    assert_eq!(call(&trusting, "203.0.113.9, 10.1.2.3"), 200);
    assert_eq!(call(&trusting, "203.0.113.9, 198.51.100.1"), 403);
    // A caller whom a proxy does not name is not taken for the proxy.
    let (_, near) = bound_to(site, &["127.0.0.0/8"]);
    for (forwarded_for, status) in [
        ("127.0.0.9", 200),
        ("unknown", 403),
        ("_hidden", 403),
        ("127.0.0.9, unknown", 403),
    ] {
        let headers = [("X-API-Key", &*near), ("X-Forwarded-For", forwarded_for)];
        let answer = trusting.call("GET", WHOAMI, &headers);
        assert_eq!(answer.status, status, "{forwarded_for}");
    }

    let mut command = site.server();
    command.env("LOGGER_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8");
    assert_eq!(call(&Server::start(command), "203.0.113.9"), 200);
}

fn networks_that_are_wrong_are_told(site: &Site) {
    let refused = site.admin(&["issue", "--client", "a", "--allow-ip", "10.1.2.3/8"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.stderr.contains("the network is 10.0.0.0/8"),
        "{refused:?}"
    );
    let mut command = site.server();
    command.args(["--trusted-proxy", "proxy.example.com"]);
    let refused = Server::refuse(command);
    assert!(
        refused.one_line().contains("--trusted-proxy 10.0.0.0/8"),
        "{refused:?}"
    );
}
