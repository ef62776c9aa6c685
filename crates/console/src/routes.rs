//! What is served where.

use crate::{
    alerts, index, intake, keys, logs, mappings, sessions, sign_in, sign_out, usage, views,
    workflow, workflows,
};
use actix_web::{middleware::from_fn, web};
use central_logger_http_api::route::{Route, get, resource};
use central_logger_log_pages as log_pages;
use central_logger_monitoring_pages as monitoring;
use central_logger_pages::{ASSETS, asset};
use central_logger_people::{Console, address, as_pages, page};
use central_logger_provider_pages as provider;

/// The patterns of these routes. The last is that of all paths at which there is nothing.
pub const PATTERNS: [&str; 29] = [
    address::CONSOLE,
    ASSETS,
    address::SIGN_IN,
    address::SIGN_OUT,
    address::WORKFLOWS,
    "/console/workflows/{workflow}",
    log_pages::PATH,
    "/console/logs/{id}",
    address::KEYS,
    "/console/keys/new",
    "/console/keys/{id}",
    "/console/keys/{id}/rotate",
    "/console/keys/{id}/finish",
    "/console/keys/{id}/extend",
    "/console/keys/{id}/disable",
    "/console/keys/{id}/enable",
    "/console/keys/{id}/revoke",
    address::USAGE,
    address::ALERTS,
    "/console/alerts/{id}/acknowledge",
    address::INTAKE,
    address::MAPPINGS,
    "/console/intake/mappings/remove",
    address::VIEWS,
    "/console/views/remove",
    address::SESSIONS,
    "/console/sessions/end",
    "/console/sessions/{id}/end",
    NOTHING,
];

/// The pattern of all else below the console, at which there is nothing.
const NOTHING: &str = "/console/*";

/// Mounts the pages, which are made from `console`.
pub fn configure(console: &Console, app: &mut web::ServiceConfig) {
    app.app_data(web::Data::new(console.clone()))
        .service(resource(ASSETS).route(get().to(asset)))
        .service(page(address::CONSOLE, |at| {
            at.route(get().to(index::index))
        }))
        .service(page(address::SIGN_IN, |at| {
            at.route(get().to(sign_in::page))
                .route(web::post().to(sign_in::sign_in))
        }))
        .service(page(address::SIGN_OUT, |at| {
            at.route(web::post().to(sign_out::sign_out))
        }))
        .service(page(address::WORKFLOWS, |at| {
            at.route(get().to(workflows::page))
        }))
        .service(page("/console/workflows/{workflow}", |at| {
            at.route(get().to(workflow::page))
        }))
        .service(page(log_pages::PATH, |at| at.route(get().to(logs::page))))
        .service(page("/console/logs/{id}", |at| {
            at.route(get().to(logs::entry))
        }))
        .configure(configure_keys)
        .service(page(address::USAGE, |at| at.route(get().to(usage::page))))
        .service(page(address::ALERTS, |at| at.route(get().to(alerts::page))))
        .service(page("/console/alerts/{id}/acknowledge", |at| {
            at.route(web::post().to(alerts::acknowledge))
        }))
        .service(page(address::INTAKE, |at| at.route(get().to(intake::page))))
        .service(page(address::MAPPINGS, |at| {
            at.route(get().to(mappings::page))
                .route(web::post().to(mappings::submit))
        }))
        .service(page("/console/intake/mappings/remove", |at| {
            at.route(web::post().to(mappings::remove))
        }))
        .service(page(address::VIEWS, |at| {
            at.route(get().to(views::page))
                .route(web::post().to(views::save))
        }))
        .service(page("/console/views/remove", |at| {
            at.route(web::post().to(views::remove))
        }))
        .service(page("/console/sessions/end", |at| {
            at.route(web::post().to(sessions::end_others))
        }))
        .service(page(address::SESSIONS, |at| {
            at.route(get().to(sessions::page))
        }))
        .service(page("/console/sessions/{id}/end", |at| {
            at.route(web::post().to(sessions::end))
        }))
        .configure(monitoring::configure)
        .configure(provider::configure)
        .service(
            web::scope(address::CONSOLE)
                .app_data(Route(NOTHING))
                .wrap(from_fn(as_pages)),
        );
}

fn configure_keys(app: &mut web::ServiceConfig) {
    app.service(page(address::KEYS, |at| at.route(get().to(keys::page))))
        .service(page("/console/keys/new", |at| {
            at.route(get().to(keys::form))
                .route(web::post().to(keys::issue))
        }))
        .service(page("/console/keys/{id}", |at| {
            at.route(get().to(keys::one))
        }))
        .service(page("/console/keys/{id}/rotate", |at| {
            at.route(web::post().to(keys::rotate))
        }))
        .service(page("/console/keys/{id}/finish", |at| {
            at.route(web::post().to(keys::finish))
        }))
        .service(page("/console/keys/{id}/extend", |at| {
            at.route(web::post().to(keys::extend))
        }))
        .service(page("/console/keys/{id}/disable", |at| {
            at.route(web::post().to(keys::disable))
        }))
        .service(page("/console/keys/{id}/enable", |at| {
            at.route(web::post().to(keys::enable))
        }))
        .service(page("/console/keys/{id}/revoke", |at| {
            at.route(web::post().to(keys::revoke))
        }));
}
