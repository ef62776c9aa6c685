//! The server ends in good order when it is told to.

use crate::{
    http::{GUIDE_ENTRY, read_all},
    site::Site,
};
use std::io::Write;

on_both_databases! {
    a_request_under_way_is_finished_first,
}

fn a_request_under_way_is_finished_first(site: &Site) {
    let issued = site.issue("acme_corp");
    let key = &issued.key;
    let server = site.start();
    let (first, second) = GUIDE_ENTRY.split_at(20);
    let mut connection = server.connect();
    write!(
        connection,
        "POST /api/v1/logs HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\nExpect: 100-continue\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        GUIDE_ENTRY.len()
    )
    .unwrap();
    // The answer to Expect tells that the request has been begun.
    let mut proceed = [0; 25];
    std::io::Read::read_exact(&mut connection, &mut proceed).unwrap();
    assert_eq!(&proceed, b"HTTP/1.1 100 Continue\r\n\r\n");
    connection.write_all(first.as_bytes()).unwrap();

    server.tell_to_stop();
    server.await_log("stopping: requests under way may finish");
    connection.write_all(second.as_bytes()).unwrap();
    let answer = read_all(&mut connection);
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    let (status, log) = server.wait();
    assert!(status.success(), "{log}");

    // The last use was still in memory.
    let shown = site.admin_json(&["show", &issued.id]);
    assert!(shown["last_used_at"].is_string(), "{shown}");
    let server = site.start();
    assert_eq!(server.list(key, "").len(), 1);
}
