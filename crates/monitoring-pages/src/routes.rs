//! What is served where.

use crate::{channels, incidents, monitor, status_links};
use actix_web::web;
use central_logger_http_api::route::get;
use central_logger_people::{
    address::{CHANNELS, INCIDENTS},
    page,
};

/// The patterns of these pages.
pub const PATTERNS: [&str; 7] = [
    "/console/workflows/{workflow}/monitor",
    INCIDENTS,
    CHANNELS,
    "/console/channels/{id}/test",
    "/console/channels/{id}/remove",
    "/console/status-links",
    "/console/status-links/{id}/withdraw",
];

/// Mounts the pages.
pub fn configure(app: &mut web::ServiceConfig) {
    let [of_workflow, all, channels, test, remove, links, withdraw] = PATTERNS;
    app.service(page(of_workflow, |at| {
        at.route(get().to(monitor::form))
            .route(web::post().to(monitor::change))
    }))
    .service(page(all, |at| at.route(get().to(incidents::page))))
    .service(page(channels, |at| {
        at.route(get().to(channels::page))
            .route(web::post().to(channels::add))
    }))
    .service(page(test, |at| at.route(web::post().to(channels::test))))
    .service(page(remove, |at| {
        at.route(web::post().to(channels::remove))
    }))
    .service(page(links, |at| {
        at.route(web::post().to(status_links::make))
    }))
    .service(page(withdraw, |at| {
        at.route(web::post().to(status_links::withdraw))
    }));
}
