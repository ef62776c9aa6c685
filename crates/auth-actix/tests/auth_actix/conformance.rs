//! The middleware and the extractor do what those of the other adapters do.

use actix_web::{
    App, HttpResponse,
    body::to_bytes,
    http::header::{CACHE_CONTROL, HeaderName, HeaderValue, VARY},
    test::{TestRequest, call_service, init_service},
    web,
};
use async_trait::async_trait;
use central_logger_auth::{
    Gate,
    conformance::{self, Adapter, Handler, NotesWrite, Received, Sent},
};
use central_logger_auth_actix::{ApiKeyAuth, Caller};

struct Actix;

async fn caller(caller: Caller) -> String {
    caller.client_id().to_string()
}

async fn writer(caller: Caller<NotesWrite>) -> String {
    caller.client_id().to_string()
}

async fn visitor(caller: Option<Caller>) -> String {
    caller.map_or("anonymous".to_owned(), |caller| {
        caller.client_id().to_string()
    })
}

async fn cacheable(caller: Caller) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .insert_header((VARY, "Accept"))
        .body(caller.client_id().to_string())
}

#[async_trait(?Send)]
impl Adapter for Actix {
    async fn send(&self, gate: Option<Gate>, handler: Handler, request: Sent) -> Received {
        let route = match handler {
            Handler::Caller => web::get().to(caller),
            Handler::Writer => web::get().to(writer),
            Handler::Visitor => web::get().to(visitor),
            Handler::Cacheable => web::get().to(cacheable),
        };
        let resource = web::resource("/{path:.*}");
        let app = App::new().configure(|app| {
            match gate {
                Some(gate) => app.service(resource.route(route.wrap(ApiKeyAuth::new(gate)))),
                None => app.service(resource.route(route)),
            };
        });
        let app = init_service(app).await;
        let mut sent = TestRequest::get().uri(&request.uri);
        for (name, value) in request.headers {
            let value = HeaderValue::from_bytes(&value).unwrap();
            sent = sent.append_header((HeaderName::try_from(name).unwrap(), value));
        }
        if let Some(peer) = request.peer {
            sent = sent.peer_addr((peer, 4711).into());
        }
        let answer = call_service(&app, sent.to_request()).await;
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
        Received {
            status: answer.status().as_u16(),
            headers: answer
                .headers()
                .iter()
                .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
                .collect(),
            body: text(&to_bytes(answer.into_body()).await.unwrap()),
        }
    }
}

#[actix_web::test]
async fn it_does_what_every_adapter_does() {
    conformance::run(&Actix).await;
}
