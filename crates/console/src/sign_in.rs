//! The page on which people sign in, by a key.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{LOCATION, SET_COOKIE},
    },
    web::Payload,
};
use central_logger_auth::{AnyPrincipal, RequestHead, SessionKind};
use central_logger_auth_actix::Head;
use central_logger_http_api::{Parameters, body::read_form};
use central_logger_mail::MailAddress;
use central_logger_pages::{Failure, Page, banner};
use central_logger_people::{Console, Fields, Refused, address, console, gate, of_rejection};
use central_logger_session_routes::host;
use maud::{Markup, html};
use std::net::IpAddr;

const NEEDS_HTTPS: &str =
    "Signing in needs HTTPS: open this server by its https address, or on its own machine";

/// The form.
pub(crate) async fn page(
    request: HttpRequest,
    parameters: Parameters,
) -> Result<HttpResponse, Refused> {
    let console = console(&request)?;
    let fields = Fields(parameters.0);
    let notice = match fields.get("signed_out") {
        Some(_) => banner::done(html! { p { "You are signed out." } }),
        None => html! {},
    };
    let notice = match can_sign_in(&console, &request) {
        true => notice,
        false => Failure::new(StatusCode::CONFLICT, NEEDS_HTTPS).notice(),
    };
    let has_mail = console.sessions.mail.is_some();
    Ok(form(&fields, notice, has_mail).answer(StatusCode::OK))
}

/// Exchanges a key for a session.
pub(crate) async fn sign_in(
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Refused> {
    let console = console(&request)?;
    if !console.sessions.cookies.is_of_own_page(&Head(&request)) {
        return Err(Refused::foreign());
    }
    let fields = read_form(&request, payload).await;
    let fields = Fields(fields.map_err(|problem| Refused::Failed(problem.into()))?);
    let has_mail = console.sessions.mail.is_some();
    let again =
        |failure: Failure, status| Ok(form(&fields, failure.notice(), has_mail).answer(status));
    if let Some(mail) = fields.get("mail") {
        return match by_mail(&console, &request, mail) {
            Ok(()) => Ok(form(&fields, asked(), has_mail).answer(StatusCode::OK)),
            Err(failure) => {
                let status = failure.status();
                again(failure, status)
            }
        };
    }
    if !can_sign_in(&console, &request) {
        let failure = Failure::new(StatusCode::CONFLICT, NEEDS_HTTPS);
        return again(failure, StatusCode::CONFLICT);
    }
    let Some(key) = fields.get("key") else {
        let failure = Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "Enter a key");
        return again(failure, StatusCode::UNPROCESSABLE_ENTITY);
    };
    let head = WithKey {
        request: Head(&request),
        key,
    };
    match gate(&console).admit_any(&head).await {
        Ok(admitted) => begin(&console, &request, &fields, &admitted).await,
        Err(rejection) => {
            let status = StatusCode::from_u16(rejection.answer().status);
            match status {
                Ok(StatusCode::UNAUTHORIZED) => {
                    let failure = Failure::new(StatusCode::UNAUTHORIZED, "This key is not valid");
                    again(failure, StatusCode::UNPROCESSABLE_ENTITY)
                }
                _ => Err(Refused::Failed(of_rejection(&rejection))),
            }
        }
    }
}

/// Has a sign-in link mailed, if the address is known.
fn by_mail(console: &Console, request: &HttpRequest, mail: &str) -> Result<(), Failure> {
    let address = mail.trim().parse::<MailAddress>().map_err(|_| {
        let detail = "Enter an address such as ops@acme.example";
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    })?;
    Ok(console.sessions.mail_link(&address, request)?)
}

/// The same for any address.
fn asked() -> Markup {
    banner::done(html! {
        p { "If your provider has this address for you, a sign-in link is on its way. It is good for 15 minutes." }
    })
}

async fn begin(
    console: &Console,
    request: &HttpRequest,
    fields: &Fields,
    admitted: &AnyPrincipal,
) -> Result<HttpResponse, Refused> {
    let sessions = &console.sessions;
    let operations = sessions.operations_of(admitted.actor(), request);
    let begun = operations.begin(admitted.record(), sessions.lengths).await;
    let begun = begun
        .map_err(|error| Refused::Failed(central_logger_session_routes::problem(error).into()))?;
    let kind = SessionKind::from(&admitted.owner());
    let cookie = sessions.cookies.set(kind, host(request), &begun.token);
    let needs_https = || Refused::Failed(Failure::new(StatusCode::CONFLICT, NEEDS_HTTPS));
    let next = fields
        .get("next")
        .filter(|next| address::is_of_console(next));
    Ok(HttpResponse::SeeOther()
        .insert_header((SET_COOKIE, cookie.ok_or_else(needs_https)?))
        .insert_header((LOCATION, next.unwrap_or(address::CONSOLE)))
        .finish())
}

fn can_sign_in(console: &Console, request: &HttpRequest) -> bool {
    let cookies = &console.sessions.cookies;
    cookies.name(SessionKind::Client, host(request)).is_some()
}

fn form(fields: &Fields, notice: Markup, has_mail: bool) -> Page {
    let next = fields
        .get("next")
        .filter(|next| address::is_of_console(next));
    let content = html! {
        (notice)
        form method="post" action=(address::SIGN_IN) {
            @if let Some(next) = next { input type="hidden" name="next" value=(next); }
            // Password managers keep a key under a name. It is not sent.
            input type="text" hidden autocomplete="username" value="API key";
            div.field {
                label for="key" { "API key" }
                input type="password" id="key" name="key" required autocomplete="current-password"
                    spellcheck="false" autocapitalize="none" aria-describedby="key-hint";
                p.hint #key-hint {
                    "It is exchanged for a session, which ends with the key. This browser does not keep the key."
                }
            }
            button.primary type="submit" { "Sign in" }
        }
        @if has_mail {
            section.aside {
                h2 { "With a link by mail" }
                form method="post" action=(address::SIGN_IN) {
                    div.field {
                        label for="mail" { "Mail address" }
                        input type="email" id="mail" name="mail" required autocomplete="email"
                            maxlength="254" aria-describedby="mail-hint";
                        p.hint #mail-hint { "The address that your provider has for you." }
                    }
                    button type="submit" { "Mail me a link" }
                }
            }
        }
        section.aside {
            h2 { "With a sign-in link" }
            p { "Open the link that you were sent. It signs you in once, without a key." }
            p {
                "None at hand? Your provider makes one with "
                code { "central-logger-admin sign-in-link --client ID" } "."
            }
        }
    };
    Page::new("Sign in", content).as_card()
}

/// A request with the key of the form in the place of its own.
struct WithKey<'r> {
    request: Head<'r>,
    key: &'r str,
}

impl RequestHead for WithKey<'_> {
    fn method(&self) -> &str {
        self.request.method()
    }

    fn path(&self) -> &str {
        self.request.path()
    }

    fn query(&self) -> Option<&str> {
        None
    }

    fn header<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let key = (name == "x-api-key").then_some(self.key.as_bytes());
        let is_replaced = ["x-api-key", "authorization", "cookie"].contains(&name);
        let others = (!is_replaced).then(|| self.request.header(name));
        key.into_iter().chain(others.into_iter().flatten())
    }

    fn peer(&self) -> Option<IpAddr> {
        self.request.peer()
    }
}
