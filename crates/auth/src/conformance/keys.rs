//! Which keys are good.

use super::{Adapter, Handler, INVALID, MISSING, Sent, World, acme};
use crate::{Gate, TrustedProxies};
use central_logger_key_store::{KeySelection, NewKey, Scope, UnreachableKeys};
use central_logger_keys::ApiKey;
use std::sync::Arc;
use time::{Duration, macros::datetime};

pub(super) async fn a_key_is_taken_from_either_header(adapter: &dyn Adapter) {
    let world = World::new();
    let key = world.key(Scope::LogsRead).await;
    let bearer = format!("Bearer {key}");
    for headers in [
        &[("X-API-Key", &*key)][..],
        &[("x-api-key", &format!(" {key}\t"))],
        &[("Authorization", &bearer)],
        &[("Authorization", &format!("bEARER   {key} "))],
        &[("X-API-Key", &key), ("X-API-Key", &key)],
        &[("X-API-Key", &key), ("Authorization", &bearer)],
        &[("X-API-Key", ""), ("X-API-Key", &key)],
        &[("X-API-Key", &key), ("Authorization", "Basic YTpi")],
    ] {
        let request = sent(headers);
        let answer = adapter.send(Some(world.gate()), Handler::Caller, request);
        answer.await.is_from("acme");
    }
    for headers in [
        &[][..],
        &[("X-API-Key", "")],
        &[("X-API-Key", " ")],
        &[("Authorization", "Bearer")],
        &[("Authorization", "Bearer ")],
        &[("Authorization", "Basic YTpi")],
        &[("Authorization", &format!("Bearer{key}"))],
        &[("Authorization", &key)],
    ] {
        let request = sent(headers);
        let answer = adapter.send(Some(world.gate()), Handler::Caller, request);
        answer.await.is_problem(401, MISSING);
    }
}

fn sent(headers: &[(&'static str, &str)]) -> Sent {
    let headers = headers.iter();
    headers.fold(Sent::to("/"), |request, (name, value)| {
        request.with(name, value)
    })
}

/// So that nobody learns anything of a key that is not theirs.
pub(super) async fn bad_keys_all_get_the_same_answer(adapter: &dyn Adapter) {
    let world = World::new();
    let good = world.key(Scope::LogsRead).await;
    let revoked = world.issue(acme()).await;
    let selection = KeySelection::Id(revoked.record.id.clone());
    let committed = world.keyring.revoke(&selection, None).await.unwrap();
    committed.at_commit();
    let disabled = world.issue(acme()).await;
    let committed = world.keyring.disable(&disabled.record.id).await.unwrap();
    committed.at_commit();
    let expired = world.issue(NewKey {
        expires_at: Some(datetime!(2026-03-01 12:01 UTC)),
        ..acme()
    });
    let expired = expired.await;
    world.clock.advance(Duration::minutes(1));
    let secret = |key: &ApiKey| key.expose_secret().to_owned();
    let mut mistyped = good.clone();
    mistyped.pop();

    let mut answers = Vec::new();
    for headers in [
        vec![secret(&revoked.api_key).into_bytes()],
        vec![secret(&disabled.api_key).into_bytes()],
        vec![secret(&expired.api_key).into_bytes()],
        vec![mistyped.into_bytes()],
        vec![good.to_lowercase().into_bytes()],
        vec![good.to_uppercase().into_bytes()],
        vec![b"unknown".to_vec()],
        vec![b"two words".to_vec()],
        vec![vec![b'k'; 257]],
        vec![b"\xff\xfe".to_vec()],
        vec![good.clone().into_bytes(), b"other".to_vec()],
        vec![good.clone().into_bytes(), good.to_lowercase().into_bytes()],
    ] {
        let request = headers
            .into_iter()
            .fold(Sent::to("/"), |request, key| request.with("x-api-key", key));
        let answer = adapter.send(Some(world.gate()), Handler::Caller, request);
        let answer = answer.await;
        answer.is_problem(401, INVALID);
        answers.push((
            answer.header("www-authenticate").unwrap().to_owned(),
            answer.body,
        ));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

pub(super) async fn a_key_is_bound_to_its_networks(adapter: &dyn Adapter) {
    let world = World::new();
    let bound = world.issue(NewKey {
        allowed_from: "203.0.113.0/24".parse().unwrap(),
        ..acme()
    });
    let key = bound.await.api_key;
    let proxies = TrustedProxies::new("10.0.0.0/8".parse().unwrap());
    let authenticator = world.authenticator().with_trusted_proxies(proxies);
    let gate = Gate::new(Arc::new(authenticator));
    let detail = "This API key is not accepted from this address";
    let request = Sent::to("/").with("x-api-key", key.expose_secret());
    let near = request.clone().from("203.0.113.9");
    let far = request.clone().from("198.51.100.1");
    let mapped = request.clone().from("::ffff:203.0.113.9");
    let proxied = request.clone().from("10.0.0.1");
    for (request, is_near) in [
        (request, false),
        (near, true),
        (mapped, true),
        (far.clone(), false),
        (far.with("x-forwarded-for", "203.0.113.9"), false),
        (proxied.clone(), false),
        (
            proxied
                .clone()
                .with("x-forwarded-for", "203.0.113.9, 10.0.0.2"),
            true,
        ),
        (
            proxied.with("x-forwarded-for", "203.0.113.9, 198.51.100.1"),
            false,
        ),
    ] {
        let answer = adapter.send(Some(gate.clone()), Handler::Caller, request.clone());
        match is_near {
            true => answer.await.is_from("acme"),
            false => answer.await.is_problem(403, detail),
        }
    }
}

pub(super) async fn a_store_that_does_not_answer_is_503(adapter: &dyn Adapter) {
    let world = World::new();
    let key = world.key(Scope::LogsRead).await;
    let authenticator = world.authenticator_over(Arc::new(UnreachableKeys));
    let gate = Gate::new(Arc::new(authenticator)).optional();
    let request = Sent::to("/").with("x-api-key", key);
    let answer = adapter.send(Some(gate), Handler::Visitor, request).await;
    let detail = "Keys cannot be verified at the moment: please try again";
    answer.is_problem(503, detail);
}
