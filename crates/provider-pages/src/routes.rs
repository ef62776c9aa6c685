//! What is served where.

use crate::{
    activity, alerts, audit, client, clients, hand_over, keys, links, see, servers, settings,
};
use actix_web::web;
use central_logger_http_api::route::get;
use central_logger_people::{
    address::provider::{ALERTS, AUDIT, CLIENTS, FIRST, KEYS, REVEAL_LINKS, SERVERS},
    page,
};

/// The patterns of the pages of the provider.
pub const PATTERNS: [&str; 17] = [
    FIRST,
    CLIENTS,
    "/console/provider/clients/{id}",
    "/console/provider/clients/{id}/sign-in-link",
    "/console/provider/clients/{id}/reveal-link",
    "/console/provider/clients/{id}/see",
    "/console/provider/clients/{id}/settings",
    "/console/provider/clients/{id}/sessions/end",
    "/console/provider/clients/{id}/sessions/{session}/end",
    KEYS,
    REVEAL_LINKS,
    "/console/provider/reveal-links/{id}/withdraw",
    ALERTS,
    "/console/provider/alerts/{id}/acknowledge",
    AUDIT,
    "/console/provider/audit/verify",
    SERVERS,
];

/// Mounts the pages.
pub fn configure(app: &mut web::ServiceConfig) {
    let [
        first,
        all,
        one,
        sign_in_link,
        reveal_link,
        see_as,
        set,
        end_sessions,
        end_session,
        keys_of_all,
        reveal_links,
        withdraw,
        alerts_of_all,
        acknowledge,
        trail,
        verify,
        servers_of_all,
    ] = PATTERNS;
    app.service(page(first, |at| at.route(get().to(clients::page))))
        .service(page(all, |at| {
            at.route(get().to(clients::page))
                .route(web::post().to(clients::set_up))
        }))
        .service(page(one, |at| at.route(get().to(client::page))))
        .service(page(sign_in_link, |at| {
            at.route(web::post().to(hand_over::sign_in_link))
        }))
        .service(page(reveal_link, |at| {
            at.route(web::post().to(hand_over::reveal_link))
        }))
        .service(page(see_as, |at| at.route(web::post().to(see::see))))
        .service(page(set, |at| at.route(web::post().to(settings::save))))
        .service(page(end_sessions, |at| {
            at.route(web::post().to(activity::end_all))
        }))
        .service(page(end_session, |at| {
            at.route(web::post().to(activity::end))
        }))
        .service(page(servers_of_all, |at| at.route(get().to(servers::page))))
        .service(page(keys_of_all, |at| at.route(get().to(keys::page))))
        .service(page(reveal_links, |at| at.route(get().to(links::page))))
        .service(page(withdraw, |at| {
            at.route(web::post().to(links::withdraw))
        }))
        .service(page(alerts_of_all, |at| at.route(get().to(alerts::page))))
        .service(page(acknowledge, |at| {
            at.route(web::post().to(alerts::acknowledge))
        }))
        .service(page(trail, |at| at.route(get().to(audit::page))))
        .service(page(verify, |at| at.route(web::post().to(audit::verify))));
}
