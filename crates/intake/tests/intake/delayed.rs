//! What is answered when the entries were read and cannot be stored now.

use central_logger_intake::{ELASTIC, Head, Refusal, Stored};
use serde_json::{Value, json};
use time::macros::datetime;

const BODY: &str = "{\"create\":{\"_index\":\"logs\",\"_id\":\"7\"}}\n{\"message\":\"x\"}\n\
                    {\"index\":{}}\n[]\n";

fn delayed(client: &str, status: u16) -> (u16, Value) {
    let head = Head::new("POST", "/_bulk", "")
        .with_header("content-type", b"application/json")
        .with_header("x-elastic-client-meta", client.as_bytes());
    let batch = ELASTIC.read(&head, BODY.as_bytes(), datetime!(2026-03-01 12:00 UTC));
    let (_, items) = batch.unwrap().into_parts();
    let refusal = Refusal::new(status, "later");
    let reply = ELASTIC.delayed(&head, &refusal, &items).unwrap();
    (reply.status, serde_json::from_slice(&reply.body).unwrap())
}

#[test]
fn what_is_to_be_sent_again_is_told_by_the_status_and_by_that_of_each_item() {
    for status in [429, 503] {
        let (answered, answer) = delayed("es=9.5.1,py=3.11.2,t=9.2.0,ur=2.5.0,h=bp", status);
        assert_eq!(answered, status);
        assert_eq!(answer["status"], status);
        assert_eq!(answer["error"]["reason"], "later");
        assert_eq!(answer["errors"], true);
        let item = &answer["items"][0]["create"];
        assert_eq!(
            (&item["_index"], &item["_id"]),
            (&json!("logs"), &json!("7"))
        );
        assert_eq!(item["status"], status);
        assert_eq!(item["error"]["type"], answer["error"]["type"]);
        assert_eq!(item.get("result"), None);
        let wrong = &answer["items"][1]["index"];
        assert_eq!(wrong["status"], 400, "it is refused for good");
    }
}

#[test]
fn the_helper_of_the_javascript_client_is_told_of_items_alone() {
    for status in [429, 503] {
        let (answered, answer) = delayed("es=8.19.2,js=22.1.0,t=8.11.0,hc=22.1.0,h=bp", status);
        assert_eq!(answered, 200);
        assert_eq!((answer.get("status"), answer.get("error")), (None, None));
        assert_eq!(answer["errors"], true);
        for (number, action) in ["create", "index"].into_iter().enumerate() {
            let item = &answer["items"][number][action];
            assert_eq!(item["status"], 429, "the same body is sent again");
            assert_eq!(item["error"]["type"], "es_rejected_execution_exception");
        }
    }
    let (answered, _) = delayed("es=8.19.2,js=22.1.0,t=8.11.0,hc=22.1.0", 429);
    assert_eq!(answered, 429, "without the helper");
}

#[test]
fn a_single_document_has_no_items() {
    let head = Head::new("POST", "/logs/_doc", "");
    let refusal = Refusal::new(503, "later");
    assert_eq!(ELASTIC.delayed(&head, &refusal, &Stored::default()), None);
}
