//! The middleware among others, and in a server.

use actix_web::{
    App, Error, HttpServer,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue},
    middleware::{Next, from_fn},
    test::{TestRequest, call_service, init_service},
    web,
};
use central_logger_auth::Authenticator;
use central_logger_auth_actix::{ApiKeyAuth, Caller};
use central_logger_static_keys::{ApiKeys, StaticKeys};
use central_logger_times::{Clock, SystemClock};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
};

fn auth() -> ApiKeyAuth {
    let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#).unwrap();
    let keys = StaticKeys::new(&keys, SystemClock.now());
    ApiKeyAuth::new(Arc::new(Authenticator::new(Arc::new(keys))))
}

async fn hello(caller: Caller) -> String {
    format!("Hello {}", caller.client_id())
}

/// What middleware for CORS does: nothing for a request that is answered by an `Err`.
async fn allow_all_origins<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let (name, all) = (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response.headers_mut().insert(name, all);
    Ok(response)
}

#[actix_web::test]
async fn outer_middleware_gets_refusals_as_responses() {
    let app = App::new()
        .route("/hello", web::get().to(hello))
        .wrap(auth())
        .wrap(from_fn(allow_all_origins));
    let app = init_service(app).await;
    for (key, status) in [("xyz789_real_key", 200), ("unknown", 401)] {
        let request = TestRequest::get().uri("/hello");
        let request = request.insert_header(("X-API-Key", key)).to_request();
        let answer = call_service(&app, request).await;
        assert_eq!(answer.status(), status);
        let allowed = answer.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!(allowed.unwrap(), "*");
    }
}

#[actix_web::test]
async fn what_is_made_outside_serves_in_every_worker() {
    let auth = auth();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = HttpServer::new(move || {
        App::new().route("/hello", web::get().to(hello).wrap(auth.clone()))
    });
    let server = server
        .workers(2)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
    let handle = server.handle();
    let served = tokio::spawn(server);
    // Workers take connections in turn.
    for _ in 0..4 {
        let asked = tokio::task::spawn_blocking(move || {
            let mut connection = TcpStream::connect(address).unwrap();
            let request = "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                           X-API-Key: xyz789_real_key\r\n\r\n";
            connection.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            connection.read_to_string(&mut answer).unwrap();
            answer
        });
        let answer = asked.await.unwrap();
        assert!(answer.ends_with("\r\n\r\nHello acme_corp"), "{answer}");
    }
    handle.stop(true).await;
    served.await.unwrap().unwrap();
}
