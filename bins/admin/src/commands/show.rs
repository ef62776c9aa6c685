use crate::{
    args::ShowArgs,
    context::{Context, key_id},
    error::AdminError,
    view::KeyView,
};
use serde::Serialize;

/// A key between the one before it and the one after it.
#[derive(Serialize)]
struct Lineage<'a> {
    #[serde(flatten)]
    key: KeyView<'a>,
    predecessor: Option<KeyView<'a>>,
    successor: Option<KeyView<'a>>,
}

pub(crate) async fn show(context: &Context<'_>, args: ShowArgs) -> Result<(), AdminError> {
    let id = key_id(&args.id)?;
    let keyring = context.keys().await?.keyring;
    let record = keyring.show(&id).await?;
    let of_client = keyring.list(Some(&record.client_id), None).await?;
    let now = context.now();
    let lineage = Lineage {
        predecessor: of_client
            .iter()
            .find(|other| Some(&other.id) == record.predecessor.as_ref())
            .map(|found| KeyView::of(found, now)),
        successor: of_client
            .iter()
            .find(|other| other.predecessor.as_ref() == Some(&id))
            .map(|found| KeyView::of(found, now)),
        key: KeyView::of(&record, now),
    };
    context.output.result(&lineage, || {
        let mut lines = lineage.key.lines();
        for (name, relative) in [
            ("Replaces", &lineage.predecessor),
            ("Replaced by", &lineage.successor),
        ] {
            if let Some(relative) = relative {
                lines += &format!("\n{name:<12} {}", relative.as_relative());
            }
        }
        lines
    })
}
