//! Links to hand over to a client: one to a key, one to sign in by.

use crate::{Submitted, client};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Path};
use central_logger_http_api::Problem;
use central_logger_key_store::NewKey;
use central_logger_keys::{KeyOwner, Scope};
use central_logger_operations::sessions::{LinkMaker, NewSignInLink};
use central_logger_pages::{Failure, banner, time};
use central_logger_people::PersonOfProvider;
use central_logger_reveal_links::{NewRevealLink, RevealLinks};
use central_logger_session_routes::problem;
use central_logger_times::{Timestamp, UnitDuration};
use maud::{Markup, html};
use std::{fmt::Display, str::FromStr};

/// Makes a link that shows a new key once.
pub(crate) async fn reveal_link(
    submitted: Submitted,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let Submitted { person, fields } = submitted;
    let client = client::client_id(&person, &id)?;
    let lifetime: Option<UnitDuration> = read(&person, "expires_in", fields.get("expires_in"))?;
    let now = Timestamp::clamped(person.now);
    let new = NewKey {
        name: read(&person, "name", fields.get("name"))?,
        expires_at: lifetime.map(|lifetime| now.saturating_add(lifetime.duration())),
        ..NewKey::for_client(client.clone())
    };
    let new = NewRevealLink {
        passphrase: read(&person, "passphrase", fields.get("passphrase"))?,
        ..NewRevealLink::for_key(new)
    };
    let base_url = person.console.sessions.address.base_url(&request);
    let links = RevealLinks::of(&person.operations);
    let made = links.make(new, &base_url).await;
    let made = made.map_err(|error| person.refused(error))?.result;
    let notice = made_link(
        "A reveal link is made. Send it to the client: it shows a new key once.",
        &made.url,
        html! { "It is good until " (time::minute(made.expires_at)) "." },
    );
    client::show(&person, &client, notice).await
}

/// Makes a link by which one person signs in.
pub(crate) async fn sign_in_link(
    submitted: Submitted,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let Submitted { person, fields } = submitted;
    let client = client::client_id(&person, &id)?;
    let scopes = fields.all("scope").map(str::parse::<Scope>);
    let scopes = scopes.collect::<Result<_, _>>();
    let scopes = scopes.map_err(|error| invalid(&person, &format!("scope: {error}")))?;
    let new = NewSignInLink {
        name: read(&person, "name", fields.get("name"))?,
        scopes: Some(scopes),
        ..NewSignInLink::for_owner(client.clone().into())
    };
    let sessions = &person.console.sessions;
    let operations = sessions.operations_of(person.principal.actor(), &request);
    let base_url = sessions.address.base_url(&request);
    let made = operations
        .make_link(new, Some(maker(&person)), &base_url)
        .await;
    let made = made.map_err(|error| person.failed(problem(error)))?;
    let notice = made_link(
        "A sign-in link is made. Send it to that person alone: it signs one person in, once.",
        &made.url,
        html! { "It is good until " (time::minute(made.expires_at)) "." },
    );
    client::show(&person, &client, notice).await
}

/// Who makes a link: what ends with it, and what it may allow at most.
pub(crate) fn maker(person: &PersonOfProvider) -> LinkMaker<'_> {
    LinkMaker {
        owner: &KeyOwner::Provider,
        scopes: person.principal.scopes(),
        key_id: match person.principal.session() {
            Some(session) => session.key_id.as_ref(),
            None => Some(person.principal.key_id()),
        },
    }
}

/// The only place where a link is shown.
fn made_link(said: &str, url: &str, until: Markup) -> Markup {
    banner::done(html! {
        p { strong { (said) } }
        pre { (url) }
        p { (until) " This page is the only one that shows it." }
    })
}

/// Reads a field, if something stands in it.
fn read<T: FromStr<Err: Display>>(
    person: &PersonOfProvider,
    name: &str,
    value: Option<&str>,
) -> Result<Option<T>, Failure> {
    let read = value.map(str::parse).transpose();
    read.map_err(|error| invalid(person, &format!("{name}: {error}")))
}

fn invalid(person: &PersonOfProvider, detail: &str) -> Failure {
    person.failed(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail))
}
