//! Sign-in links by mail, for people of a client at the address that the provider has stored.

use crate::{
    SessionRoutes, asking_limits::AskingLimits, problem::no_console, view::NameOfNoEffect,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{self, Data},
};
use central_logger_client_records::ClientRecord;
use central_logger_http_api::{Members, Problem, body::read_small, idempotency::check, text};
use central_logger_key_store::{Actor, KeyAdmin, Via};
use central_logger_keys::{KeyOwner, Scope, Scopes};
use central_logger_mail::{MailAddress, Mailer, Template};
use central_logger_operations::sessions::{NewSignInLink, SessionOperations};
use central_logger_text::Report;
use central_logger_times::Clock;
use std::{fmt, sync::Arc};
use tokio::sync::Semaphore;
use utoipa::ToSchema;

/// What mails sign-in links.
pub struct MailSignIn {
    mailer: Mailer,
    /// Where people reach the server. Never what a request says: a link must not lead elsewhere.
    base_url: String,
    limits: AskingLimits,
    at_work: Semaphore,
}

/// The most clients with the same address that it gets links for.
const MOST_CLIENTS: usize = 5;
/// The most requests that are worked on at a time.
const AT_A_TIME: usize = 8;

impl MailSignIn {
    /// Mails links that lead to `base_url`.
    pub fn new(mailer: Mailer, base_url: String) -> Self {
        Self {
            mailer,
            base_url,
            limits: AskingLimits::default(),
            at_work: Semaphore::new(AT_A_TIME),
        }
    }
}

/// An address that a sign-in link is to be mailed to.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "its fields are only described")]
pub(crate) struct SignInMail {
    /// The address.
    #[schema(min_length = 3, max_length = 254)]
    mail: String,
}

/// Ask for a sign-in link by mail
///
/// If the provider has stored the address for a client, a link is mailed to it, which is good for 15 minutes. The
/// answer is the same for any address. A repeat mails another link, of which an address gets few
/// in an hour.
#[utoipa::path(
    post,
    path = "/api/v1/sign-in-mails",
    operation_id = "mailSignInLink",
    tag = "server",
    params(NameOfNoEffect),
    request_body(content = SignInMail, example = json!({"mail": "ops@acme.example"})),
    responses(
        (status = 202, description = "If the address is known, a link is on its way."),
        (status = 400), (status = 408), (status = 409), (status = 413), (status = 415), (status = 422), (status = 429),
    ),
)]
pub(crate) async fn ask(
    routes: Data<SessionRoutes>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    check(&request)?;
    let body = read_small(&request, payload).await?;
    let mut members = Members::parse(&body)?;
    let address = members.need("mail", text::<MailAddress>);
    members.finish()?;
    if let Some(address) = address {
        routes.mail_link(&address, &request)?;
    }
    Ok(HttpResponse::Accepted().finish())
}

impl SessionRoutes {
    /// Mails a sign-in link to this address, if the provider has stored it for a client. Nothing that the caller
    /// can see depends on that.
    ///
    /// # Errors
    /// When no mail is sent here, or this network has asked too often.
    pub fn mail_link(&self, address: &MailAddress, request: &HttpRequest) -> Result<(), Problem> {
        if !self.has_console {
            return Err(no_console());
        }
        let Some(mail) = self.mail.clone() else {
            let detail = "This server sends no mail: ask your provider for a sign-in link";
            return Err(Problem::new(StatusCode::CONFLICT, detail));
        };
        let now = self.clock.elapsed();
        if let Err(wait) = mail.limits.count(self.nearest(request), now) {
            let detail = "Too many sign-in links were asked for from here";
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, detail);
            return Err(problem.with_retry_after(wait));
        }
        let actor = Actor::server("sign-in by mail").coming_via(Via::Http);
        let task = Asked {
            operations: self.operations_of(actor, request),
            keys: Arc::clone(&self.keys),
            clock: Arc::clone(&self.clock),
            address: address.clone(),
            mail,
        };
        // Beside the request, which would tell by its time whether the address is known.
        tokio::spawn(task.work());
        Ok(())
    }
}

/// A link that somebody has asked for.
struct Asked {
    operations: SessionOperations,
    keys: Arc<dyn KeyAdmin>,
    clock: Arc<dyn Clock>,
    address: MailAddress,
    mail: Arc<MailSignIn>,
}

impl Asked {
    async fn work(self) {
        let Ok(_at_work) = self.mail.at_work.acquire().await else {
            return;
        };
        let book = match self.keys.clients(None).await {
            Ok(book) => book,
            Err(error) => {
                let error = Report(&error).to_string();
                return tracing::warn!(error, "a sign-in link could not be mailed");
            }
        };
        let is_it = |record: &&ClientRecord| {
            let mail = record.mail.as_deref();
            mail.is_some_and(|mail| mail.eq_ignore_ascii_case(self.address.as_str()))
        };
        let mut records = book.records.values().filter(is_it).peekable();
        if records.peek().is_none() || !self.may_send() {
            return tracing::info!("a sign-in link was asked for, and none is mailed");
        }
        for record in records.take(MOST_CLIENTS) {
            self.send(record).await;
        }
    }

    fn may_send(&self) -> bool {
        let now = self.clock.elapsed();
        self.mail.limits.may_send_to(&self.address, now)
    }

    async fn send(&self, record: &ClientRecord) {
        let reading = || Scopes::from(vec![Scope::LOGS_READ]);
        let link = NewSignInLink {
            scopes: Some(record.mail_scopes.clone().unwrap_or_else(reading)),
            name: self.address.as_str().parse().ok(),
            ..NewSignInLink::for_owner(KeyOwner::Client(record.id.clone()))
        };
        let made = self
            .operations
            .make_link(link, None, &self.mail.base_url)
            .await;
        let made = match made {
            Ok(made) => made,
            Err(error) => {
                let error = Report(&error).to_string();
                return tracing::warn!(client = %record.id, error, "no sign-in link could be made");
            }
        };
        let minutes = NewSignInLink::VALID.whole_minutes().to_string();
        let letter = Template::SIGN_IN.letter(&[
            (
                "client",
                record.name.as_deref().unwrap_or(record.id.as_str()),
            ),
            ("url", &made.url),
            ("minutes", &minutes),
        ]);
        let sent = match letter {
            // To the address as it is stored.
            Ok(letter) => self.mail.mailer.send(&self.address, &letter).await,
            Err(error) => Err(error),
        };
        match sent {
            Ok(()) => tracing::info!(client = %record.id, "a sign-in link was mailed"),
            Err(error) => {
                let error = Report(&error).to_string();
                tracing::warn!(client = %record.id, error, "a sign-in link could not be mailed");
            }
        }
    }
}

impl fmt::Debug for MailSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailSignIn")
            .field("mailer", &self.mailer)
            .finish_non_exhaustive()
    }
}
