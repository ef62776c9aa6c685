//! Who sees and changes which keys.

use super::{
    steps::{make, rate},
    stores::{ACME, NOW, Site, asked, client, code, manager, scopes, with_grace},
};
use central_logger_key_activity::AlertQuery;
use central_logger_key_store::{KeyMaker, NewKey};
use central_logger_keys::{KeyId, KeyPrefix, Scope};
use central_logger_operations::{
    keys::{KeyFilter, KeyRequest},
    paging::{CreationPlace, PageRequest},
};
use central_logger_times::Timestamp;
use time::{Duration, OffsetDateTime};

on_each_store! {
    the_keys_of_others_are_unknown,
    a_key_of_the_provider_makes_and_revokes_keys_of_any_client,
    a_key_of_the_provider_without_the_scope_changes_nothing,
    a_client_is_refused_what_is_the_providers,
}

async fn the_keys_of_others_are_unknown(site: Site) {
    let (own, other) = (
        site.issue(manager()).await,
        site.issue(NewKey::for_client(client("widget_co"))).await,
    );
    let of_provider = site.issue(NewKey::for_provider()).await;
    drop(site.provider().revoke(&other.id, None).await.unwrap());
    for id in [&other.id, &of_provider.id, &KeyId::generate().unwrap()] {
        let (prefix, grace) = (KeyPrefix::default(), with_grace(Duration::HOUR));
        // In whatever state it is, and whatever version is asked for.
        let versions = || site.by(&own).if_match(Vec::new());
        for found in [
            code(site.by(&own).show(id).await),
            code(site.by(&own).update(id, &rate("1/m")).await),
            code(versions().update(id, &rate("1/m")).await),
            code(site.by(&own).rotate(id, &prefix, grace).await),
            code(site.by(&own).finish_rotation(id).await),
            code(site.by(&own).extend_rotation(id, Duration::HOUR).await),
            code(site.by(&own).disable(id).await),
            code(site.by(&own).enable(id).await),
            code(site.by(&own).revoke(id, None).await),
            code(site.by(&own).revoke_with_made(id, None).await),
            code(
                site.by(&own)
                    .revoke_all(vec![own.id.clone(), id.clone()], None)
                    .await,
            ),
        ] {
            assert_eq!(found, "unknown_key");
        }
        // The place of another's key leads to keys of the caller alone.
        let after = PageRequest {
            limit: 10,
            after: Some(CreationPlace::new(OffsetDateTime::UNIX_EPOCH, id)),
        };
        let page = site.by(&own).page(&KeyFilter::default(), &after).await;
        let keys = page.unwrap().keys.into_iter();
        assert_eq!(
            keys.map(|key| key.key_id).collect::<Vec<_>>(),
            std::slice::from_ref(&own.id)
        );
    }
    let of_other = KeyFilter {
        client: Some(client("widget_co")),
        ..KeyFilter::default()
    };
    let listed = site.by(&own).list(&of_other).await.unwrap().keys;
    let ids: Vec<_> = listed.iter().map(|key| &key.key_id).collect();
    assert_eq!(ids, [&own.id]);
    let for_other = KeyRequest::for_client(client("widget_co"));
    assert_eq!(make(site.by(&own), for_other).await, Err("unknown_key"));
    assert_eq!(site.show(&own.id).await, own);
}

async fn a_key_of_the_provider_makes_and_revokes_keys_of_any_client(site: Site) {
    let program = NewKey {
        scopes: Scope::OF_PROVIDER.into_iter().collect(),
        ..NewKey::for_provider()
    };
    let program = site.issue(program).await;
    let all = KeyRequest {
        scopes: Some(Scope::OWN.into_iter().collect()),
        rate: "5/m".parse().ok(),
        ..asked()
    };
    let first = make(site.by_provider_key(&program), all).await.unwrap();
    let key = site.show(&first).await;
    assert_eq!(key.made_by, KeyMaker::Key(program.id.clone()));
    assert!(key.provider_set.rate && key.shared_rates.is_empty());
    // A client does not see which key of the provider it was.
    let shown = site.by(&key).show(&first).await.unwrap();
    assert_eq!(shown.key.made_by, KeyMaker::Provider);
    let page = PageRequest {
        limit: 10,
        after: None,
    };
    let listed = site
        .by(&key)
        .page(&KeyFilter::default(), &page)
        .await
        .unwrap();
    assert_eq!(listed.keys[0].made_by, KeyMaker::Provider);

    let second = make(
        site.by_provider_key(&program),
        KeyRequest::for_client(client("widget_co")),
    )
    .await;
    let both = vec![first, second.unwrap()];
    let revoked = site
        .by_provider_key(&program)
        .revoke_all(both, None)
        .await
        .unwrap();
    assert_eq!(revoked.result.revoked.len(), 2);
    let misplaced = KeyRequest {
        scopes: Some(scopes("provider:write")),
        ..asked()
    };
    assert_eq!(
        make(site.by_provider_key(&program), misplaced).await,
        Err("wrong_scope")
    );
    // It cannot do anything to keys of the provider, itself included.
    let own = site.by_provider_key(&program);
    assert_eq!(
        code(
            own.rotate(
                &program.id,
                &KeyPrefix::default(),
                with_grace(Duration::HOUR)
            )
            .await
        ),
        "unknown_key"
    );
    assert_eq!(code(own.revoke(&program.id, None).await), "unknown_key");
    drop(site.provider().revoke(&program.id, None).await.unwrap());
    assert_eq!(
        make(site.by_provider_key(&program), asked()).await,
        Err("key_ended")
    );
}

async fn a_key_of_the_provider_without_the_scope_changes_nothing(site: Site) {
    let reader = site.issue(NewKey::for_provider()).await;
    let key = site.issue(manager()).await;
    let operations = site.by_provider_key(&reader);
    assert_eq!(
        operations
            .list(&KeyFilter::default())
            .await
            .unwrap()
            .keys
            .len(),
        1
    );
    assert_eq!(
        make(operations.clone(), asked()).await,
        Err("beyond_own_rights")
    );
    assert_eq!(
        code(operations.revoke(&key.id, None).await),
        "beyond_own_rights"
    );
    assert_eq!(
        code(
            operations
                .set_quota(&client(ACME), &Default::default())
                .await
        ),
        "beyond_own_rights"
    );
    assert!(operations.quota(&client(ACME)).await.is_ok());
    assert_eq!(site.show(&key.id).await, key);
}

async fn a_client_is_refused_what_is_the_providers(site: Site) {
    let key = site.issue(manager()).await;
    let operations = site.by(&key);
    let acme = client(ACME);
    let since = Timestamp::clamped(NOW);
    for found in [
        code(operations.alerts(AlertQuery::latest(None, since)).await),
        code(operations.acknowledge(&[]).await),
        code(operations.redeliver(Vec::new()).await),
        code(operations.audit(since).await),
        code(operations.verify_audit(None).await),
        code(operations.accept_restore().await),
        code(operations.quota(&acme).await),
        code(operations.set_quota(&acme, &Default::default()).await),
        code(operations.retention().await),
        code(operations.retention_of(&acme).await),
    ] {
        assert_eq!(found, "forbidden");
    }
}
