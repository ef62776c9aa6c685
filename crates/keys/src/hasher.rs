use crate::{
    ApiKey, InvalidKeyHash, KeyDigest, KeyHash, OpaqueMemory, Pepper, PepperId, RandomnessError,
    StoreSalt,
};
use argon2::{
    Algorithm, Argon2, KeyId as ArgonKeyId, Params, ParamsBuilder, PasswordHasher,
    PasswordVerifier, Version,
    password_hash::{
        self,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};

/// Hashes keys for storage and verifies presented ones, with an optional [`Pepper`].
///
/// Argon2id (RFC 9106), its cost chosen by what it protects: a generated key has 256 random bits
/// and needs no slowness, only one-wayness; an opaque key may have been thought up by a person and
/// gets the setting of OWASP's Password Storage Cheat Sheet.
///
/// These calls are slow (about 0.2 ms and 25 ms): run them off asynchronous threads.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{ApiKey, KeyEnvironment, KeyHasher, KeyPrefix, Pepper, Verification};
///
/// let pepper = Pepper::new(b"32 bytes or more, out of the database")?;
/// let hasher = KeyHasher::with_pepper(pepper, None);
/// let key = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live)?;
/// let stored = hasher.hash_generated(&key)?;
/// assert_eq!(hasher.verify(&key, &stored)?, Verification::Match { needs_rehash: false });
/// assert!(KeyHasher::new().verify(&key, &stored).is_err(), "it needs the pepper");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct KeyHasher {
    pub(crate) pepper: Option<Pepper>,
    pub(crate) previous: Option<Pepper>,
    /// The second of two peppers that are known while the store uses none.
    other: Option<Pepper>,
}

/// What comparing a presented key with a stored hash found.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{ApiKey, KeyEnvironment, KeyHasher, KeyPrefix, Pepper, Verification};
///
/// let key = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live)?;
/// let other = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live)?;
/// let stored = KeyHasher::new().hash_generated(&key)?;
///
/// let pepper = Pepper::new(b"32 bytes or more, out of the database")?;
/// let hasher = KeyHasher::with_pepper(pepper, None); // since that key was stored
/// assert_eq!(hasher.verify(&key, &stored)?, Verification::Match { needs_rehash: true });
/// assert_eq!(hasher.verify(&other, &stored)?, Verification::Mismatch);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// Another key.
    Mismatch,
    /// The same key.
    Match {
        /// The hash was made with other costs or another pepper than today's and should be made anew.
        needs_rehash: bool,
    },
}

/// Hashing failed; the key was neither accepted nor refused.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{ApiKey, HashError, KeyEnvironment, KeyHasher, KeyPrefix, Pepper};
///
/// let key = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live)?;
/// let lost = Pepper::new(b"32 bytes or more, out of the database")?;
/// let stored = KeyHasher::with_pepper(lost, None).hash_generated(&key)?;
/// let error = KeyHasher::new().verify(&key, &stored).unwrap_err();
/// assert!(matches!(error, HashError::UnknownPepper));
/// assert!(error.to_string().contains("set LOGGER_PEPPER_FILE"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HashError {
    /// The stored hash was made with a pepper that is not at hand.
    #[error(
        "a stored key was hashed with a pepper that is not configured: set LOGGER_PEPPER_FILE, or LOGGER_PEPPER_PREVIOUS_FILE, to the pepper it was made with"
    )]
    UnknownPepper,
    /// The stored hash cannot be read.
    #[error("a stored key hash is damaged")]
    Damaged(#[from] InvalidKeyHash),
    /// No random salt to be had.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// Argon2 itself failed, such as for lack of memory.
    #[error("Argon2 failed")]
    Argon2(#[source] password_hash::Error),
}

/// 256 KiB and one pass: about 0.2 ms.
const GENERATED_COST: Cost = Cost {
    memory_kib: 256,
    passes: 1,
};
/// 19 MiB and two passes, OWASP's first choice for Argon2id: about 25 ms.
pub(crate) const OPAQUE_COST: Cost = Cost {
    memory_kib: 19 * 1024,
    passes: 2,
};

#[derive(Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) memory_kib: u32,
    passes: u32,
}

impl KeyHasher {
    /// A hasher without a pepper.
    pub fn new() -> Self {
        Self::default()
    }

    /// Mixes `pepper` into new hashes. Hashes made without one, or with `previous`, still verify.
    pub fn with_pepper(pepper: Pepper, previous: Option<Pepper>) -> Self {
        Self {
            pepper: Some(pepper),
            previous,
            other: None,
        }
    }

    /// A hasher that knows the same peppers and mixes the one named `pepper` into new hashes, or with
    /// nothing none; nothing when it does not know that one.
    ///
    /// # Examples
    ///
    /// ```
    /// use central_logger_keys::{KeyHasher, Pepper};
    ///
    /// let new = Pepper::new(b"32 bytes or more, out of the database")?;
    /// let old = Pepper::new(b"another 32 bytes, out of the database")?;
    /// let configured = KeyHasher::with_pepper(new.clone(), Some(old.clone()));
    /// let present = configured.using(Some(old.id())).ok_or("it knows that one")?;
    /// assert_eq!(present.peppers(), [old.id(), new.id()]);
    /// assert!(KeyHasher::new().using(Some(old.id())).is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn using(&self, pepper: Option<PepperId>) -> Option<Self> {
        let mut known: Vec<_> = self.known().cloned().collect();
        let used = match pepper {
            None => None,
            Some(id) => {
                let place = known.iter().position(|known| known.id() == id)?;
                Some(known.remove(place))
            }
        };
        let mut others = known.into_iter();
        Some(Self {
            pepper: used,
            previous: others.next(),
            other: others.next(),
        })
    }

    /// The pepper that it mixes into new hashes, if any.
    pub fn pepper(&self) -> Option<PepperId> {
        self.pepper.as_ref().map(Pepper::id)
    }

    /// The peppers that it knows, the one that it mixes into new hashes first.
    pub fn peppers(&self) -> Vec<PepperId> {
        self.known().map(Pepper::id).collect()
    }

    pub(crate) fn known(&self) -> impl Iterator<Item = &Pepper> {
        [&self.pepper, &self.previous, &self.other]
            .into_iter()
            .flatten()
    }

    /// Hashes a generated key with a new random salt.
    ///
    /// # Errors
    /// When no salt can be drawn or Argon2 runs out of memory.
    pub fn hash_generated(&self, key: &ApiKey) -> Result<KeyHash, HashError> {
        let salt = StoreSalt::generate()?;
        hash(
            key.expose_secret().as_bytes(),
            salt,
            GENERATED_COST,
            self.pepper.as_ref(),
        )
    }

    /// Hashes an opaque key, given as its SHA-256, with the store's salt: the same key gives the
    /// same hash, by which it is then found.
    ///
    /// # Errors
    /// When Argon2 runs out of memory.
    pub fn hash_opaque(&self, key: &KeyDigest, salt: StoreSalt) -> Result<KeyHash, HashError> {
        self.hash_opaque_in(key, salt, &mut OpaqueMemory::new()?)
    }

    /// As [`hash_opaque`](Self::hash_opaque), in memory that is there already.
    ///
    /// # Errors
    /// When Argon2 fails.
    pub fn hash_opaque_in(
        &self,
        key: &KeyDigest,
        salt: StoreSalt,
        memory: &mut OpaqueMemory,
    ) -> Result<KeyHash, HashError> {
        hash_opaque(key, salt, self.pepper.as_ref(), memory)
    }

    /// The hashes under which an opaque key may be stored, each computed in `memory` when asked for:
    /// today's first, then the one of the previous pepper, then the one without a pepper.
    pub fn opaque_hashes<'a>(
        &'a self,
        key: &'a KeyDigest,
        salt: StoreSalt,
        memory: &'a mut OpaqueMemory,
    ) -> impl Iterator<Item = Result<KeyHash, HashError>> + 'a {
        let [pepper, previous, other] = [&self.pepper, &self.previous, &self.other];
        let peppers = [pepper.as_ref(), previous.as_ref(), other.as_ref(), None];
        let first_unpeppered = peppers.iter().position(Option::is_none).unwrap_or(0);
        peppers
            .into_iter()
            .enumerate()
            .filter(move |(place, pepper)| pepper.is_some() || *place == first_unpeppered)
            .map(move |(_, pepper)| hash_opaque(key, salt, pepper, memory))
    }

    /// Compares a presented generated key with a stored hash, in time that does not depend on where
    /// they differ.
    ///
    /// # Errors
    /// When the hash is damaged, was made with a pepper that is not at hand, or memory runs out.
    pub fn verify(&self, key: &ApiKey, stored: &KeyHash) -> Result<Verification, HashError> {
        let (phc, params) = stored.parts()?;
        let pepper = self.pepper_of(&params)?;
        match argon2(pepper, Params::default())?
            .verify_password(key.expose_secret().as_bytes(), &phc)
        {
            Ok(()) => Ok(Verification::Match {
                needs_rehash: self.is_outdated(&params, GENERATED_COST),
            }),
            Err(password_hash::Error::PasswordInvalid) => Ok(Verification::Mismatch),
            Err(error) => Err(HashError::Argon2(error)),
        }
    }

    /// Whether a generated key's stored hash was made with other costs or another pepper than today's.
    ///
    /// # Errors
    /// When the hash is damaged, or was made with a pepper that is not at hand.
    pub fn generated_needs_rehash(&self, stored: &KeyHash) -> Result<bool, HashError> {
        let (_, params) = stored.parts()?;
        self.pepper_of(&params)?;
        Ok(self.is_outdated(&params, GENERATED_COST))
    }

    /// Whether an opaque key's stored hash was made with other costs or another pepper than today's.
    ///
    /// # Errors
    /// When the hash is damaged, or was made with a pepper that is not at hand.
    pub fn opaque_needs_rehash(&self, stored: &KeyHash) -> Result<bool, HashError> {
        let (_, params) = stored.parts()?;
        self.pepper_of(&params)?;
        Ok(self.is_outdated(&params, OPAQUE_COST))
    }

    fn pepper_of(&self, params: &Params) -> Result<Option<&Pepper>, HashError> {
        if params.keyid().is_empty() {
            return Ok(None);
        }
        self.known()
            .find(|pepper| pepper.id().as_bytes() == params.keyid())
            .map(Some)
            .ok_or(HashError::UnknownPepper)
    }

    fn is_outdated(&self, params: &Params, cost: Cost) -> bool {
        let pepper_id = self.pepper.as_ref().map(Pepper::id);
        let current = pepper_id.as_ref().map_or(&[][..], |id| id.as_bytes());
        params.m_cost() != cost.memory_kib
            || params.t_cost() != cost.passes
            || params.keyid() != current
    }
}

fn hash(
    secret: &[u8],
    salt: StoreSalt,
    cost: Cost,
    pepper: Option<&Pepper>,
) -> Result<KeyHash, HashError> {
    let phc: PasswordHash = argon2(pepper, params(cost, pepper)?)?
        .hash_password_with_salt(secret, &salt.to_bytes())
        .map_err(HashError::Argon2)?;
    Ok(KeyHash::new(&phc))
}

/// As [`hash`], in memory that is there already.
fn hash_opaque(
    key: &KeyDigest,
    salt: StoreSalt,
    pepper: Option<&Pepper>,
    memory: &mut OpaqueMemory,
) -> Result<KeyHash, HashError> {
    let argon2 = argon2(pepper, params(OPAQUE_COST, pepper)?)?;
    let mut hash = || -> password_hash::Result<PasswordHash> {
        let salt = Salt::new(&salt.to_bytes())?;
        let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
        argon2.hash_password_into_with_memory(
            key.as_bytes(),
            &salt,
            &mut output,
            memory.blocks(),
        )?;
        Ok(PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(argon2.params())?,
            salt: Some(salt),
            hash: Some(Output::new(&output)?),
        })
    };
    Ok(KeyHash::new(&hash().map_err(HashError::Argon2)?))
}

fn params(cost: Cost, pepper: Option<&Pepper>) -> Result<Params, HashError> {
    let mut params = ParamsBuilder::new();
    params.m_cost(cost.memory_kib).t_cost(cost.passes).p_cost(1);
    if let Some(pepper) = pepper {
        params.keyid(ArgonKeyId::new(pepper.id().as_bytes()).map_err(failed)?);
    }
    params.build().map_err(failed)
}

fn argon2(pepper: Option<&Pepper>, params: Params) -> Result<Argon2<'_>, HashError> {
    match pepper {
        Some(pepper) => Argon2::new_with_secret(
            pepper.expose_secret(),
            Algorithm::Argon2id,
            Version::V0x13,
            params,
        )
        .map_err(failed),
        None => Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params)),
    }
}

pub(crate) fn failed(error: argon2::Error) -> HashError {
    HashError::Argon2(error.into())
}
