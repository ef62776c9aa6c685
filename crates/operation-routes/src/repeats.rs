//! Requests that their senders have named: each is carried out once, however often it is sent.

use crate::{Asking, problems::of_operation};
use actix_web::{
    HttpRequest,
    web::{Bytes, Payload},
};
use central_logger_http_api::{Members, Problem, body::read_small, idempotency};
use central_logger_key_store::NamedRequest;
use central_logger_keys::KeyId;
use central_logger_operations::{Change, Once, OperationError, Operations};

/// What a request for a change brings.
pub struct Sent {
    /// The members of its body.
    pub members: Members,
    /// The request by its name, if it has one.
    pub named: Option<NamedRequest>,
}

impl Asking {
    /// Reads the body and the name of a request for a change.
    ///
    /// # Errors
    /// When either cannot be read.
    pub async fn read(&self, request: &HttpRequest, payload: Payload) -> Result<Sent, Problem> {
        let body = read_small(request, payload).await?;
        Ok(Sent {
            named: named(&self.principal, request, &body)?,
            members: Members::parse(&body)?,
        })
    }

    /// Carries an operation out, unless that was done before for the same request.
    ///
    /// # Errors
    /// When the operation is refused or fails, or the name was used for another request.
    pub async fn once<T>(
        &self,
        named: Option<NamedRequest>,
        operation: impl AsyncFnOnce(Operations) -> Result<Change<T>, OperationError>,
    ) -> Result<Once<T>, Problem> {
        let once = self.operations.once(named, operation).await;
        once.map_err(of_operation)
    }
}

/// Returns the request of a principal by its name, if it has one. The same name stands for another request at
/// another route, and for another principal.
///
/// # Errors
/// When it has several names, or one that cannot be a name.
pub fn named(
    principal: &KeyId,
    request: &HttpRequest,
    body: &Bytes,
) -> Result<Option<NamedRequest>, Problem> {
    let key = idempotency::key(request)?;
    Ok(key.map(|key| {
        let pattern = request.match_pattern().unwrap_or_default();
        let route = format!("{} {pattern}", request.method());
        let sent = [request.path().as_bytes(), b"\n", body].concat();
        NamedRequest::new(principal.as_str(), &route, key.as_str(), &sent)
    }))
}
