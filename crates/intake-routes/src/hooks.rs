//! Webhooks, at the id of a mapping.

use crate::{
    Intake,
    append::{Arrived, read},
    mappings::of_mappings,
};
use actix_web::{Error, HttpRequest, HttpResponse, http::StatusCode, http::header, web};
use central_logger_auth::{Principal, Refusal, Rejection, RequestHead, SignedSender};
use central_logger_auth_actix::{Caller, CallerRejection, Head};
use central_logger_http_api::{
    Problem,
    body::{AnyBody, MAX_BODY},
};
use central_logger_intake::HOOK;
use central_logger_intake_mappings::{Mapping, MappingId};
use central_logger_keys::Scope;

/// Where the signature of a body stands.
const SIGNATURE: &str = "x-hub-signature-256";

/// Store what a webhook says
///
/// Takes any JSON object, or an array of them, and makes entries of them by the rules of the mapping. A sender
/// without a key is known by `X-Hub-Signature-256`: `sha256=` and the HMAC-SHA256 of the body, with the secret
/// that was shown when the mapping was made, as GitHub signs. The id of the delivery, as in
/// `X-GitHub-Delivery`, is the `event_id`.
///
/// Requires the scope `logs:write`, or a signature.
#[utoipa::path(
    post,
    path = "/hooks/{mapping}",
    operation_id = "sendWebhook",
    tag = "shippers",
    params(
        ("mapping" = String, Path, description = "The id of the mapping."),
        ("X-Hub-Signature-256" = Option<String>, Header, description = "The signature, where there is no key."),
    ),
    request_body(content = Object, content_type = "application/json"),
    responses(
        (status = 201, description = "Stored.", body = HookReceipt),
        (status = 400), (status = 404), (status = 408), (status = 413), (status = 415), (status = 422),
    ),
    security(("ApiKey" = []), ("Bearer" = []), ()),
)]
pub(crate) async fn receive(
    caller: Option<Caller>,
    intake: web::Data<Intake>,
    mapping: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Error> {
    let id = mapping.parse::<MappingId>().ok();
    let (caller, mapping, body) = match caller {
        Some(caller) => {
            let own = id.filter(|id| id.client() == caller.client_id());
            let mapping = match own {
                Some(id) => intake.mappings.hook(&id).await.map_err(of_mappings)?,
                None => None,
            };
            let mapping = mapping.ok_or_else(|| {
                Problem::new(StatusCode::NOT_FOUND, "There is no mapping with this id")
            })?;
            let body = read(&intake, caller.client_id(), &request, payload, MAX_BODY).await?;
            (caller.into_principal(), mapping, body)
        }
        None => signed(&intake, id, &request, payload).await?,
    };
    let arrived = Arrived {
        protocol: HOOK,
        caller,
        request,
        body,
        rules: mapping.rules,
    };
    Ok(arrived.answer(&intake).await?)
}

/// The ids of what was stored.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "described only")]
pub(crate) struct HookReceipt {
    ids: Vec<String>,
}

/// Finds out by the signature who sends.
async fn signed(
    intake: &Intake,
    id: Option<MappingId>,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<(Principal, Mapping, AnyBody), Error> {
    let refused = |refusal: Refusal| Error::from(CallerRejection::from(Rejection::from(refusal)));
    let head = Head(request);
    let signature = request.headers().get(SIGNATURE);
    let Some(signature) = signature.and_then(|value| value.to_str().ok()) else {
        return Err(refused(Refusal::Missing));
    };
    let proxies = intake.authenticator.trusted_proxies();
    let origin = proxies.origin(head.peer(), head.header("x-forwarded-for"));
    let mut arrived = None;
    let prove = async {
        let mapping = match id {
            Some(id) => intake.mappings.hook(&id).await.map_err(of_mappings)?,
            None => None,
        };
        let Some(mapping) = mapping else {
            return Ok(None);
        };
        if request.headers().contains_key(header::CONTENT_ENCODING) {
            let detail = "A body that is signed is sent as it is, without Content-Encoding";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        let body = read(intake, mapping.id.client(), request, payload, MAX_BODY).await?;
        if !mapping.secret.has_signed(&body.bytes, signature) {
            return Ok(None);
        }
        let sender = sender(&mapping);
        arrived = Some((mapping, body));
        Ok(sender)
    };
    let judged = intake.authenticator.authenticate_signed(origin, prove);
    let principal = judged.await?.map_err(refused)?;
    // Nobody is admitted of whom nothing has arrived.
    let (mapping, body) = arrived.ok_or_else(|| refused(Refusal::Missing))?;
    Ok((principal, mapping, body))
}

/// In counts and events it has a name in the place of a key's id.
fn sender(mapping: &Mapping) -> Option<SignedSender> {
    let random = &mapping.id.random()[..12];
    Some(SignedSender {
        client: mapping.id.client().clone(),
        id: format!("hook-{random}").parse().ok()?,
        since: mapping.created_at,
        scope: Scope::LOGS_WRITE,
    })
}
