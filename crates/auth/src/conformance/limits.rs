//! Limits, and how responses tell of them.

use super::{Adapter, Handler, Sent, World, acme};
use crate::{Call, Gate, Problem};
use central_logger_key_store::{
    NewKey,
    quota::{Quota, QuotaDimension},
};
use std::{num::NonZeroU64, sync::Arc};

async fn limited(world: &World, rate: &str) -> String {
    let new = NewKey {
        rate_limit: Some(rate.parse().unwrap()),
        ..acme()
    };
    let issued = world.issue(new).await;
    issued.api_key.expose_secret().to_owned()
}

pub(super) async fn a_rate_is_told_on_every_answer(adapter: &dyn Adapter) {
    let world = World::new();
    let key = limited(&world, "2/h").await;
    let gate = world.gate();
    let send = async |gate: &Gate| {
        let request = Sent::to("/").with("x-api-key", &key);
        adapter
            .send(Some(gate.clone()), Handler::Caller, request)
            .await
    };
    let first = send(&gate).await;
    first.is_from("acme");
    assert_eq!(
        first.header("ratelimit-policy"),
        Some(r#""rate";q=2;w=3600"#)
    );
    assert_eq!(first.header("ratelimit"), Some(r#""rate";r=1;t=1800"#));

    let unwilling = gate.clone().authorize_with(|_: &Call<'_>| {
        Err(Problem::new(
            402,
            "Payment Required",
            "Please pay your bill",
        ))
    });
    let denied = send(&unwilling).await;
    denied.is_problem(402, "Please pay your bill");
    assert_eq!(denied.header("ratelimit"), Some(r#""rate";r=0;t=3600"#));

    let refused = send(&gate).await;
    refused.is_problem(
        429,
        "Too many requests with this API key: try again in 1800 s",
    );
    assert_eq!(
        refused.header("ratelimit-policy"),
        Some(r#""rate";q=2;w=3600"#)
    );
    assert_eq!(refused.header("ratelimit"), Some(r#""rate";r=0;t=1800"#));
    assert_eq!(refused.header("retry-after"), Some("1800"));
}

pub(super) async fn a_quota_is_told_beside_the_rate(adapter: &dyn Adapter) {
    let world = World::new();
    let key = limited(&world, "100/s").await;
    let decide = |before: Quota| before.with(QuotaDimension::RequestsPerDay, NonZeroU64::new(1));
    let client = "acme".parse().unwrap();
    let set = world.keyring.set_quota(&client, decide).await.unwrap();
    set.at_commit();
    let gate = world.gate();
    let request = Sent::to("/").with("x-api-key", &key);
    let first = adapter
        .send(Some(gate.clone()), Handler::Caller, request.clone())
        .await;
    first.is_from("acme");
    let told = first.header("ratelimit");
    assert_eq!(told, Some(r#""rate";r=9;t=1, "day";r=0;t=43200"#));
    let second = adapter.send(Some(gate), Handler::Caller, request).await;
    second.is_problem(
        429,
        "All 1 requests of the day are used up: try again in 43200 s",
    );
    assert_eq!(second.header("retry-after"), Some("43200"));
}

pub(super) async fn failures_are_limited_by_address(adapter: &dyn Adapter) {
    let world = World::new();
    let key = limited(&world, "100/s").await;
    let gate = Gate::new(Arc::new(world.authenticator()));
    let send = async |key: &str| {
        let request = Sent::to("/").with("x-api-key", key).from("192.0.2.1");
        adapter
            .send(Some(gate.clone()), Handler::Caller, request)
            .await
    };
    for _ in 0..300 {
        let refused = send("wrong").await;
        refused.is_problem(401, "Invalid API key");
        assert_eq!(refused.header("ratelimit"), None);
    }
    let refused = send("wrong").await;
    refused.is_problem(
        429,
        "Too many failed attempts from this address: try again in 1 s",
    );
    assert_eq!(refused.header("ratelimit"), Some(r#""failures";r=0;t=1"#));
    send(&key).await.is_from("acme");
}
