//! Clients in lists.

use super::full;
use crate::provider::{Provider, code, json, members};
use central_logger_keys::RefusalReason;
use central_logger_operations::clients::{ClientFilter, ClientOrder};
use time::Duration;

#[tokio::test]
async fn clients_are_found_ordered_and_listed_in_pages() {
    let provider = Provider::new();
    provider.set("acme_corp", &full()).await;
    provider.clock.advance(Duration::HOUR);
    provider.issue("widget_co").await.not_waiting();
    provider.count("static_co", None, 3, 30).await;
    provider.count("acme_corp", None, 1, 10).await;
    provider
        .count("acme_corp", Some(RefusalReason::Expired), 7, 0)
        .await;
    let by = |order| ClientFilter {
        order,
        ..ClientFilter::default()
    };
    let all = ["acme_corp", "static_co", "widget_co"];
    assert_eq!(provider.ids(&ClientFilter::default()).await, all);
    let by_entries = ["static_co", "acme_corp", "widget_co"];
    assert_eq!(provider.ids(&by(ClientOrder::Entries)).await, by_entries);
    assert_eq!(
        provider.ids(&by(ClientOrder::Refused)).await[0],
        "acme_corp"
    );
    let by_first = ["widget_co", "acme_corp", "static_co"];
    assert_eq!(provider.ids(&by(ClientOrder::FirstSeen)).await, by_first);

    let having = |q: &str| ClientFilter {
        q: Some(q.to_owned()),
        ..ClientFilter::default()
    };
    assert_eq!(provider.ids(&having("ACME corp.")).await, ["acme_corp"]);
    assert_eq!(provider.ids(&having("crm")).await, ["acme_corp"]);
    assert_eq!(provider.ids(&having("_co")).await.len(), 3);
    let external = |id: &str| ClientFilter {
        external_id: Some(id.to_owned()),
        ..ClientFilter::default()
    };
    assert_eq!(provider.ids(&external("crm-7")).await, ["acme_corp"]);
    assert!(provider.ids(&external("crm")).await.is_empty());

    let (mut filter, mut read) = (by(ClientOrder::Entries), Vec::new());
    filter.limit = Some(1);
    loop {
        let page = provider.operations.clients(&filter).await.unwrap();
        assert_eq!(members(&json(&page)), ["clients", "next_cursor"]);
        read.extend(
            page.clients
                .iter()
                .map(|client| client.client_id.to_string()),
        );
        let Some(next) = page.next_cursor else { break };
        filter.cursor = Some(next.to_string().parse().unwrap());
    }
    assert_eq!(read, by_entries);
    filter.order = ClientOrder::ClientId;
    filter.cursor = Some("entries_24h.-3.acme_corp".parse().unwrap());
    assert_eq!(
        code(provider.operations.clients(&filter).await),
        "invalid_cursor"
    );
    for text in [
        "",
        "acme_corp",
        "name.1.acme",
        "client_id.x.acme",
        "client_id.0.A",
    ] {
        assert!(
            text.parse::<central_logger_operations::clients::ClientCursor>()
                .is_err()
        );
    }
}
