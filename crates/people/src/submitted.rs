//! Forms that were sent.

use crate::{Person, Refused};
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    web::{self},
};
use central_logger_http_api::body::read_form;
use central_logger_pages::form::TOKEN;
use central_logger_sessions::FormToken;
use std::{future::Future, pin::Pin};

/// A form, and the person who has sent it from a page of the same session.
pub struct Submitted<P = Person> {
    /// Who has sent it.
    pub person: P,
    /// What stands in it.
    pub fields: Fields,
}

/// The names and values of a form.
pub struct Fields(
    /// As they were sent.
    pub Vec<(String, String)>,
);

impl Fields {
    /// The first value of a field, without spaces around it, if there is any.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values of a field but empty ones.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let of_name = self.0.iter().filter(move |(found, _)| found == name);
        let values = of_name.map(|(_, value)| value.trim());
        values.filter(|value| !value.is_empty())
    }
}

/// Somebody whose pages carry forms.
pub trait SignedIn {
    /// What proves that a page of the same session has sent a form.
    fn form_token(&self) -> &FormToken;
}

impl<P: SignedIn + FromRequest<Error = Refused> + 'static> FromRequest for Submitted<P> {
    type Error = Refused;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refused>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let person = P::from_request(request, payload);
        let payload = web::Payload::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let person = person.await?;
            let payload = payload.await.map_err(|_| Refused::foreign())?;
            let fields = read_form(&request, payload).await;
            let fields = fields.map_err(|problem| Refused::Failed(problem.into()))?;
            let fields = Fields(fields);
            let sent = fields.get(TOKEN).unwrap_or_default();
            match person.form_token().is(sent) {
                true => Ok(Self { person, fields }),
                false => Err(Refused::foreign()),
            }
        })
    }
}
