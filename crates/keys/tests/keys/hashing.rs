//! Hashing at rest: costs, peppers and their change.

use central_logger_keys::{
    ApiKey, HashError, KeyDigest, KeyEnvironment, KeyHash, KeyHasher, KeyPrefix, OpaqueMemory,
    Pepper, StoreSalt, Verification,
};

fn generated() -> ApiKey {
    ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live).unwrap()
}

fn pepper(seed: u8) -> Pepper {
    Pepper::new(&[seed; 32]).unwrap()
}

#[test]
fn a_hash_is_argon2id_with_the_light_cost_and_no_secret_in_it() {
    let key = generated();
    let hash = KeyHasher::new().hash_generated(&key).unwrap();
    assert!(
        hash.as_phc().starts_with("$argon2id$v=19$m=256,t=1,p=1$"),
        "{}",
        hash.as_phc()
    );
    assert!(!hash.as_phc().contains(key.expose_secret()));
    assert_eq!(format!("{hash:?}"), "KeyHash(..)");
}

#[test]
fn only_the_same_key_matches() {
    let hasher = KeyHasher::new();
    let key = generated();
    let hash = hasher.hash_generated(&key).unwrap();
    assert_eq!(
        hasher.verify(&key, &hash).unwrap(),
        Verification::Match {
            needs_rehash: false
        }
    );
    assert_eq!(
        hasher.verify(&generated(), &hash).unwrap(),
        Verification::Mismatch
    );
}

#[test]
fn an_opaque_key_hashes_with_the_heavy_cost_to_the_same_text_each_time() {
    let hasher = KeyHasher::new();
    let salt = StoreSalt::generate().unwrap();
    let digest = KeyDigest::of(b"abc123_dev_key");
    let hash = hasher.hash_opaque(&digest, salt).unwrap();
    assert!(
        hash.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{}",
        hash.as_phc()
    );
    assert_eq!(hasher.hash_opaque(&digest, salt).unwrap(), hash);
    assert_ne!(
        hasher
            .hash_opaque(&KeyDigest::of(b"abc123_dev_kez"), salt)
            .unwrap(),
        hash
    );
    assert_ne!(
        hasher
            .hash_opaque(&digest, StoreSalt::generate().unwrap())
            .unwrap(),
        hash
    );
    assert!(!hasher.opaque_needs_rehash(&hash).unwrap());
}

#[test]
fn a_pepper_is_needed_to_verify_and_is_named_in_the_hash() {
    let key = generated();
    let peppered = KeyHasher::with_pepper(pepper(1), None);
    let hash = peppered.hash_generated(&key).unwrap();
    assert_eq!(hash.pepper_id(), Some(pepper(1).id()));
    assert_eq!(
        peppered.verify(&key, &hash).unwrap(),
        Verification::Match {
            needs_rehash: false
        }
    );
    let other = KeyHasher::with_pepper(pepper(2), None);
    assert!(matches!(
        other.verify(&key, &hash),
        Err(HashError::UnknownPepper)
    ));
    assert!(matches!(
        KeyHasher::new().verify(&key, &hash),
        Err(HashError::UnknownPepper)
    ));
}

#[test]
fn older_peppers_and_costs_still_verify_and_ask_for_a_new_hash() {
    let key = generated();
    let outdated = Verification::Match { needs_rehash: true };
    let rotated = KeyHasher::with_pepper(pepper(2), Some(pepper(1)));

    let bare = KeyHasher::new().hash_generated(&key).unwrap();
    assert_eq!(rotated.verify(&key, &bare).unwrap(), outdated);
    let previous = KeyHasher::with_pepper(pepper(1), None)
        .hash_generated(&key)
        .unwrap();
    assert_eq!(rotated.verify(&key, &previous).unwrap(), outdated);

    let costlier: KeyHash = {
        use argon2::{
            Algorithm, Argon2, Params, PasswordHasher, Version, password_hash::phc::PasswordHash,
        };
        let argon2 = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(512, 2, 1, None).unwrap(),
        );
        let phc: PasswordHash = argon2
            .hash_password_with_salt(key.expose_secret().as_bytes(), b"0123456789abcdef")
            .unwrap();
        phc.to_string().parse().unwrap()
    };
    assert_eq!(KeyHasher::new().verify(&key, &costlier).unwrap(), outdated);
}

#[test]
fn an_opaque_key_is_looked_for_under_each_pepper_it_may_hang_on() {
    let digest = KeyDigest::of(b"made-elsewhere");
    let salt = StoreSalt::generate().unwrap();
    let hashes = |hasher: &KeyHasher| -> Vec<KeyHash> {
        hasher
            .opaque_hashes(&digest, salt, &mut OpaqueMemory::new().unwrap())
            .map(Result::unwrap)
            .collect()
    };
    let bare = KeyHasher::new();
    let first = KeyHasher::with_pepper(pepper(1), None);
    let second = KeyHasher::with_pepper(pepper(2), Some(pepper(1)));
    let of = |hasher: &KeyHasher| hasher.hash_opaque(&digest, salt).unwrap();

    assert_eq!(hashes(&bare), [of(&bare)]);
    assert_eq!(hashes(&first), [of(&first), of(&bare)]);
    assert_eq!(hashes(&second), [of(&second), of(&first), of(&bare)]);
    assert!(second.opaque_needs_rehash(&of(&first)).unwrap());
}

#[test]
fn a_damaged_or_foreign_hash_is_an_error_not_a_mismatch() {
    for phc in [
        "",
        "$2b$12$abc",
        "$argon2id$v=19$m=256,t=1,p=1$c2FsdHNhbHQ",
        "$argon2i$v=19$m=256,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo",
    ] {
        assert!(phc.parse::<KeyHash>().is_err(), "{phc}");
    }
}

#[test]
fn a_short_pepper_is_refused() {
    assert!(Pepper::new(b"secret").is_err());
    assert!(Pepper::new(&[b' '; 40]).is_err());
    let trimmed = Pepper::new(&[&[7; 32][..], b"\n"].concat()).unwrap();
    assert_eq!(trimmed.id(), Pepper::new(&[7; 32]).unwrap().id());
    assert_eq!(format!("{trimmed:?}"), "Pepper(..)");
}

#[test]
fn an_opaque_key_hashes_to_what_argon2_itself_makes_of_it_in_memory_used_before() {
    use argon2::{
        Algorithm, Argon2, Params, PasswordHasher, Version, password_hash::phc::PasswordHash,
    };
    use sha2::{Digest, Sha256};
    let salt = StoreSalt::generate().unwrap();
    let mut memory = OpaqueMemory::new().unwrap();
    for key in [
        &b"abc123_dev_key"[..],
        b"xyz789_real_key",
        b"abc123_dev_key",
    ] {
        let digest = KeyDigest::of(key);
        let params = Params::new(19 * 1024, 2, 1, None).unwrap();
        let expected: PasswordHash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt(&Sha256::digest(key), &salt.to_bytes())
            .unwrap();
        let hasher = KeyHasher::new();
        let hash = hasher.opaque_hashes(&digest, salt, &mut memory).next();
        assert_eq!(hash.unwrap().unwrap().as_phc(), expected.to_string());
    }
}
