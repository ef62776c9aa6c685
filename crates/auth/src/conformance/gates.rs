//! What a route asks for beside a good key.

use super::{
    Adapter, Handler, INVALID, MISSING, NOT_A_WRITER, NOTES_READ, NOTES_WRITE, Sent, World,
};
use crate::{Call, KeySource, Problem};
use base64ct::{Base64, Encoding};

pub(super) async fn scopes_are_required_by_gates_and_by_signatures(adapter: &dyn Adapter) {
    let world = World::new();
    let writing = world.gate().require(NOTES_WRITE);
    for (scope, may_write) in [(NOTES_READ, false), (NOTES_WRITE, true)] {
        let request = Sent::to("/").with("x-api-key", world.key(scope).await);
        for (gate, handler) in [
            (writing.clone(), Handler::Caller),
            (writing.clone(), Handler::Writer),
            (writing.clone(), Handler::Visitor),
            (writing.clone().optional(), Handler::Visitor),
            (world.gate(), Handler::Writer),
            (world.gate().optional(), Handler::Writer),
        ] {
            let answer = adapter.send(Some(gate), handler, request.clone()).await;
            match may_write {
                true => answer.is_from("acme"),
                false => answer.is_problem(403, NOT_A_WRITER),
            }
        }
    }
}

pub(super) async fn no_key_is_anonymous_where_none_is_needed(adapter: &dyn Adapter) {
    let world = World::new();
    let gate = world.gate().optional();
    let send = async |handler, request| adapter.send(Some(gate.clone()), handler, request).await;
    let without = Sent::to("/");
    send(Handler::Visitor, without.clone())
        .await
        .is_from("anonymous");
    // A key that is there must be good.
    for key in ["unknown", "two words"] {
        let request = without.clone().with("x-api-key", key);
        send(Handler::Visitor, request)
            .await
            .is_problem(401, INVALID);
    }
    let good = world.key(NOTES_READ).await;
    let request = without.clone().with("x-api-key", good);
    send(Handler::Visitor, request).await.is_from("acme");
    // A handler can need a key where the gate does not.
    for handler in [Handler::Caller, Handler::Writer] {
        send(handler, without.clone())
            .await
            .is_problem(401, MISSING);
    }
    let answer = adapter.send(Some(world.gate()), Handler::Visitor, without);
    answer.await.is_problem(401, MISSING);
}

pub(super) async fn keys_are_taken_from_the_places_named_and_no_others(adapter: &dyn Adapter) {
    let world = World::new();
    let key = world.key(NOTES_READ).await;
    let gate = world.gate().keys_from([
        KeySource::header("X-Acme-Key"),
        KeySource::Cookie("key".to_owned()),
        KeySource::Query("api key".to_owned()),
    ]);
    let cookies = |value: &str| Sent::to("/").with("cookie", value);
    // Any character may be written by its number.
    let escaped = format!("%{:02X}{}", key.as_bytes()[0], &key[1..]);
    for request in [
        Sent::to("/").with("x-acme-key", &key),
        cookies(&format!("key={key}")),
        cookies(&format!("a=b; key=\"{key}\";c=d")),
        cookies("a=b").with("cookie", format!("key={key}")),
        Sent::to(&format!("/?api%20key={key}")),
        Sent::to(&format!("/?a=b&api+key={escaped}&c")),
        cookies(&format!("key={key}")).with("x-acme-key", &key),
        cookies(&format!("key={key}")).with("x-api-key", "other"),
    ] {
        let answer = adapter.send(Some(gate.clone()), Handler::Caller, request);
        answer.await.is_from("acme");
    }
    for request in [
        Sent::to("/").with("x-api-key", &key),
        Sent::to("/").with("authorization", format!("Bearer {key}")),
        cookies(&format!("Key={key}; key2={key}; key; key=")),
        Sent::to(&format!("/?key={key}&api%20key=")),
    ] {
        let answer = adapter.send(Some(gate.clone()), Handler::Caller, request);
        answer.await.is_problem(401, MISSING);
    }
    for request in [
        cookies("key=other").with("x-acme-key", &key),
        cookies(&format!("key={key}; key=other")),
        Sent::to("/?api+key=other").with("x-acme-key", &key),
        Sent::to(&format!("/?api+key={key}&api+key=%ff")),
    ] {
        let answer = adapter.send(Some(gate.clone()), Handler::Caller, request);
        answer.await.is_problem(401, INVALID);
    }
}

pub(super) async fn keys_are_taken_from_the_schemes_of_other_services(adapter: &dyn Adapter) {
    let world = World::new();
    let key = world.key(NOTES_READ).await;
    let gate = world.gate().keys_from([
        KeySource::Bearer,
        KeySource::Scheme("Splunk".to_owned()),
        KeySource::ApiKey,
        KeySource::Basic,
    ]);
    let pair = |scheme: &str, user: &str, password: &str| {
        let pair = Base64::encode_string(format!("{user}:{password}").as_bytes());
        Sent::to("/").with("authorization", format!("{scheme} {pair}"))
    };
    for request in [
        Sent::to("/").with("authorization", format!("splunk {key}")),
        Sent::to("/").with("authorization", format!("ApiKey {key}")),
        pair("ApiKey", "any", &key),
        pair("Basic", "any", &key),
        pair("Basic", &key, ""),
        pair("Basic", "any", &key).with("authorization", format!("Bearer {key}")),
    ] {
        let answer = adapter.send(Some(gate.clone()), Handler::Caller, request);
        answer.await.is_from("acme");
    }
    for request in [
        pair("Basic", "any", "other"),
        pair("Basic", "any", &key).with("authorization", "Splunk other"),
    ] {
        let answer = adapter.send(Some(gate.clone()), Handler::Caller, request);
        answer.await.is_problem(401, INVALID);
    }
    for request in [
        pair("Basic", "", ""),
        pair("Digest", "any", &key),
        Sent::to("/").with("authorization", format!("Basic {key}")),
    ] {
        let answer = adapter.send(Some(gate.clone()), Handler::Caller, request);
        answer.await.is_problem(401, MISSING);
    }
}

pub(super) async fn a_service_has_its_own_say_after_the_key(adapter: &dyn Adapter) {
    let world = World::new();
    let key = world.key(NOTES_READ).await;
    let gate = world.gate().optional().authorize_with(|call: &Call<'_>| {
        assert_eq!(
            (call.method, call.principal.client_id().as_str()),
            ("GET", "acme")
        );
        assert_eq!(call.address, "192.0.2.7".parse().ok());
        let problem = match call.path {
            "/unpaid" => Problem::new(402, "Payment Required", "Please pay your bill"),
            "/mistake" => Problem::new(200, "OK", "Let it through, or not"),
            _ => return Ok(()),
        };
        Err(problem)
    });
    let send = async |uri: &str, key: Option<&str>| {
        let request = Sent::to(uri).from("192.0.2.7");
        let request = match key {
            Some(key) => request.with("x-api-key", key),
            None => request,
        };
        let answer = adapter.send(Some(gate.clone()), Handler::Visitor, request);
        answer.await
    };
    send("/paid?unpaid", Some(&key)).await.is_from("acme");
    send("/unpaid", Some(&key))
        .await
        .is_problem(402, "Please pay your bill");
    send("/mistake", Some(&key))
        .await
        .is_problem(500, "Let it through, or not");
    // It has no say about keys, nor about who has none.
    send("/unpaid", Some("unknown"))
        .await
        .is_problem(401, INVALID);
    send("/unpaid", None).await.is_from("anonymous");
}

pub(super) async fn a_handler_without_a_gate_is_not_reached(adapter: &dyn Adapter) {
    let world = World::new();
    let request = Sent::to("/").with("x-api-key", world.key(NOTES_WRITE).await);
    for handler in [Handler::Caller, Handler::Writer] {
        let answer = adapter.send(None, handler, request.clone()).await;
        let detail = "The request cannot be served: the server's log says why";
        answer.is_problem(500, detail);
    }
}
