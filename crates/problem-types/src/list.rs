use crate::ProblemType;

macro_rules! problem_types {
    ($($constant:ident = $place:literal $name:literal $status:literal $title:literal: $meaning:literal;)*) => {
        impl ProblemType {
            $(
                #[doc = $meaning]
                pub const $constant: Self = Self {
                    uri: concat!($place, $name),
                    name: $name,
                    status: $status,
                    title: $title,
                    meaning: $meaning,
                };
            )*

            /// All kinds, by their status.
            pub const ALL: &[Self] = &[$(Self::$constant),*];
        }
    };
}

// The meanings stand as they are on a page in HTML, and in a table in Markdown.
problem_types! {
    MALFORMED_REQUEST = "/docs/problems#" "malformed-request" 400 "Bad Request":
        "The request cannot be understood: its body is not JSON, does not match its Content-Encoding, or ended early.";
    MISSING_KEY = "/docs/problems#" "missing-key" 401 "Unauthorized":
        "The request carries no API key.";
    INVALID_KEY = "/docs/problems#" "invalid-key" 401 "Unauthorized":
        "The API key is not accepted. Only the log of the server has the reason.";
    SESSION_ENDED = "/docs/problems#" "session-ended" 401 "Unauthorized":
        "The session was ended, or its key is not valid any more. Sign in again.";
    SCOPE = "/docs/problems#" "scope" 403 "Forbidden":
        "The key is valid, but lacks the scope that the detail names.";
    ADDRESS = "/docs/problems#" "address" 403 "Forbidden":
        "The key is valid, but is not accepted from this address.";
    PROVIDER_KEY = "/docs/problems#" "provider-key" 403 "Forbidden":
        "The key is one of the provider, where one of a client is needed.";
    CLIENT_KEY = "/docs/problems#" "client-key" 403 "Forbidden":
        "The key is one of a client, where one of the provider is needed.";
    BEYOND_RIGHTS = "/docs/problems#" "beyond-rights" 403 "Forbidden":
        "A key makes and changes only keys that allow no more than it does, and loosens nothing that the provider has set.";
    CLIENT_POLICY = "/docs/problems#" "client-policy" 403 "Forbidden":
        "The provider does not allow it to this client: self-service is off, or the client has as many keys as it may.";
    CROSS_SITE = "/docs/problems#" "cross-site" 403 "Forbidden":
        "A change in a session must come from a page of this server, and be JSON if it has a body.";
    NOT_FOUND = "/docs/problems#" "not-found" 404 "Not Found":
        "The resource does not exist, or is another client's.";
    METHOD_NOT_ALLOWED = "/docs/problems#" "method-not-allowed" 405 "Method Not Allowed":
        "The path does not take this method. The header Allow lists those that it takes.";
    TIMEOUT = "/docs/problems#" "timeout" 408 "Request Timeout":
        "The body took too long to arrive.";
    CONFLICT = "/docs/problems#" "conflict" 409 "Conflict":
        "It does not fit the state of the resource. The member state names that state.";
    GONE = "/docs/problems#" "gone" 410 "Gone":
        "The link was used, withdrawn or has expired, or there never was one.";
    PRECONDITION_FAILED = "/docs/problems#" "precondition-failed" 412 "Precondition Failed":
        "The resource has changed since the version in If-Match: read it again.";
    TOO_LARGE = "/docs/problems#" "too-large" 413 "Payload Too Large":
        "The body is too large, as sent or decompressed, or has too many entries or compressed parts.";
    UNSUPPORTED_MEDIA_TYPE = "/docs/problems#" "unsupported-media-type" 415 "Unsupported Media Type":
        "The Content-Type or the Content-Encoding of the body is not supported.";
    INVALID_VALUES = "/docs/problems#" "invalid-values" 422 "Unprocessable Entity":
        "Values of the body, the query or a header are not accepted. The member errors lists those of a body or a query.";
    IDEMPOTENCY_KEY_REUSED = "/docs/problems#" "idempotency-key-reused" 422 "Unprocessable Entity":
        "The Idempotency-Key was used for a request with another path, another body, or another type of it.";
    TOO_EXPENSIVE = "/docs/problems#" "too-expensive" 422 "Unprocessable Entity":
        "The answer would take too long, or have too many counts: ask for a shorter time.";
    QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#" "quota-exceeded" 429 "Too Many Requests":
        "A rate or a quota is used up. The member violated-policies names it, and Retry-After says when to retry.";
    ABNORMAL_USAGE_DETECTED = "https://iana.org/assignments/http-problem-types#" "abnormal-usage-detected" 429 "Too Many Requests":
        "Too many attempts from this address have failed. Retry-After says when to retry.";
    TOO_MANY_TAILS = "/docs/problems#" "too-many-tails" 429 "Too Many Requests":
        "The client has too many tails open at this server: close one first.";
    INTERNAL_ERROR = "/docs/problems#" "internal-error" 500 "Internal Server Error":
        "The server failed. Its log has the cause, under the id of the request.";
    UNAVAILABLE = "/docs/problems#" "unavailable" 503 "Service Unavailable":
        "The database does not answer, or the server is stopping. Retry-After says when to retry.";
    NOT_READY = "/docs/problems#" "not-ready" 503 "Service Unavailable":
        "The server cannot work at the moment, for the reasons in the detail.";
    TEMPORARY_REDUCED_CAPACITY = "https://iana.org/assignments/http-problem-types#" "temporary-reduced-capacity" 503 "Service Unavailable":
        "Too much waits to be stored, read, sent or verified. Retry-After says when to retry.";
}
