//! What answers say to caches between the service and its callers, and to browsers.

use super::{Adapter, Handler, NOTES_READ, NOTES_WRITE, Received, Sent, World};
use crate::{Call, Gate, KeySource, Problem};

#[track_caller]
fn is_sealed(answer: &Received, vary: Option<&str>) {
    answer.is_not_guessed_at();
    assert_eq!(
        answer.header("cache-control"),
        Some("no-store"),
        "{answer:?}"
    );
    assert_eq!(answer.header("vary"), vary, "{answer:?}");
}

pub(super) async fn nobody_gets_what_a_cache_keeps_of_another(adapter: &dyn Adapter) {
    let world = World::new();
    let standard = Some("X-API-Key, Authorization");
    let writer = world.key(NOTES_WRITE).await;
    let reader = world.key(NOTES_READ).await;
    let with = |key: &str| Sent::to("/").with("x-api-key", key);

    let unpaid = |_: &Call<'_>| {
        Err(Problem::new(
            402,
            "Payment Required",
            "Please pay your bill",
        ))
    };
    let gate = world.gate();
    for (gate, handler, request, status) in [
        (gate.clone(), Handler::Caller, with(&reader), 200),
        (gate.clone(), Handler::Caller, Sent::to("/"), 401),
        (gate.clone(), Handler::Caller, with("unknown"), 401),
        (gate.clone(), Handler::Writer, with(&writer), 200),
        (gate.clone(), Handler::Writer, with(&reader), 403),
        (
            gate.clone().require(NOTES_WRITE),
            Handler::Caller,
            with(&reader),
            403,
        ),
        (
            gate.clone().authorize_with(unpaid),
            Handler::Caller,
            with(&reader),
            402,
        ),
        (
            gate.clone().optional(),
            Handler::Visitor,
            with(&reader),
            200,
        ),
        (
            gate.clone().optional(),
            Handler::Visitor,
            Sent::to("/"),
            200,
        ),
        (
            gate.clone().optional(),
            Handler::Visitor,
            with("unknown"),
            401,
        ),
        (gate.clone().optional(), Handler::Caller, Sent::to("/"), 401),
    ] {
        let answer = adapter.send(Some(gate), handler, request).await;
        assert_eq!(answer.status, status, "{answer:?}");
        is_sealed(&answer, standard);
    }

    // What the handler says of itself is taken up, but for what would let it be kept.
    let answer = adapter.send(Some(gate.clone()), Handler::Cacheable, with(&reader));
    let answer = answer.await;
    answer.is_from("acme");
    is_sealed(&answer, Some("Accept, X-API-Key, Authorization"));

    // The places where keys stand are those that answers depend on.
    let elsewhere = gate.keys_from([
        KeySource::header("X-Acme-Key"),
        KeySource::Cookie("key".to_owned()),
        KeySource::Bearer,
    ]);
    let by_query = |gate: &Gate| gate.clone().keys_from([KeySource::Query("key".to_owned())]);
    for (gate, request, status, vary) in [
        (
            by_query(&elsewhere),
            Sent::to(&format!("/?key={reader}")),
            200,
            None,
        ),
        (by_query(&elsewhere), Sent::to("/"), 401, None),
        (
            elsewhere.clone(),
            Sent::to("/").with("cookie", format!("key={reader}")),
            200,
            Some("x-acme-key, Cookie, Authorization"),
        ),
        (
            elsewhere,
            Sent::to("/"),
            401,
            Some("x-acme-key, Cookie, Authorization"),
        ),
    ] {
        let answer = adapter.send(Some(gate), Handler::Caller, request).await;
        assert_eq!(answer.status, status, "{answer:?}");
        is_sealed(&answer, vary);
    }
}
