//! A document that cannot be read costs what is in it, and nothing else.

use crate::site::{NOON, Site};
use central_logger_workflow_follower::Follower;
use central_logger_workflows::{Content, Document, DocumentKind, WorkflowStore, Write};
use time::Duration;

async fn document(site: &Site, kind: DocumentKind) -> Document {
    let found = site.store.find(&site.acme, kind, &site.name.key()).await;
    found.unwrap().unwrap()
}

/// A workflow with one run in the whole and another that was added, and then a document that cannot be read.
async fn broken(kind: DocumentKind) -> (Site, Follower) {
    let site = Site::new();
    let follower = site.follower();
    site.look(&follower).await;
    for run in ["a", "b"] {
        site.send("SUCCESS", Some(run)).await;
        site.look(&follower).await;
    }
    assert_eq!(site.view().await.unwrap().runs_24h, 2);
    let content = Content {
        body: "{".to_owned(),
        due_at: (kind == DocumentKind::State).then_some(NOON + Duration::days(30)),
    };
    let read = document(&site, kind).await;
    let write = Write::put(kind, site.name.key(), Some(&read), content);
    assert!(site.store.commit(&site.acme, &[write]).await.unwrap());
    (site, follower)
}

#[tokio::test]
async fn where_what_was_added_cannot_be_read_the_rest_is_known() {
    let (site, _) = broken(DocumentKind::Recent).await;
    assert_eq!(site.view().await.unwrap().runs_24h, 1);
    site.clock.advance(Follower::LEADERSHIP);
    let follower = site.follower();
    for (run, known) in [("c", 2), ("d", 3)] {
        site.send("SUCCESS", Some(run)).await;
        assert!(site.look(&follower).await);
        assert_eq!(site.view().await.unwrap().runs_24h, known);
    }
    let recent = document(&site, DocumentKind::Recent).await;
    assert_ne!(recent.body, "{");
}

#[tokio::test]
async fn where_what_was_added_cannot_be_read_the_rest_is_kept_as_if_it_ran_now() {
    let (site, follower) = broken(DocumentKind::Recent).await;
    for is_known in [true, false] {
        site.clock.advance(Duration::days(31));
        site.look(&follower).await;
        assert_eq!(site.view().await.is_some(), is_known);
    }
}

#[tokio::test]
async fn a_whole_that_cannot_be_read_is_not_thrown_away_by_time() {
    let (site, follower) = broken(DocumentKind::State).await;
    let recent = document(&site, DocumentKind::Recent).await;
    let before = document(&site, DocumentKind::State).await;
    site.clock.advance(Duration::days(31));
    for _ in 0..2 {
        site.look(&follower).await;
        let now = document(&site, DocumentKind::State).await;
        assert_eq!(now.body, before.body);
        // It is in nobody's way at each look.
        assert_eq!(now.revision, before.revision + 1);
        assert_eq!(document(&site, DocumentKind::Recent).await, recent);
    }
}
