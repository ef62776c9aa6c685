use crate::{
    fake::Fault,
    site::{Site, TARGET, acme},
};
use central_logger_key_store::NewKey;
use central_logger_keys::ClientId;

#[tokio::test(start_paused = true)]
async fn a_key_is_handed_over_to_the_target_that_is_named_or_set() {
    let site = Site::new().await;
    let first = site.first().await;
    assert_eq!((first.target.as_str(), first.replaces), (TARGET, None));
    assert!(!site.key(&first.key_id).await.pending);
    let other: ClientId = "widget".parse().unwrap();
    let new = || NewKey::for_client(other.clone());
    let nowhere = site.hand_over.issue(&other, new(), None, false).await;
    assert_eq!(nowhere.unwrap_err().code(), "no_target");
    let named = "file:/run/keys/widget".parse().unwrap();
    let issued = site.hand_over.issue(&other, new(), Some(&named), false);
    assert_eq!(
        issued.await.unwrap().delivered().unwrap().target,
        "file:/run/keys/widget"
    );
    // Its programs use the key that is there.
    let new = || NewKey::for_client(acme());
    let again = site.hand_over.issue(&acme(), new(), None, false).await;
    assert_eq!(again.unwrap_err().code(), "target_other_key");
    let told = site.hand_over.issue(&acme(), new(), None, true).await;
    assert!(told.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_check_tells_of_what_is_no_key_of_the_client() {
    let site = Site::new().await;
    let check = async || site.hand_over.check(None).await.unwrap().remove(0);
    assert!(check().await.ok, "nothing is there");
    site.first().await;
    assert!(check().await.ok);
    let theirs = || Some("somebody-else".to_owned());
    site.fakes.with(TARGET, |held| held.current = theirs());
    let checked = check().await;
    assert!(!checked.ok);
    let reason = checked.reason.unwrap();
    assert!(reason.contains("no key of acme"), "{reason}");
    let held = site.fakes.with(TARGET, |held| held.current.clone());
    assert_eq!(held, theirs(), "a check changes nothing");
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_issue_is_taken_up() {
    let site = Site::new().await;
    let issue = async || {
        let new = NewKey::for_client(acme());
        site.hand_over.issue(&acme(), new, None, false).await
    };
    site.fakes
        .with(TARGET, |held| held.fault = Some(Fault::LostAfter));
    assert_eq!(issue().await.unwrap_err().code(), "pending");
    let issued = issue().await.unwrap().delivered().unwrap();
    assert!(issued.taken_up);
    assert_eq!(site.keys().await.len(), 1);
    site.check().await;
}
