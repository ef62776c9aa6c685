# List the recipes
default:
    @just --list

# Run every check and test, as CI does
test *ARGS:
    ./scripts/test {{ ARGS }}

# Run the long tests, ten times as long as CI does
soak *ARGS:
    ./scripts/soak {{ ARGS }}

# Run the unit tests only
fast *ARGS:
    ./scripts/test --fast {{ ARGS }}

# Refuse what the lints warn of
lint:
    cargo clippy --workspace --all-targets --all-features --locked -- -D warnings

# Format the code
fmt:
    cargo fmt --all

# Serve at http://127.0.0.1:8000, with a database in data/ and the keys of .env
run *ARGS:
    ./scripts/run {{ ARGS }}

# Run a benchmark, or all of them
bench NAME="all" *ARGS:
    ./scripts/bench {{ NAME }} {{ ARGS }}

# Time revocations on two servers under load, and look for requests accepted after them
bench-revocation *ARGS:
    ./scripts/bench revocation {{ ARGS }}

# Time storing entries, beside a handler that stores nothing and beside COPY
bench-ingest *ARGS:
    ./scripts/bench ingest {{ ARGS }}

# Look for input that breaks what reads it, 30 s for each target
fuzz *ARGS:
    ./scripts/fuzz {{ ARGS }}

# Build the documentation of every crate
docs:
    cargo doc --workspace --no-deps --all-features --locked
