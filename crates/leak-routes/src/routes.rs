use crate::{
    GitHub,
    bounds::OpaqueBound,
    described::{LabelledToken, ReportedToken},
    github::NotTaken,
    reports::{self, Reported},
};
use actix_web::{
    HttpRequest, HttpResponse,
    guard::{self, GuardContext},
    http::StatusCode,
    web,
};
use central_logger_http_api::{
    Problem,
    body::read_small,
    idempotency::{SafeToRepeat, check},
    route::resource,
};
use central_logger_key_activity::AlertRaising;
use central_logger_key_store::{Actor, ActorKind, Via};
use central_logger_leaked_keys::LeakHandler;
use central_logger_operation_routes::{
    Asking, Gates, OperationRoutes, network, problems::of_operation,
};
use central_logger_operations::Caller;
use std::sync::Arc;

/// The pattern of the route.
pub const PATTERNS: [&str; 1] = ["/api/v1/leaks"];

/// Which of GitHub's keys has signed a request, and its signature.
const KEY: &str = "github-public-key-identifier";
const SIGNATURE: &str = "github-public-key-signature";

/// What reports are answered from, and the route over it.
#[derive(Clone)]
pub struct LeakRoutes {
    /// What all requests for operations are answered from.
    pub shared: OperationRoutes,
    /// What becomes of alerts.
    pub alerts: AlertRaising,
    /// What knows GitHub, if its reports are taken.
    pub github: Option<Arc<GitHub>>,
    /// How many slow hashes reports may cost.
    bound: Arc<OpaqueBound>,
}

impl LeakRoutes {
    /// Makes the routes, which take reports of GitHub if they know it.
    pub fn new(shared: OperationRoutes, alerts: AlertRaising, github: Option<Arc<GitHub>>) -> Self {
        Self {
            shared,
            alerts,
            github,
            bound: Arc::default(),
        }
    }

    /// Mounts the route.
    pub fn configure(&self, app: &mut web::ServiceConfig) {
        let Gates { write, .. } = self.shared.gates();
        let [leaks] = PATTERNS;
        app.app_data(web::Data::new(self.clone()))
            .app_data(web::Data::new(self.shared.clone()))
            .service(
                resource(leaks)
                    .route(
                        web::post()
                            .guard(guard::fn_guard(is_of_github))
                            .to(report_of_github),
                    )
                    .route(web::post().to(report).wrap(write)),
            );
    }

    /// Deals with each token in turn, and says what it is.
    async fn handle(&self, reported: Vec<Reported>, actor: Actor) -> Result<HttpResponse, Problem> {
        let opaque = reported.iter().filter(|one| one.report.is_opaque()).count();
        if let Err(wait) = self.bound.count(opaque, &*self.shared.clock) {
            let detail = "Too many keys without an id in them were reported: nothing was changed";
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, detail);
            return Err(problem.with_retry_after(wait));
        }
        let static_entries = self.shared.static_entries().await?;
        let handler = LeakHandler {
            operations: self.shared.operations(Caller::Provider(actor)),
            static_entries: &static_entries,
            alerts: self.alerts,
        };
        let mut labelled = Vec::new();
        for one in reported {
            let handled = handler.handle(&one.report).await;
            labelled.push(one.labelled(handled.map_err(of_operation)?));
        }
        Ok(HttpResponse::Ok().json(labelled))
    }
}

fn is_of_github(request: &GuardContext<'_>) -> bool {
    request.head().headers().contains_key(KEY)
}

fn actor(of: Option<&str>, name: &str, request: &HttpRequest) -> Actor {
    let actor = Actor::of(ActorKind::Server, of, name).coming_via(Via::Http);
    match network(request) {
        Some(network) => actor.from_network(&network),
        None => actor,
    }
}

/// Report leaked keys
///
/// Each text that is a key is dealt with as the provider has set for its client: it is revoked unless told
/// otherwise, disabled, or left as it is. In any case an alert is raised. The answer comes when no server
/// accepts what was taken away, and says of each text whether it is a key, in the order in which they were sent.
/// A report can be repeated: what was taken away stays so, and is labelled as before.
///
/// Requires the scope `provider:write`, or the signature of GitHub's secret scanning, if the operator has set that.
#[utoipa::path(
    post,
    path = "/api/v1/leaks",
    operation_id = "reportLeakedKeys",
    tag = "provider",
    params(
        SafeToRepeat,
        ("Github-Public-Key-Identifier" = Option<String>, Header, description = "The key that GitHub has signed the body with."),
        ("Github-Public-Key-Signature" = Option<String>, Header, description = "The signature, in base64."),
    ),
    request_body(
        content = Vec<ReportedToken>,
        example = json!([{"token": "cl_live_4fzyo82mvyi1_x", "type": "central_logger", "url": "https://github.com/acme/billing/blob/main/.env", "source": "content"}]),
    ),
    responses(
        (status = 200, description = "What each text is.", body = Vec<LabelledToken>),
        (status = 400), (status = 408), (status = 409), (status = 413), (status = 415), (status = 422), (status = 429),
    ),
)]
pub(crate) async fn report(
    asking: Asking,
    routes: web::Data<LeakRoutes>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    check(&request)?;
    let body = read_small(&request, payload).await?;
    let actor = actor(Some(asking.principal.as_str()), "leak report", &request);
    routes.handle(reports::read(&body)?, actor).await
}

async fn report_of_github(
    routes: web::Data<LeakRoutes>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    routes.take_from_github(&request, payload).await
}

impl LeakRoutes {
    async fn take_from_github(
        &self,
        request: &HttpRequest,
        payload: web::Payload,
    ) -> Result<HttpResponse, Problem> {
        let unsigned = || Problem::new(StatusCode::UNAUTHORIZED, "Invalid signature");
        let header = |name| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let (Some(github), Some(key), Some(signature)) =
            (&self.github, header(KEY), header(SIGNATURE))
        else {
            return Err(unsigned());
        };
        let body = read_small(request, payload).await?;
        github
            .check(key, signature, &body)
            .await
            .map_err(|reason| match reason {
                NotTaken::Unsigned => unsigned(),
                NotTaken::Replayed => Problem::new(
                    StatusCode::CONFLICT,
                    "This report was taken before: nothing was changed",
                ),
                NotTaken::NoKeys => Problem::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The keys of GitHub cannot be fetched at the moment: please try again",
                ),
            })?;
        let actor = actor(None, "GitHub secret scanning", request);
        let answer = self.handle(reports::read(&body)?, actor).await?;
        github.remember(&body);
        Ok(answer)
    }
}
