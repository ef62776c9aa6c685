//! Operations for requests that are repeated, over stores in memory.

use crate::provider::{Provider, client, code, json, new_key, static_entries};
use central_logger_key_store::{AuditTrail, KeyStore, NamedRequest, Owners};
use central_logger_keys::{ClientId, KeyPrefix};
use central_logger_operations::{
    Change, Once, OperationError, Operations, Repeated, sessions::NewSignInLink,
};
use central_logger_sessions::{SessionLengths, SessionStore};
use serde_json::json;

fn named(name: &str, body: &[u8]) -> Option<NamedRequest> {
    let route = "POST /api/v1/keys";
    Some(NamedRequest::new("4fzyo82mvyi1", route, name, body))
}

#[track_caller]
fn done<T>(once: Result<Once<T>, OperationError>) -> T {
    match once.unwrap() {
        Once::Done(change) => change.not_waiting().change.result,
        Once::Repeated(_) => panic!("it was done before"),
    }
}

#[track_caller]
fn repeated<T>(once: Result<Once<T>, OperationError>) -> Repeated {
    match once.unwrap() {
        Once::Repeated(change) => change.not_waiting().change.result,
        Once::Done(_) => panic!("it was done again"),
    }
}

#[tokio::test]
async fn an_operation_is_done_once_for_a_request() {
    let provider = Provider::new();
    let prefix = KeyPrefix::default();
    let issue = async |request| {
        let issue =
            async |operations: Operations| operations.issue(&prefix, new_key("acme_corp")).await;
        provider.again().once(request, issue).await
    };
    let issued = done(issue(named("one", b"{}")).await);
    let again = repeated(issue(named("one", b"{}")).await);
    assert_eq!(json(&again), json!({"keys": [issued.record.id]}));
    assert_eq!(code(issue(named("one", b"{ }")).await), "other_request");
    done(issue(named("two", b"{}")).await);
    done(issue(None).await);
    done(issue(None).await);
    let keys = provider.keys.list(Owners::All).await.unwrap();
    assert_eq!(keys.records.len(), 4);
}

#[tokio::test]
async fn a_repeat_is_told_before_anything_else_is_looked_at() {
    let provider = Provider::new();
    let id = provider.issue_id("acme_corp").await;
    let disable = async |operations: Operations| operations.disable(&id).await;
    done(provider.again().once(named("one", b""), disable).await);
    let nothing = async |_: Operations| -> Result<Change<()>, OperationError> {
        panic!("it is asked for again")
    };
    let again = repeated(provider.again().once(named("one", b""), nothing).await);
    assert_eq!(again.keys, [id]);
}

#[tokio::test]
async fn the_end_of_a_client_is_repeated_without_ending_what_began_since() {
    let provider = Provider::new();
    let acme = client("acme_corp");
    let entries = || static_entries(r#"{"static_key_0123456789": "other_co"}"#);
    let revoke = async |name| {
        let revoke =
            async |operations: Operations| operations.revoke_client(&acme, None, entries()).await;
        provider.again().once(named(name, b"{}"), revoke).await
    };
    assert_eq!(code(revoke("one").await), "no_keys");
    // Without keys, too: what was done is remembered.
    sign_in(&provider, &acme).await;
    assert_eq!(done(revoke("one").await).sessions_ended, Some(1));
    sign_in(&provider, &acme).await;
    let issued = provider.issue_id("acme_corp").await;
    let head = provider.keys.head().await.unwrap();
    let again = repeated(revoke("one").await);
    assert_eq!(again.keys, []);
    assert_eq!(provider.keys.head().await.unwrap(), head);
    let operations = provider.again();
    let told = operations.client_revoked_before(again, &acme, entries());
    let told = json(&told.await.not_waiting());
    assert_eq!(
        told,
        json!({"revoked": [], "static_keys": [], "audit": null, "waited_ms": 0})
    );
    // The entries about its sessions are no outcome of the request.
    let second = done(revoke("two").await);
    assert_eq!(second.sessions_ended, Some(1));
    assert_eq!(repeated(revoke("two").await).keys, [issued]);
}

async fn sign_in(provider: &Provider, client: &ClientId) {
    let sessions = provider.again().sessions();
    let new = NewSignInLink::for_owner(client.clone().into());
    let made = sessions.make_link(new, None, "").await.unwrap();
    let token = made.url.strip_prefix("/sign-in/").unwrap().parse().unwrap();
    let lengths = SessionLengths::default();
    let begun = sessions.redeem(&token, lengths, None).await.unwrap();
    let token = begun.unwrap().token;
    let found = provider.sessions.find(&token.hash()).await;
    assert!(found.unwrap().is_some());
}
