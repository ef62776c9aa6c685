//! How a program sends with a key: with our own libraries, and by the protocols of others.

use maud::{Markup, html};

/// The guide to other systems' clients, which are configured here as it says.
const GUIDE: &str = include_str!("../../../../docs/shippers.md");

/// Each ready to be copied.
pub(crate) fn snippets(base_url: &str, key: &str) -> Markup {
    let own = [
        (
            ".env",
            format!("LOGGER_API_URL={base_url}/api/v1/logs\nLOGGER_API_KEY={key}\n"),
        ),
        (
            "curl",
            format!(
                "curl {base_url}/api/v1/logs \\\n  -H 'X-API-Key: {key}' \\\n  -H 'Content-Type: application/json' \\\n  \
                 -d \"{{\\\"environment\\\": \\\"production\\\", \\\"executed_at\\\": \\\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\\\", \
                 \\\"status\\\": \\\"SUCCESS\\\", \\\"workflow\\\": \\\"hello\\\"}}\"\n"
            ),
        ),
        (
            "Python",
            format!(
                "from central_logger import Client, workflow\n\nclient = Client(\"{base_url}\", \"{key}\")\n\
                 with workflow(\"hello\", client=client) as run:\n    run.log(\"it works\")\n"
            ),
        ),
        (
            "Node",
            format!(
                "import {{ Client, workflow }} from \"central-logger\";\n\n\
                 const client = new Client({{ url: \"{base_url}\", key: \"{key}\" }});\n\
                 await workflow(\"hello\", (run) => run.log({{ message: \"it works\" }}), {{ client }});\n"
            ),
        ),
        (
            "Rust",
            format!(
                "let client = Client::builder()\n    .url(\"{base_url}\")\n    .key(\"{key}\")\n    \
                 .workflow(\"hello\")\n    .build();\nclient.log(Entry::new(\"it works\"));\n"
            ),
        ),
        (
            "A job",
            format!(
                "LOGGER_API_URL={base_url} LOGGER_API_KEY={key} \\\n  central-logger-send run --workflow hello -- ./job\n"
            ),
        ),
    ];
    let own = own.into_iter().map(|(title, text)| (title, vec![text]));
    let all: Vec<_> = own.chain(of_guide(base_url, key)).collect();
    html! {
        div.panel.tabs {
            @for (place, (title, texts)) in all.iter().enumerate() {
                details name="snippet" open[place == 0] {
                    summary { (title) }
                    @for (part, text) in texts.iter().enumerate() {
                        @let id = format!("snippet-{place}-{part}");
                        div.copyable {
                            pre id=(id) { (text) }
                            button type="button" hidden data-copy=(id) { "Copy" }
                        }
                    }
                }
            }
        }
        p.hint { "What each of them keeps when the server is away is in the documentation of the server, under shippers." }
    }
}

/// The clients of the guide and their blocks, for this server and with this key in the place of the example's.
fn of_guide(base_url: &str, key: &str) -> impl Iterator<Item = (&'static str, Vec<String>)> {
    let clients = GUIDE.split_once("\n## Clients\n").unwrap_or_default().1;
    let clients = clients.split("\n## ").next().unwrap_or_default();
    clients.split("\n### ").skip(1).map(move |section| {
        let (title, text) = section.split_once('\n').unwrap_or_default();
        let fenced = text.split("\n```").skip(1).step_by(2);
        // The language stands in the first line.
        let blocks = fenced.filter_map(|block| Some(block.split_once('\n')?.1));
        let filled = blocks.map(|block| filled(block, base_url, key) + "\n");
        (title, filled.collect())
    })
}

fn filled(block: &str, base_url: &str, key: &str) -> String {
    let (scheme, authority) = base_url.split_once("://").unwrap_or(("https", base_url));
    let usual = if scheme == "http" { "80" } else { "443" };
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if is_port(port) => (host, port),
        _ => (authority, usual),
    };
    let mut filled = block.replace("KEY", key);
    for (example, own) in [
        (
            "https://logs.example.com:443",
            format!("{scheme}://{host}:{port}"),
        ),
        ("https://logs.example.com", base_url.to_owned()),
        ("https://any:", format!("{scheme}://any:")),
        ("@logs.example.com", format!("@{authority}")),
        ("logs.example.com", host.to_owned()),
        ("\"443\"", format!("\"{port}\"")),
        ("port: 443", format!("port: {port}")),
        ("port=443", format!("port={port}")),
    ] {
        filled = filled.replace(example, &own);
    }
    if scheme == "http" {
        filled = filled.replace("usehttps=\"on\"", "usehttps=\"off\"");
        filled = filled.replace("tls: on", "tls: off");
    }
    filled
}
