# List the recipes
default:
    @just --list

# Run all checks and tests, as CI does
test *ARGS:
    ./scripts/test {{ ARGS }}

# Run the long tests, ten times as long as CI does
soak *ARGS:
    ./scripts/soak {{ ARGS }}

# Run only the unit tests
fast *ARGS:
    ./scripts/test --fast {{ ARGS }}

# Run clippy, and fail on warnings
lint:
    cargo clippy --workspace --all-targets --all-features --locked -- -D warnings

# Format the code
fmt:
    cargo fmt --all

# Serve at http://127.0.0.1:8000, with a database in data/ and the keys in .env
run *ARGS:
    ./scripts/run {{ ARGS }}

# Run a benchmark, or all of them
bench NAME="all" *ARGS:
    ./scripts/bench {{ NAME }} {{ ARGS }}

# Measure revocations on two servers under load, and check that no request is accepted afterwards
bench-revocation *ARGS:
    ./scripts/bench revocation {{ ARGS }}

# Measure storing of entries, compared with a handler that stores nothing and with COPY
bench-ingest *ARGS:
    ./scripts/bench ingest {{ ARGS }}

# Fuzz the parsers of untrusted input, 30 s for each target
fuzz *ARGS:
    ./scripts/fuzz {{ ARGS }}

# Build the documentation of every crate
docs:
    cargo doc --workspace --no-deps --all-features --locked
