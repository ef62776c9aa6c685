//! What the steps of a verification cost, beside the least that it can cost.
#![allow(missing_docs, clippy::unwrap_used)]

use central_logger_benches::{Verifier, now};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::NewKey;
use central_logger_keys::{ApiKey, KeyDigest, KeyHasher, KeyPrefix};
use divan::{Bencher, black_box};
use std::{
    cell::Cell,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
};

static KNOWN: LazyLock<Verifier> = LazyLock::new(|| Verifier::new(1000, &plain()).unwrap());
static LIMITED: LazyLock<Verifier> = LazyLock::new(|| {
    let new = NewKey {
        rate_limit: Some("1000000/s".parse().unwrap()),
        allowed_from: "192.0.2.0/24".parse().unwrap(),
        ..plain()
    };
    Verifier::new(1, &new).unwrap()
});

fn main() {
    divan::main();
}

fn plain() -> NewKey {
    NewKey::for_client("bench".parse().unwrap())
}

/// A SHA-256 of the key, and a lookup among as many keys as are remembered by default.
#[divan::bench(threads = [1, 2], sample_size = 1000)]
fn ceiling_of_a_hit(bencher: Bencher<'_, '_>) {
    let known = quick_cache::sync::Cache::new(65_536);
    known.insert(KeyDigest::of(KNOWN.keys[0].as_bytes()), Arc::new(()));
    bencher.bench(|| {
        let digest = KeyDigest::of(black_box(KNOWN.keys[0].as_bytes()));
        known.get(&digest)
    });
}

#[divan::bench(threads = [1, 2], sample_size = 1000)]
fn hit(bencher: Bencher<'_, '_>) {
    LazyLock::force(&KNOWN);
    bencher.bench(|| KNOWN.hit(0).unwrap());
}

/// Each thread has keys of its own in use, as it is with many clients.
#[divan::bench(threads = [1, 2], sample_size = 1000)]
fn hits_of_many_keys(bencher: Bencher<'_, '_>) {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NEXT: Cell<usize> = Cell::new(THREADS.fetch_add(500, Ordering::Relaxed));
    }
    LazyLock::force(&KNOWN);
    bencher.bench(|| KNOWN.hit(NEXT.replace(NEXT.get() + 1)).unwrap());
}

#[divan::bench(threads = [1, 2], sample_size = 1000)]
fn hit_with_rate_and_network(bencher: Bencher<'_, '_>) {
    LazyLock::force(&LIMITED);
    // Beyond the rate it is refused, which costs the same.
    bencher.bench(|| LIMITED.hit(0));
}

#[divan::bench]
fn wrong_secret(bencher: Bencher<'_, '_>) {
    let id = ApiKey::parse(&KNOWN.keys[0])
        .unwrap()
        .key_id()
        .unwrap()
        .clone();
    let forged = ApiKey::forged(id).unwrap();
    let key = forged.expose_secret().as_bytes();
    bencher.bench(|| {
        let attempt = KNOWN.attempt(black_box(key));
        now(KNOWN.authenticator.authenticate(attempt)).unwrap_err()
    });
}

#[divan::bench]
fn malformed(bencher: Bencher<'_, '_>) {
    bencher.bench(|| {
        let attempt = KNOWN.attempt(black_box(b"with space"));
        now(KNOWN.authenticator.authenticate(attempt)).unwrap_err()
    });
}

#[divan::bench]
fn digest(bencher: Bencher<'_, '_>) {
    bencher.bench(|| KeyDigest::of(black_box(KNOWN.keys[0].as_bytes())));
}

#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    bencher.bench(|| ApiKey::parse(black_box(&KNOWN.keys[0])).unwrap());
}

/// What the first request with a key costs beside asking the store.
#[divan::bench]
fn argon2_of_a_generated_key(bencher: Bencher<'_, '_>) {
    let hasher = KeyHasher::new();
    let key = ApiKey::generate(&KeyPrefix::default(), plain().environment).unwrap();
    let hash = hasher.hash_generated(&key).unwrap();
    bencher.bench(|| hasher.verify(black_box(&key), &hash).unwrap());
}

/// What the first request with a key that was made elsewhere costs.
#[divan::bench(sample_count = 20)]
fn argon2_of_an_opaque_key(bencher: Bencher<'_, '_>) {
    let pool = HashPool::new(KeyHasher::new());
    let key = ApiKey::parse("made-elsewhere-0123456789").unwrap();
    let salt = central_logger_keys::StoreSalt::generate().unwrap();
    bencher.bench(|| pool.hasher().hash_opaque(&key.digest(), salt).unwrap());
}
