//! Reading a request body: its type, its encoding, its size.

mod parts;

pub use parts::Parts;

use crate::{
    compression::{Compression, DecompressError},
    malformed,
    problem::Problem,
    room::{NoRoom, Share},
};
use actix_web::{
    HttpMessage, HttpRequest,
    http::{StatusCode, header},
    web::{self, Bytes, BytesMut, Payload},
};
use central_logger_keys::ClientId;
use central_logger_problem_types::ProblemType;
use central_logger_turns::{Full, Room, Turns};
use futures_util::StreamExt;
use std::{num::NonZero, sync::LazyLock, time::Duration};
use tokio::time::timeout;

/// The largest body, in bytes, as it is sent and decompressed.
pub const MAX_BODY: usize = 10 * 1024 * 1024;

/// The largest body of a call that takes a small object, in bytes.
pub const MAX_SMALL_BODY: usize = 128 * 1024;

/// How long a body may take to arrive. At 10 MiB that is a slow line.
const ARRIVAL: Duration = Duration::from_secs(60);

/// As many at a time as there are processors, lest many small bodies become large ones all at once, and
/// clients take turns.
static DECOMPRESSING: LazyLock<Turns<ClientId>> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism();
    Turns::new(Room {
        at_once: processors.map_or(1, NonZero::get),
        waiting: 256,
        waiting_of_one: 64,
    })
});

/// A whole body, decompressed.
pub struct Body {
    /// What was sent.
    pub bytes: Bytes,
    /// What it says it is.
    pub format: Format,
    _share: Share,
}

/// A whole body of any type, decompressed.
pub struct AnyBody {
    /// What was sent.
    pub bytes: Bytes,
    /// The share of the client that holds it.
    pub share: Share,
}

/// What a body says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON value.
    Json,
    /// JSON in each line.
    JsonLines,
}

/// Returns the whole body of a request that brings entries, in the share of its client.
///
/// # Errors
/// When its type is not known, or it is too large, too slow, or not what it says it is.
pub async fn read(
    request: &HttpRequest,
    payload: Payload,
    client: &ClientId,
    share: Share,
) -> Result<Body, Problem> {
    let format = format(request)?;
    let compression = compression(request)?;
    let body = read_compressed(request, payload, client, share, (compression, MAX_BODY)).await?;
    Ok(Body {
        bytes: body.bytes,
        format,
        _share: body.share,
    })
}

/// What a body of any type may be.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimits {
    /// The most bytes, as it is sent and decompressed.
    pub most: usize,
    /// An encoding that is left as it is.
    pub kept: &'static str,
}

/// As [`read`], of a body of any type.
///
/// # Errors
/// When it is too large, too slow, or not what it says it is.
pub async fn read_any(
    request: &HttpRequest,
    payload: Payload,
    client: &ClientId,
    share: Share,
    limits: BodyLimits,
) -> Result<AnyBody, Problem> {
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    let is_kept = encoding.is_some_and(|found| found.as_bytes() == limits.kept.as_bytes());
    let compression = match is_kept {
        true => None,
        false => compression(request)?,
    };
    read_compressed(request, payload, client, share, (compression, limits.most)).await
}

async fn read_compressed(
    request: &HttpRequest,
    payload: Payload,
    client: &ClientId,
    mut share: Share,
    (compression, most): (Option<Compression>, usize),
) -> Result<AnyBody, Problem> {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    // Before a client that waits to be invited sends it.
    share
        .resize(announced.unwrap_or(0))
        .map_err(|NoRoom| no_room())?;
    share.take(0);
    let sent = in_time(collect(payload, announced, most, &mut share)).await??;
    let bytes = match compression {
        None => sent,
        Some(compression) => {
            let bytes = decompress(compression, sent, most, client).await?;
            share.resize(bytes.len()).map_err(|NoRoom| no_room())?;
            bytes
        }
    };
    Ok(AnyBody { bytes, share })
}

/// Returns the whole body of a request that brings a small JSON object, or nothing.
///
/// # Errors
/// When it is no JSON, compressed, or too large or too slow.
pub async fn read_small(request: &HttpRequest, payload: Payload) -> Result<Bytes, Problem> {
    let sent = small(payload).await?;
    if sent.is_empty() {
        return Ok(sent);
    }
    match (format(request), compression(request)) {
        (Ok(Format::Json), Ok(None)) => Ok(sent),
        _ => Err(unsupported(
            "Send JSON as it is, with the header Content-Type: application/json",
        )),
    }
}

/// Returns the names and values of a form of a page, in their order.
///
/// # Errors
/// When it is no such form, compressed, or too large or too slow.
pub async fn read_form(
    request: &HttpRequest,
    payload: Payload,
) -> Result<Vec<(String, String)>, Problem> {
    let sent = small(payload).await?;
    let is_form = request.content_type() == "application/x-www-form-urlencoded";
    match (is_form, compression(request)) {
        (true, Ok(None)) => Ok(form_urlencoded::parse(&sent).into_owned().collect()),
        _ => Err(unsupported(
            "Send a form as it is, with the header Content-Type: application/x-www-form-urlencoded",
        )),
    }
}

/// What arrives, if it is small.
async fn small(mut payload: Payload) -> Result<Bytes, Problem> {
    let collect = async {
        let mut sent = BytesMut::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|error| {
                malformed::tell(&error);
                let detail = "The body ended early; nothing was changed";
                Problem::new(StatusCode::BAD_REQUEST, detail)
            })?;
            if sent.len() + chunk.len() > MAX_SMALL_BODY {
                let detail = "A body of this call has at most 128 KiB";
                return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
            }
            sent.extend_from_slice(&chunk);
        }
        Ok(sent.freeze())
    };
    in_time(collect).await?
}

/// What arrives, as far as there is room.
async fn collect(
    mut payload: Payload,
    announced: Option<usize>,
    most: usize,
    share: &mut Share,
) -> Result<Bytes, Problem> {
    let mut sent = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            malformed::tell(&error);
            Problem::new(
                StatusCode::BAD_REQUEST,
                "The body ended early; nothing was stored",
            )
        })?;
        let length = sent.len() + chunk.len();
        if length > most {
            return Err(too_large(most));
        }
        if sent.is_empty() {
            // What is never written to takes no memory.
            sent.reserve(announced.unwrap_or(chunk.len()));
        }
        let held = match announced {
            Some(_) => length,
            None => length.max(sent.capacity()),
        };
        share.resize(held).map_err(|NoRoom| no_room())?;
        sent.extend_from_slice(&chunk);
    }
    Ok(sent.freeze())
}

async fn in_time<T>(arrival: impl Future<Output = T>) -> Result<T, Problem> {
    let late = |_| {
        let detail = "The body took longer than 60 seconds to arrive; nothing was stored";
        Problem::new(StatusCode::REQUEST_TIMEOUT, detail)
    };
    timeout(ARRIVAL, arrival).await.map_err(late)
}

/// Off the threads that answer requests, which it would hold up.
async fn decompress(
    compression: Compression,
    sent: Bytes,
    most: usize,
    client: &ClientId,
) -> Result<Bytes, Problem> {
    let turn = DECOMPRESSING.wait(client.clone()).await;
    let turn = turn.map_err(|Full| no_room())?;
    let decompressed = web::block(move || {
        // It goes with the work, which runs on when the request is gone.
        let _turn = turn;
        compression.decompress(&sent, most)
    });
    let decompressed = decompressed.await;
    let decompressed = decompressed.map_err(|error| Problem::failed(&error, "decompressing"))?;
    match decompressed {
        Ok(bytes) => Ok(bytes.into()),
        Err(DecompressError::TooLarge) => Err(too_large(most)),
        Err(DecompressError::TooManyParts) => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "A body has at most 10,000 parts that are compressed apart: compress it as a whole",
        )),
        Err(DecompressError::Broken(error)) => {
            malformed::tell(&error);
            let detail =
                format!("The body is not whole and valid {compression}; nothing was stored");
            Err(Problem::new(StatusCode::BAD_REQUEST, detail))
        }
    }
}

fn format(request: &HttpRequest) -> Result<Format, Problem> {
    let found = request.content_type();
    if found.eq_ignore_ascii_case("application/json") {
        Ok(Format::Json)
    } else if found.eq_ignore_ascii_case("application/x-ndjson") {
        Ok(Format::JsonLines)
    } else {
        Err(unsupported(
            "Send JSON, with the header Content-Type: application/json or application/x-ndjson",
        ))
    }
}

fn compression(request: &HttpRequest) -> Result<Option<Compression>, Problem> {
    let mut encodings = request.headers().get_all(header::CONTENT_ENCODING);
    let (first, second) = (encodings.next(), encodings.next());
    let named = match (first, second) {
        (None, _) => return Ok(None),
        (Some(encoding), None) => encoding.as_bytes().to_ascii_lowercase(),
        (Some(_), Some(_)) => Vec::new(),
    };
    match &*named {
        b"identity" => Ok(None),
        b"gzip" | b"x-gzip" => Ok(Some(Compression::Gzip)),
        b"zstd" => Ok(Some(Compression::Zstd)),
        _ => Err(unsupported(
            "Send the body as it is, or with one Content-Encoding, gzip or zstd",
        )),
    }
}

fn unsupported(detail: &str) -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
}

fn no_room() -> Problem {
    let detail = "Too many bodies are being read at the moment: send it again later";
    Problem::of(ProblemType::TEMPORARY_REDUCED_CAPACITY, detail)
}

fn too_large(most: usize) -> Problem {
    let most = match (most >> 20, most % (1 << 20)) {
        (mib, 0) => format!("{mib} MiB"),
        _ => format!("{most} bytes"),
    };
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!(
            "A body has at most {most}, also when decompressed: send the entries in several requests"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
    use futures_util::FutureExt;
    use std::{future::pending, pin::pin};

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        let late = in_time(pending::<()>()).await.unwrap_err();
        assert_eq!(late.to_response().status(), StatusCode::REQUEST_TIMEOUT);
        assert!(in_time(async {}).await.is_ok());
    }

    #[tokio::test]
    async fn a_body_waits_for_its_turn_to_be_decompressed() {
        let (busy, other) = ("busy".parse().unwrap(), "other".parse().unwrap());
        let mut turns = Vec::new();
        while let Some(turn) = DECOMPRESSING.wait(ClientId::clone(&busy)).now_or_never() {
            turns.push(turn.unwrap());
        }
        let compressed = Bytes::from(zstd::encode_all(&b"[]"[..], 1).unwrap());
        let waiting = decompress(Compression::Zstd, compressed, MAX_BODY, &other);
        let mut waiting = pin!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(turns);
        assert_eq!(waiting.await.unwrap(), "[]");
    }

    #[test]
    fn only_what_is_understood_is_taken() {
        let request = |name, value: &'static str| {
            let value = HeaderValue::from_static(value);
            let request = actix_web::test::TestRequest::default();
            request.insert_header((name, value)).to_http_request()
        };
        let found = |value| format(&request(CONTENT_TYPE, value)).ok();
        assert_eq!(found("application/json; charset=utf-8"), Some(Format::Json));
        assert_eq!(found("Application/X-NDJSON"), Some(Format::JsonLines));
        assert_eq!(found("text/plain"), None);
        let found = |value| compression(&request(header::CONTENT_ENCODING, value)).ok();
        assert_eq!(found("GZIP"), Some(Some(Compression::Gzip)));
        assert_eq!(found("zstd"), Some(Some(Compression::Zstd)));
        assert_eq!(found("identity"), Some(None));
        assert_eq!(found("gzip, zstd"), None);
    }
}
