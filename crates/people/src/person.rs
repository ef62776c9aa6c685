use crate::{
    Console, Refused, address,
    door::{asking, console, gate, of_session},
    submitted::SignedIn,
};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::StatusCode, web::Data};
use central_logger_auth::{AnyPrincipal, Principal, SessionKind};
use central_logger_auth_actix::Head;
use central_logger_http_api::Problem;
use central_logger_key_store::quota::Quota;
use central_logger_keys::{ClientId, Scope};
use central_logger_log_pages as log_pages;
use central_logger_operations::Operations;
use central_logger_pages::{
    Failure, Page,
    banner::{self, Link, banner, hint},
    form, line,
    time::minute,
};
use central_logger_sessions::{FormToken, Session};
use central_logger_tenant_logs::TenantLogs;
use central_logger_text::PlainText;
use maud::{Markup, html};
use std::{future::Future, pin::Pin};
use time::OffsetDateTime;

/// A person of a client, signed in, and all that the person may ask.
pub struct Person {
    principal: Principal,
    session: Session,
    /// What forms carry.
    pub form_token: FormToken,
    /// What the person may do with keys.
    pub operations: Operations,
    /// The logs of the client.
    pub logs: TenantLogs,
    /// What pages are made from.
    pub console: Data<Console>,
    /// When the page was asked for.
    pub now: OffsetDateTime,
}

const LINKS: [Link; 9] = [
    ("Workflows", address::WORKFLOWS),
    ("Incidents", address::INCIDENTS),
    ("Channels", address::CHANNELS),
    ("Logs", log_pages::PATH),
    ("Keys", address::KEYS),
    ("Usage", address::USAGE),
    ("Intake", address::INTAKE),
    ("Alerts", address::ALERTS),
    ("Sessions", address::SESSIONS),
];

impl Person {
    async fn of(request: HttpRequest) -> Result<Self, Refused> {
        let console = console(&request)?;
        let admitted = gate(&console).admit(&Head(&request)).await;
        let admitted = admitted.map_err(|rejection| Refused::by_gate(&request, &rejection))?;
        let principal = admitted.ok_or_else(|| Refused::signed_out(&request))?;
        let (session, form_token) =
            of_session(&console, &request, SessionKind::Client, principal.session())?;
        request.extensions_mut().insert(principal.clone());
        let asking = asking(&request).await?;
        let client = principal.client_id().clone();
        Ok(Self {
            now: asking.now(),
            logs: TenantLogs::new(&console.ingestor, client),
            operations: asking.operations,
            principal,
            session,
            form_token,
            console,
        })
    }

    /// The client.
    pub fn client(&self) -> &ClientId {
        self.principal.client_id()
    }

    /// What all keys of the client together may do.
    pub fn quota(&self) -> Quota {
        self.principal.quota()
    }

    /// The session.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The person as other routes know it.
    pub fn principal(&self) -> AnyPrincipal {
        AnyPrincipal::Client(self.principal.clone())
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
        if self.may(&scope) {
            return Ok(());
        }
        let detail = format!(
            "This page needs a session with the scope {scope}: sign in with a key that has it, or ask your provider for a \
             link"
        );
        let failure = Failure::new(StatusCode::FORBIDDEN, detail);
        Err(failure.below(self.banner("")))
    }

    /// A page for this person. `current` is the address of its part of the console.
    pub fn page(&self, title: &str, current: &str, content: Markup) -> Page {
        let content = html! {
            @if self.session.by_provider { (self.seen_by_provider()) }
            (content)
        };
        let page = Page::new(title, content).with_script();
        page.below(self.banner(current))
    }

    fn seen_by_provider(&self) -> Markup {
        hint(html! {
            p {
                strong { "You see this as " (line(self.client().as_str())) " sees it" }
                ", reading only, until " (minute(self.session.ends_at)) ". The client sees this session in its list."
            }
            (form::button(address::SIGN_OUT, &self.form_token, "End it now"))
        })
    }

    /// An error, for this person.
    pub fn failed(&self, problem: impl Into<Problem>) -> Failure {
        Failure::from(problem.into()).below(self.banner(""))
    }

    fn banner(&self, current: &str) -> Markup {
        let sign_out = form::button(address::SIGN_OUT, &self.form_token, "Sign out");
        let signed_in = banner::SignedIn {
            owner: self.client().as_str(),
            name: self.session.name.as_ref().map(PlainText::as_str),
            sign_out,
        };
        banner(&LINKS, current, &signed_in)
    }
}

impl FromRequest for Person {
    type Error = Refused;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refused>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(Self::of(request.clone()))
    }
}

impl SignedIn for Person {
    fn form_token(&self) -> &FormToken {
        &self.form_token
    }
}
