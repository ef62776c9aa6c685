//! Lists of keys.

use super::stores::{Site, client, manager};
use central_logger_key_store::NewKey;
use central_logger_operations::{keys::KeyFilter, paging::PageRequest};
use time::Duration;

on_each_store! {
    pages_are_read_to_the_end,
    a_key_is_found_by_what_people_see_of_it,
}

async fn pages_are_read_to_the_end(site: Site) {
    let key = site.issue(manager()).await;
    let mut expected = vec![key.id.clone()];
    for _ in 0..5 {
        // Of the same millisecond, so that only the ids tell them apart.
        expected.push(site.issue(manager()).await.id);
    }
    expected.sort();
    site.clock.advance(Duration::SECOND);
    expected.push(site.issue(manager()).await.id);
    site.issue(NewKey::for_client(client("widget_co"))).await;
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = PageRequest { limit: 3, after };
        let page = site
            .by(&key)
            .page(&KeyFilter::default(), &page)
            .await
            .unwrap();
        found.extend(page.keys.into_iter().map(|key| key.key_id));
        after = page.next_cursor;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, expected);
}

async fn a_key_is_found_by_what_people_see_of_it(site: Site) {
    let named = NewKey {
        name: "Billing job".parse().ok(),
        ..manager()
    };
    let (key, _other) = (site.issue(named).await, site.issue(manager()).await);
    let find = async |part: &str| {
        let filter = KeyFilter {
            part: Some(part.to_owned()),
            ..KeyFilter::default()
        };
        let listed = site.by(&key).list(&filter).await.unwrap().keys;
        listed.into_iter().map(|key| key.key_id).collect::<Vec<_>>()
    };
    let id = key.id.as_str();
    let head = format!("cl_live_{id}");
    for part in [
        id,
        &id[2..9],
        "billing",
        "JOB",
        &head,
        &head[..16],
        &format!("{head}_secret0"),
    ] {
        assert_eq!(find(part).await, std::slice::from_ref(&key.id), "{part}");
    }
    for part in [
        format!("cl_test_{id}"),
        "cl_live_".to_owned(),
        "nothing".to_owned(),
    ] {
        assert!(find(&part).await.is_empty(), "{part}");
    }
}
