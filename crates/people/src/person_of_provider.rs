use crate::{
    Console, Refused, address,
    door::{asking, console, gate, of_session},
    submitted::SignedIn,
};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::StatusCode, web::Data};
use central_logger_auth::{ProviderPrincipal, SessionKind};
use central_logger_auth_actix::Head;
use central_logger_http_api::Problem;
use central_logger_keys::Scope;
use central_logger_operation_routes::problems::of_operation;
use central_logger_operations::{OperationError, Operations};
use central_logger_pages::{
    Failure, Page,
    banner::{self, Link, banner},
    form,
};
use central_logger_sessions::{FormToken, Session};
use central_logger_text::PlainText;
use maud::Markup;
use std::{future::Future, pin::Pin};
use time::OffsetDateTime;

const LINKS: [Link; 6] = [
    ("Clients", address::provider::CLIENTS),
    ("Keys", address::provider::KEYS),
    ("Reveal links", address::provider::REVEAL_LINKS),
    ("Alerts", address::provider::ALERTS),
    ("Audit trail", address::provider::AUDIT),
    ("Servers", address::provider::SERVERS),
];

/// A person of the provider, signed in.
pub struct PersonOfProvider {
    /// The person as other routes know it.
    pub principal: ProviderPrincipal,
    /// The session.
    pub session: Session,
    /// What forms carry.
    pub form_token: FormToken,
    /// What the person may do.
    pub operations: Operations,
    /// What pages are made from.
    pub console: Data<Console>,
    /// When the page was asked for.
    pub now: OffsetDateTime,
}

impl PersonOfProvider {
    async fn of(request: HttpRequest) -> Result<Self, Refused> {
        let console = console(&request)?;
        let admitted = gate(&console).admit_provider(&Head(&request)).await;
        let admitted: ProviderPrincipal =
            admitted.map_err(|rejection| Refused::by_gate(&request, &rejection))?;
        let (session, form_token) = of_session(
            &console,
            &request,
            SessionKind::Provider,
            admitted.session(),
        )?;
        request.extensions_mut().insert(admitted.clone());
        let asking = asking(&request).await?;
        Ok(Self {
            now: asking.now(),
            operations: asking.operations,
            principal: admitted,
            session,
            form_token,
            console,
        })
    }

    /// Whether the session has a scope.
    pub fn may(&self, scope: &Scope) -> bool {
        self.principal.scopes().contains(scope)
    }

    /// Checks that the session has a scope.
    ///
    /// # Errors
    /// When it has not.
    pub fn need(&self, scope: Scope) -> Result<(), Failure> {
        match self.may(&scope) {
            true => Ok(()),
            false => {
                let detail = format!("This needs a session with the scope {scope}");
                Err(self.failed(Problem::new(StatusCode::FORBIDDEN, detail)))
            }
        }
    }

    /// An operation that was refused or has failed, for this person.
    pub fn refused(&self, error: OperationError) -> Failure {
        self.failed(of_operation(error))
    }

    /// An error, for this person.
    pub fn failed(&self, problem: impl Into<Problem>) -> Failure {
        Failure::from(problem.into()).below(self.banner(""))
    }

    /// A page for this person. `current` is the address of its part of the console.
    pub fn page(&self, title: &str, current: &str, content: Markup) -> Page {
        let page = Page::new(title, content).with_script();
        page.below(self.banner(current))
    }

    fn banner(&self, current: &str) -> Markup {
        let sign_out = form::button(address::SIGN_OUT, &self.form_token, "Sign out");
        let signed_in = banner::SignedIn {
            owner: "provider",
            name: self.session.name.as_ref().map(PlainText::as_str),
            sign_out,
        };
        banner(&LINKS, current, &signed_in)
    }
}

impl FromRequest for PersonOfProvider {
    type Error = Refused;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refused>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(Self::of(request.clone()))
    }
}

impl SignedIn for PersonOfProvider {
    fn form_token(&self) -> &FormToken {
        &self.form_token
    }
}
