//! Other ways to log.

use crate::{
    PATIENCE, builder,
    scripted_server::{ScriptedServer, stored},
};
use central_logger_client::{Client, Entry};
use serde_json::Value;
use std::{convert::Infallible, time::Duration};
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};

const LATER: Duration = Duration::from_secs(3600);

/// What arrives of what a test logs.
fn entries(log: impl FnOnce(&Client)) -> Vec<Value> {
    let server = ScriptedServer::start(|_, _| stored());
    let client = builder(&server.url).linger(LATER).build();
    log(&client);
    assert!(client.flush(PATIENCE));
    server
        .requests(1)
        .into_iter()
        .flat_map(|request| request.entries)
        .collect()
}

#[test]
fn events_have_the_fields_of_their_spans() {
    let entries = entries(|client| {
        let _guard = tracing_subscriber::registry()
            .with(client.tracing_layer())
            .set_default();
        let outer = tracing::info_span!(
            "import",
            table = "orders",
            rows = 1,
            workflow = "nightly",
            late = tracing::field::Empty
        );
        let _outer = outer.enter();
        outer.record("late", true);
        let _inner = tracing::info_span!("part", part = 2_u8, status = 200).entered();
        tracing::warn!(rows = 3, id = "x", ratio = f64::NAN, "nearly {}", "done");
        tracing::info!(status = "SUCCESS", "done");
    });
    let entry = &entries[0];
    assert_eq!(
        (&entry["message"], &entry["status"]),
        (&"nearly done".into(), &"WARN".into())
    );
    assert_eq!(
        (&entry["table"], &entry["part"], &entry["late"]),
        (&"orders".into(), &2.into(), &true.into())
    );
    assert_eq!(
        (&entry["rows"], &entry["ratio"]),
        (&3.into(), &"NaN".into()),
        "the event decides"
    );
    assert_eq!(
        (&entry["field.id"], &entry["field.status"]),
        (&"x".into(), &200.into())
    );
    assert_eq!(entry["spans"], serde_json::json!(["import", "part"]));
    assert_eq!(
        (&entry["workflow"], &entry["target"]),
        (&"nightly".into(), &module_path!().into())
    );
    assert_eq!(entries[1]["status"], "SUCCESS");
}

#[test]
fn repeats_are_counted() {
    let entries = entries(|client| {
        let layer = client.tracing_layer().repeats_per_second(3);
        let _guard = tracing_subscriber::registry().with(layer).set_default();
        (0..1000).for_each(|n| tracing::info!(n, "again"));
        tracing::info!("another place");
    });
    let again = entries
        .iter()
        .filter(|entry| entry["message"] == "again")
        .count();
    assert!((3..500).contains(&again), "{again}");
    assert_eq!(entries.last().unwrap()["message"], "another place");
}

#[test]
fn records_of_log_are_entries() {
    let entries = entries(|client| {
        log::set_boxed_logger(Box::new(client.log_bridge())).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        log::error!(target: "here", "it failed");
    });
    let logged: Vec<_> = entries
        .iter()
        .filter(|entry| entry["target"] == "here")
        .collect();
    assert_eq!(
        (&logged[0]["status"], &logged[0]["message"]),
        (&"ERROR".into(), &"it failed".into())
    );
    let own = |entry: &&Value| entry["target"].as_str().unwrap().starts_with("ureq");
    assert_eq!(
        entries.iter().filter(own).count(),
        0,
        "no requests about requests"
    );
}

#[test]
fn runs_have_a_start_and_an_end() {
    let entries = entries(|client| {
        let run = client.start_run(Entry::new("begins").workflow("w").with("part", 1));
        client.log(run.entry("goes on"));
        run.succeed(Entry::new("done"));
        client
            .start_run(Entry::default())
            .fail("Timeout", "too late", Entry::default());
        drop(client.start_run(Entry::default()));
    });
    let of = |name: &str| {
        entries
            .iter()
            .map(|entry| entry[name].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of("status"),
        [
            "RUNNING", "INFO", "SUCCESS", "RUNNING", "FAILED", "RUNNING", "FAILED"
        ]
    );
    assert_eq!(of("run_id")[..3], vec![entries[0]["run_id"].clone(); 3]);
    assert_eq!(of("part")[..3], [1, 1, 1]);
    assert_eq!(of("message")[..3], ["begins", "goes on", "done"]);
    assert!(entries[2]["duration_ms"].is_u64());
    assert_eq!(
        entries[4]["error"],
        serde_json::json!({"type": "Timeout", "text": "too late"})
    );
    assert_eq!(entries[6]["error"]["type"], "dropped");
}

#[test]
fn requests_of_tower_are_runs() {
    use http::{Request, Response};
    use tower::{Layer, Service, service_fn};
    let entries = entries(|client| {
        let inner = service_fn(async |request: Request<u16>| {
            Ok::<_, Infallible>(
                Response::builder()
                    .status(*request.body())
                    .body(())
                    .unwrap(),
            )
        });
        let layer = client
            .tower_layer(|request: &Request<u16>| format!("{} /items/{{id}}", request.method()));
        let mut service = layer.layer(inner);
        block_on(service.call(Request::new(204))).unwrap();
        block_on(service.call(Request::new(503))).unwrap();
        drop(service.call(Request::new(200)));
    });
    let of = |name: &str| {
        entries
            .iter()
            .map(|entry| entry[name].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of("status"),
        [
            "RUNNING", "SUCCESS", "RUNNING", "FAILED", "RUNNING", "FAILED"
        ]
    );
    assert_eq!(of("workflow"), ["GET /items/{id}"; 6]);
    assert_eq!(
        of("http_status"),
        [
            Value::Null,
            204.into(),
            Value::Null,
            503.into(),
            Value::Null,
            Value::Null
        ]
    );
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

#[test]
fn requests_of_actix_are_runs() {
    use actix_web::{App, HttpResponse, test, web};
    let entries = entries(|client| {
        let runtime = actix_web::rt::System::new();
        runtime.block_on(async {
            let app = App::new()
                .wrap(client.actix_middleware())
                .route("/items/{id}", web::get().to(HttpResponse::NoContent))
                .route("/broken", web::get().to(HttpResponse::InternalServerError));
            let app = test::init_service(app).await;
            for path in ["/items/7", "/broken", "/none"] {
                test::call_service(&app, test::TestRequest::get().uri(path).to_request()).await;
            }
        });
    });
    let of = |name: &str| {
        entries
            .iter()
            .map(|entry| entry[name].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of("status"),
        [
            "RUNNING", "SUCCESS", "RUNNING", "FAILED", "RUNNING", "SUCCESS"
        ]
    );
    assert_eq!(of("http_status")[1], 204);
    assert_eq!(
        (&entries[0]["workflow"], &entries[0]["route"]),
        (&"GET /items/{id}".into(), &"/items/{id}".into())
    );
    assert_eq!(entries[5]["http_status"], 404);
}
