//! What requests bring and answers hold, as the description has it: the types themselves are those of other
//! crates, which know nothing of OpenAPI.
//!
//! Nothing is made of these types. Tests hold them against what is really sent.
#![expect(dead_code, reason = "their fields are only described")]

mod answers;
mod provider;
mod requests;

pub(crate) use answers::{
    ChangedKey, IssuedKey, KeyDetails, KeyPage, RevokedClient, RevokedKeys, RotatedKey,
};
pub(crate) use requests::{
    ClientRevocation, Extension, IfMatch, KeyPatch, ListQuery, NewKey, NewRotation, Nothing,
    RequestName, Revocation, Selection,
};

use crate::{changes, lists, making, withdrawals};
use provider::AlsoForProvider;
use requests::NewKeyOfClient;
use utoipa::OpenApi;

/// The description of the routes.
#[derive(OpenApi)]
#[openapi(
    paths(
        lists::list,
        lists::show,
        making::issue,
        making::rotate,
        changes::update,
        changes::finish,
        changes::extend,
        changes::disable,
        changes::enable,
        withdrawals::revoke,
        withdrawals::revoke_all,
        withdrawals::revoke_client,
    ),
    components(schemas(NewKeyOfClient)),
    modifiers(&AlsoForProvider),
)]
pub struct Described;
