//! Which keys are good.

use super::{Adapter, Handler, INVALID, MISSING, NOTES_READ, Sent, World, acme};
use crate::{Call, Gate, TrustedProxies};
use central_logger_key_store::{NewKey, UnreachableKeys};
use central_logger_keyring::KeySelection;
use central_logger_keys::ApiKey;
use central_logger_times::Timestamp;
use std::sync::Arc;
use time::{Duration, macros::datetime};

pub(super) async fn a_key_is_taken_from_either_header(adapter: &dyn Adapter) {
    let world = World::new();
    let key = world.key(NOTES_READ).await;
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
    let good = world.key(NOTES_READ).await;
    let revoked = world.issue(acme()).await;
    let selection = KeySelection::Id(revoked.record.id.clone());
    let committed = world.keyring.revoke(&selection, None).await.unwrap();
    committed.at_commit();
    let disabled = world.issue(acme()).await;
    let committed = world.keyring.disable(&disabled.record.id).await.unwrap();
    committed.at_commit();
    let expired = world.issue(NewKey {
        expires_at: Some(Timestamp::clamped(datetime!(2026-03-01 12:01 UTC))),
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
            proxied
                .clone()
                .with("x-forwarded-for", "203.0.113.9, 198.51.100.1"),
            false,
        ),
        (
            proxied
                .clone()
                .with("x-forwarded-for", "203.0.113.9, unknown"),
            false,
        ),
        (proxied.with("x-forwarded-for", "203.0.113.9:port"), false),
    ] {
        let answer = adapter.send(Some(gate.clone()), Handler::Caller, request.clone());
        match is_near {
            true => answer.await.is_from("acme"),
            false => answer.await.is_problem(403, detail),
        }
    }
}

/// Behind a trusted proxy that does not say who calls, nobody is near, the proxy itself included; and
/// failures are the proxy's.
pub(super) async fn a_caller_that_no_proxy_names_is_nowhere(adapter: &dyn Adapter) {
    let world = World::new();
    let bound = world.issue(NewKey {
        allowed_from: "10.0.0.0/8".parse().unwrap(),
        ..acme()
    });
    let key = bound.await.api_key;
    let proxies = TrustedProxies::new("10.0.0.0/8".parse().unwrap());
    let authenticator = world.authenticator().with_trusted_proxies(proxies);
    let gate = Gate::new(Arc::new(authenticator));
    let send = async |key: &str, forwarded_for: Option<&[u8]>| {
        let request = Sent::to("/").with("x-api-key", key).from("10.0.0.1");
        let request = match forwarded_for {
            Some(value) => request.with("x-forwarded-for", value),
            None => request,
        };
        let answer = adapter.send(Some(gate.clone()), Handler::Caller, request);
        answer.await
    };
    let key = key.expose_secret();
    send(key, None).await.is_from("acme");
    send(key, Some(b"10.1.1.1")).await.is_from("acme");
    let detail = "This API key is not accepted from this address";
    for unintelligible in [
        &b"unknown"[..],
        b"_hidden",
        b"10.1.1.1, unknown",
        b"10.1.1.1,",
        b"10.1.1.999",
        b"\xff",
    ] {
        let answer = send(key, Some(unintelligible)).await;
        answer.is_problem(403, detail);
    }
    for _ in 0..300 {
        let refused = send("wrong", Some(b"unknown")).await;
        refused.is_problem(401, INVALID);
    }
    for forwarded_for in [Some(&b"_hidden"[..]), None] {
        assert_eq!(send("wrong", forwarded_for).await.status, 429);
    }
    let elsewhere = send("wrong", Some(b"10.1.1.1")).await;
    elsewhere.is_problem(401, INVALID);
}

/// A panic of a service's own code is a problem like any other, and the next request is served.
pub(super) async fn a_hook_that_panics_harms_no_other_request(adapter: &dyn Adapter) {
    let world = World::new();
    let key = world.key(NOTES_READ).await;
    let gate = world.gate().authorize_with(|call: &Call<'_>| {
        assert_ne!(call.path, "/panic", "as a test asks for it");
        Ok(())
    });
    let send = async |path: &str| {
        let request = Sent::to(path).with("x-api-key", &key);
        let answer = adapter.send(Some(gate.clone()), Handler::Caller, request);
        answer.await
    };
    for _ in 0..3 {
        let detail = "The request cannot be served: the server's log says why";
        send("/panic").await.is_problem(500, detail);
        send("/").await.is_from("acme");
    }
}

pub(super) async fn a_store_that_does_not_answer_is_503(adapter: &dyn Adapter) {
    let world = World::new();
    let key = world.key(NOTES_READ).await;
    let authenticator = world.authenticator_over(Arc::new(UnreachableKeys));
    let gate = Gate::new(Arc::new(authenticator)).optional();
    let request = Sent::to("/").with("x-api-key", key);
    let answer = adapter.send(Some(gate), Handler::Visitor, request).await;
    let detail = "Keys cannot be verified at the moment: please try again";
    answer.is_problem(503, detail);
}
