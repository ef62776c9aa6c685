//! What a client changes of its keys, and what the provider has set.

use super::{
    steps::{made, networks, rate, rotate},
    stores::{NOW, Site, asked, code, manager, with_grace},
};
use central_logger_key_store::{KeyStatus, KeyUpdate, NewKey, Patch};
use central_logger_operations::keys::KeyRequest;
use time::Duration;

on_each_store! {
    what_the_provider_set_is_only_tightened,
    what_the_provider_disabled_stays_disabled,
    a_rate_is_not_raised_by_a_key_with_a_rate,
    a_change_of_another_version_is_refused,
}

async fn what_the_provider_set_is_only_tightened(site: Site) {
    let caller = site.issue(manager()).await;
    let set = NewKey {
        allowed_from: "203.0.113.0/24".parse().unwrap(),
        rate_limit: "60/m".parse().ok(),
        ..manager()
    };
    let key = site.issue(set).await;
    let update = async |update: KeyUpdate| {
        let updated = site.by(&caller).update(&key.id, &update).await;
        updated.map(drop).map_err(|error| error.code())
    };
    let clear_rate = KeyUpdate {
        rate: Patch::Clear,
        ..KeyUpdate::default()
    };
    for refused in [
        rate("61/m"),
        clear_rate.clone(),
        networks("203.0.112.0/23"),
        networks(""),
    ] {
        assert_eq!(
            update(refused.clone()).await,
            Err("provider_set"),
            "{refused:?}"
        );
    }
    update(rate("1/m")).await.unwrap();
    update(networks("203.0.113.7")).await.unwrap();
    // Not even back to where it was.
    assert_eq!(update(rate("60/m")).await, Err("provider_set"));
    assert_eq!(
        update(networks("203.0.113.0/24")).await,
        Err("provider_set")
    );
    // A successor has the same limits.
    let successor = rotate(site.by(&caller), &key.id, with_grace(Duration::HOUR))
        .await
        .unwrap();
    let loosened = site.by(&caller).update(&successor, &clear_rate).await;
    assert_eq!(code(loosened), "provider_set");

    // What a client has set it loosens again, as far as it may itself.
    let own = KeyRequest {
        allow_ip: Some("203.0.113.7".parse().unwrap()),
        rate: "1/m".parse().ok(),
        ..asked()
    };
    let own = made(&site, &caller, own).await;
    drop(site.by(&caller).update(&own.id, &clear_rate).await.unwrap());
    drop(
        site.by(&caller)
            .update(&own.id, &networks(""))
            .await
            .unwrap(),
    );
    let loosened = site.show(&own.id).await;
    assert!(loosened.allowed_from.is_empty() && loosened.rate_limit.is_none());
    // Until the provider sets it.
    drop(site.provider().update(&own.id, &rate("5/m")).await.unwrap());
    assert_eq!(
        code(site.by(&caller).update(&own.id, &rate("6/m")).await),
        "provider_set"
    );
}

async fn what_the_provider_disabled_stays_disabled(site: Site) {
    let (caller, key) = (site.issue(manager()).await, site.issue(manager()).await);
    drop(site.by(&caller).disable(&key.id).await.unwrap());
    drop(site.by(&caller).enable(&key.id).await.unwrap());
    // The client was first, and the provider wants it, too.
    drop(site.by(&caller).disable(&key.id).await.unwrap());
    drop(site.provider().disable(&key.id).await.unwrap());
    assert_eq!(code(site.by(&caller).enable(&key.id).await), "provider_set");
    let disabled_again = site.by(&caller).disable(&key.id).await.unwrap();
    assert!(!disabled_again.result.changed);
    assert_eq!(code(site.by(&caller).enable(&key.id).await), "provider_set");
    let rotated = rotate(site.by(&caller), &key.id, with_grace(Duration::HOUR)).await;
    assert_eq!(rotated, Err("wrong_status"), "a successor would work");
    drop(site.provider().enable(&key.id).await.unwrap());
    assert_eq!(site.show(&key.id).await.status(NOW), KeyStatus::Active);
}

async fn a_rate_is_not_raised_by_a_key_with_a_rate(site: Site) {
    let limited = NewKey {
        rate_limit: "60/m".parse().ok(),
        ..manager()
    };
    let (caller, free) = (site.issue(limited).await, site.issue(manager()).await);
    let slow = KeyRequest {
        rate: "1/m".parse().ok(),
        ..asked()
    };
    let other = made(&site, &free, slow.clone()).await;
    let raised = site.by(&caller).update(&other.id, &rate("60/m")).await;
    assert_eq!(
        code(raised),
        "beyond_own_rights",
        "together they would have 120/m"
    );
    // What the caller has made counts in its own limit anyway.
    let own = made(&site, &caller, slow).await;
    drop(
        site.by(&caller)
            .update(&own.id, &rate("60/m"))
            .await
            .unwrap(),
    );
    assert_eq!(
        code(site.by(&caller).update(&own.id, &rate("61/m")).await),
        "beyond_own_rights"
    );
    assert_eq!(
        code(site.by(&caller).update(&caller.id, &rate("61/m")).await),
        "beyond_own_rights"
    );
    drop(
        site.by(&free)
            .update(&other.id, &rate("60/m"))
            .await
            .unwrap(),
    );
}

async fn a_change_of_another_version_is_refused(site: Site) {
    let key = site.issue(manager()).await;
    let versions = vec![key.etag()];
    let first = site
        .by(&key)
        .if_match(versions.clone())
        .update(&key.id, &rate("5/m"))
        .await;
    let etag = first.unwrap().result.etag;
    let second = site
        .by(&key)
        .if_match(versions.clone())
        .update(&key.id, &rate("4/m"))
        .await;
    assert_eq!(code(second), "changed");
    let revoked = site
        .by(&key)
        .if_match(versions)
        .revoke_with_made(&key.id, None)
        .await;
    assert_eq!(code(revoked), "changed");
    let revoked = site
        .by(&key)
        .if_match(vec![etag])
        .revoke_with_made(&key.id, None)
        .await;
    assert_eq!(revoked.unwrap().result.revoked, [key.id]);
}
