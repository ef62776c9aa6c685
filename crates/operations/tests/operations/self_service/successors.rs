//! What a key is replaced by, and for how long both work.

use super::{
    steps::{ends, in_days, made, make, rotate},
    stores::{ClientPolicy, Site, asked, client, code, manager, with_grace},
};
use central_logger_key_store::NewKey;
use central_logger_keyring::Rotation;
use central_logger_keys::Scope;
use central_logger_operations::keys::KeyRequest;
use time::Duration;

on_each_store! {
    a_chain_of_successors_never_outlives_what_the_provider_set,
    a_renewable_key_renews_itself,
    a_successor_counts_in_the_limits_of_who_made_it,
    a_grace_is_extended_to_the_end_of_who_asks,
    a_rotation_does_not_count_against_the_number_of_keys,
    a_chain_of_rotations_is_no_way_past_the_number_of_keys,
    each_key_that_counts_has_one_free_rotation_at_a_time,
}

async fn a_chain_of_successors_never_outlives_what_the_provider_set(site: Site) {
    let expiring = NewKey {
        expires_at: in_days(30),
        ..manager()
    };
    let key = site.issue(expiring).await;
    let unlimited = site.issue(manager()).await;
    site.clock.advance(Duration::days(10));
    let no_grace = Rotation {
        grace: Duration::ZERO,
        expires_at: in_days(90),
    };
    // By itself, by its successor, and by a key that never ends.
    let second = rotate(site.by(&key), &key.id, no_grace).await.unwrap();
    let second = site.show(&second).await;
    assert_eq!(second.expires_at, ends(30));
    let third = rotate(site.by(&second), &second.id, with_grace(Duration::ZERO)).await;
    let third = site.show(&third.unwrap()).await;
    assert_eq!(third.expires_at, ends(30));
    let fourth = rotate(site.by(&unlimited), &third.id, no_grace).await;
    let fourth = site.show(&fourth.unwrap()).await;
    assert_eq!(fourth.expires_at, ends(30));
    assert!(fourth.provider_set.expiry, "it is still the provider's");
    // Nor does what it makes.
    let later = KeyRequest {
        expires_at: in_days(90),
        ..asked()
    };
    assert_eq!(made(&site, &fourth, later).await.expires_at, ends(30));

    // What the provider did not limit ends when the client says.
    let own = rotate(site.by(&unlimited), &unlimited.id, no_grace).await;
    let own = site.show(&own.unwrap()).await;
    assert_eq!((own.expires_at, own.provider_set.expiry), (ends(90), false));
}

async fn a_renewable_key_renews_itself(site: Site) {
    let expiring = NewKey {
        expires_at: in_days(30),
        ..manager()
    };
    let key = site.issue(expiring).await;
    site.set_policy(ClientPolicy {
        renewable: true,
        ..ClientPolicy::default()
    })
    .await;
    site.clock.advance(Duration::days(29));
    let much_later = Rotation {
        grace: Duration::HOUR,
        expires_at: in_days(400),
    };
    let second = rotate(site.by(&key), &key.id, much_later).await.unwrap();
    let second = site.show(&second).await;
    assert_eq!(
        second.expires_at,
        ends(59),
        "as long as before, and no longer"
    );
    assert!(second.provider_set.expiry);
    let made = made(&site, &second, asked()).await;
    assert_eq!(made.expires_at, ends(59), "but what it makes ends with it");
    let renewed = rotate(site.by(&made), &made.id, with_grace(Duration::ZERO)).await;
    let renewed = site.show(&renewed.unwrap()).await;
    assert_eq!(
        renewed.expires_at,
        ends(59),
        "as the client itself has limited it"
    );
}

async fn a_successor_counts_in_the_limits_of_who_made_it(site: Site) {
    let limited = || NewKey {
        rate_limit: "60/m".parse().ok(),
        ..manager()
    };
    let (caller, other) = (site.issue(limited()).await, site.issue(limited()).await);
    let successor = rotate(site.by(&caller), &other.id, with_grace(Duration::HOUR)).await;
    let successor = site.show(&successor.unwrap()).await;
    let shared: Vec<_> = successor
        .shared_rates
        .iter()
        .map(|bucket| &bucket.id)
        .collect();
    assert_eq!(
        shared,
        [&other.id, &caller.id],
        "else the caller would have gained a key beside its own"
    );
    // A key that rotates itself over and over does not collect limits.
    let mut key = caller;
    for _ in 0..20 {
        let next = rotate(site.by(&key), &key.id, with_grace(Duration::ZERO)).await;
        key = site.show(&next.unwrap()).await;
        assert!(key.shared_rates.len() < 3, "{:?}", key.shared_rates);
    }
}

async fn a_grace_is_extended_to_the_end_of_who_asks(site: Site) {
    let ending = NewKey {
        expires_at: in_days(3),
        ..manager()
    };
    let (caller, key) = (site.issue(ending).await, site.issue(manager()).await);
    drop(rotate(site.provider(), &key.id, with_grace(Duration::DAY)).await);
    let extended = site
        .by(&caller)
        .extend_rotation(&key.id, Duration::days(9))
        .await;
    assert_eq!(extended.unwrap().result.grace_ends_at, ends(3));
    // A key in its grace does not prolong its own life.
    let own = site.show(&key.id).await;
    let extended = site
        .by(&own)
        .extend_rotation(&own.id, Duration::days(9))
        .await;
    assert_eq!(extended.unwrap().result.grace_ends_at, ends(3));
    let unlimited = site.issue(manager()).await;
    drop(
        site.by(&unlimited)
            .extend_rotation(&key.id, Duration::days(9))
            .await
            .unwrap(),
    );
    let refused = site
        .by(&caller)
        .extend_rotation(&key.id, Duration::HOUR)
        .await;
    assert_eq!(
        code(refused),
        "beyond_own_rights",
        "it lives longer than the caller now"
    );
}

async fn a_rotation_does_not_count_against_the_number_of_keys(site: Site) {
    let key = site.issue(manager()).await;
    site.set_policy(ClientPolicy {
        max_keys: Some(1),
        ..ClientPolicy::default()
    })
    .await;
    let day = with_grace(Duration::DAY);
    let second = rotate(site.by(&key), &key.id, day).await.unwrap();
    let second = site.show(&second).await;
    // But a chain of graces does.
    assert_eq!(
        rotate(site.by(&second), &second.id, day).await,
        Err("max_keys")
    );
    assert_eq!(make(site.by(&second), asked()).await, Err("max_keys"));
    drop(site.by(&second).finish_rotation(&key.id).await.unwrap());
    let third = rotate(site.by(&second), &second.id, with_grace(Duration::ZERO)).await;
    let third = site.show(&third.unwrap()).await;
    // Disabled keys count, and the provider is not bound by it.
    site.set_policy(ClientPolicy {
        max_keys: Some(2),
        ..ClientPolicy::default()
    })
    .await;
    let other = make(site.by(&third), asked()).await.unwrap();
    drop(site.by(&third).disable(&other).await.unwrap());
    assert_eq!(make(site.by(&third), asked()).await, Err("max_keys"));
    site.issue(manager()).await;
}

async fn a_chain_of_rotations_is_no_way_past_the_number_of_keys(site: Site) {
    let day = with_grace(Duration::DAY);
    for (most, longest) in [(1, 2), (2, 4), (3, 6)] {
        site.set_policy(ClientPolicy {
            max_keys: Some(most),
            ..ClientPolicy::default()
        })
        .await;
        let owner = client(&format!("client-{most}"));
        let first = NewKey {
            scopes: Scope::OWN.into_iter().collect(),
            ..NewKey::for_client(owner.clone())
        };
        let mut chain = vec![site.issue(first).await];
        let mut refused = None;
        // Longer than any of these chains may become.
        while refused.is_none() && chain.len() < 10 {
            let last = &chain[chain.len() - 1];
            let rotated = rotate(site.by(last), &last.id, day).await;
            match rotated {
                Ok(next) => chain.push(site.show(&next).await),
                Err(code) => refused = Some(code),
            }
        }
        assert_eq!((chain.len(), refused), (longest, Some("max_keys")));
        let last = &chain[chain.len() - 1];
        let one_more = KeyRequest::for_client(owner);
        assert_eq!(make(site.by(last), one_more).await, Err("max_keys"));
        // The end of one grace makes room for another, and for no more.
        let finished = site.by(last).finish_rotation(&chain[0].id).await;
        drop(finished.unwrap());
        let next = rotate(site.by(last), &last.id, day).await.unwrap();
        let next = site.show(&next).await;
        let again = rotate(site.by(&next), &next.id, day).await;
        assert_eq!(again, Err("max_keys"), "{most}");
    }
}

async fn each_key_that_counts_has_one_free_rotation_at_a_time(site: Site) {
    site.set_policy(ClientPolicy {
        max_keys: Some(3),
        ..ClientPolicy::default()
    })
    .await;
    let day = with_grace(Duration::DAY);
    let (first, other) = (site.issue(manager()).await, site.issue(manager()).await);
    let second = rotate(site.by(&first), &first.id, day).await.unwrap();
    // The third of the chain counts beside the first, and has a rotation of its own.
    let third = rotate(site.by(&first), &second, day).await.unwrap();
    assert_eq!(make(site.by(&first), asked()).await, Err("max_keys"));
    let fourth = rotate(site.by(&first), &third, day).await.unwrap();
    let of_other = rotate(site.by(&first), &other.id, day).await.unwrap();
    for id in [&fourth, &of_other] {
        assert_eq!(
            rotate(site.by(&first), id, day).await,
            Err("max_keys"),
            "its predecessor is in grace"
        );
    }
    // Without the second, the third follows on none that is live, and counts as before.
    drop(site.by(&first).revoke(&second, None).await.unwrap());
    assert_eq!(make(site.by(&first), asked()).await, Err("max_keys"));
    drop(site.by(&first).revoke(&third, None).await.unwrap());
    assert_eq!(
        make(site.by(&first), asked()).await,
        Err("max_keys"),
        "now the fourth does"
    );
    drop(site.by(&first).revoke(&fourth, None).await.unwrap());
    make(site.by(&first), asked()).await.unwrap();
    assert_eq!(make(site.by(&first), asked()).await, Err("max_keys"));
}
