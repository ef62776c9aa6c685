//! Rules for foreign fields, which people of a client set.

use super::browser::Browser;
use crate::site::Site;

on_both_databases! {
    rules_are_tried_before_they_are_set,
}

const MAPPINGS: &str = "/console/intake/mappings";

fn rules_are_tried_before_they_are_set(site: &Site) {
    let managing = |client| {
        let scopes = ["--scope", "logs:read", "--scope", "keys:manage"];
        let arguments = [&["--client", client][..], &scopes].concat();
        site.issue_with(&arguments).key
    };
    let (key, other) = (managing("acme_corp"), managing("widget_co"));
    let server = site.start();
    let alice = Browser::with_key(&server, &key);
    assert!(alice.open("/console/intake").contains(MAPPINGS));
    let page = alice.open(&format!("{MAPPINGS}?like=github"));
    assert!(
        page.contains("No mapping is set") && page.contains("workflow_run"),
        "{page}"
    );
    let fields = [
        ("name", "ci"),
        (
            "rules",
            r#"{"workflow":"job.name","status":{"from":["state"],"default":"<b>"}}"#,
        ),
        ("protocol", "hook"),
        (
            "sample",
            r#"{"job":{"name":"<i>nightly</i>"},"state":"ok"}"#,
        ),
    ];
    let tried = alice.submit(MAPPINGS, &[&fields[..], &[("do", "try")]].concat());
    assert_eq!(tried.status, 200, "{tried:?}");
    assert!(tried.body.contains("&lt;i&gt;nightly") && !tried.body.contains("<i>nightly"));
    let listed = server.get(&key, "/api/v1/intake/mappings").json(200);
    assert_eq!(listed["mappings"][0], serde_json::Value::Null);

    let mut without_effect = fields;
    without_effect[3].1 = r#"{"job":"nightly"}"#;
    let refused = alice.submit(MAPPINGS, &[&without_effect[..], &[("do", "set")]].concat());
    assert_eq!(refused.status, 422, "{refused:?}");
    for (place, text) in [(0, "No Name"), (1, "{"), (1, r#"{"id":"x"}"#)] {
        let mut wrong = fields;
        wrong[place].1 = text;
        let refused = alice.submit(MAPPINGS, &[&wrong[..], &[("do", "set")]].concat());
        assert_eq!(refused.status, 422, "{text} {refused:?}");
    }
    let set = alice.submit(MAPPINGS, &[&fields[..], &[("do", "set")]].concat());
    assert_eq!(set.status, 200, "{set:?}");
    assert!(set.body.contains("shown now only") && set.body.contains("/hooks/acme_corp."));
    let again = alice.submit(MAPPINGS, &[&fields[..], &[("do", "set")]].concat());
    assert!(!again.body.contains("shown now only"), "{again:?}");
    let shown = server.get(&key, "/api/v1/intake/mappings/ci").json(200);
    assert_eq!(shown["rules"]["workflow"]["from"][0], "job.name");
    assert!(
        alice
            .open(&format!("{MAPPINGS}?name=ci"))
            .contains("job.name")
    );

    let eve = Browser::with_key(&server, &other);
    assert!(
        !eve.open(&format!("{MAPPINGS}?name=ci"))
            .contains("job.name")
    );
    let strange = eve.submit(&format!("{MAPPINGS}/remove"), &[("name", "ci")]);
    assert_eq!(strange.status, 404);
    let removed = alice.submit(&format!("{MAPPINGS}/remove"), &[("name", "ci")]);
    assert_eq!(removed.status, 200, "{removed:?}");
    server.get(&key, "/api/v1/intake/mappings/ci").problem(404);
    let reader = ["--client", "acme_corp", "--scope", "logs:read"];
    let reader = Browser::with_key(&server, &site.issue_with(&reader).key);
    assert_eq!(reader.ask(MAPPINGS).status, 403);
}
