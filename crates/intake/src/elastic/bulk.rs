//! Lines of actions and documents in turn.

use super::document;
use crate::{
    Batch, ItemName, Refusal,
    json::{self, Members},
};
use time::OffsetDateTime;

pub(super) fn read(body: &str, index: Option<&str>, now: OffsetDateTime) -> Result<Batch, Refusal> {
    let mut batch = Batch::default();
    // Some write a blank line after each document.
    let lines = body.split('\n').enumerate();
    let mut lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let mut before: Option<(&str, ItemName)> = None;
    while let Some((number, line)) = lines.next() {
        let name = match before.take() {
            // Most are alike, but for those with ids.
            Some((same, name)) if same == line => name,
            _ => action(line, index).ok_or_else(|| {
                Refusal::malformed(format!(
                    "Malformed action/metadata line [{}]: an object with create or index is \
                     expected",
                    number + 1
                ))
            })?,
        };
        before = name.id.is_none().then(|| (line, name.clone()));
        if name.action == "delete" {
            let detail = "entries of a log are not deleted";
            batch.push_fault(Some(name), detail)?;
            continue;
        }
        let Some((_, line)) = lines.next() else {
            let detail = "The bulk request must end with a document: the last action has none";
            return Err(Refusal::malformed(detail));
        };
        if name.action == "update" {
            let detail = "entries of a log are not changed: use create or index";
            batch.push_fault(Some(name), detail)?;
            continue;
        }
        match Members::parse(line.trim()) {
            Ok(members) => {
                let drafted = document(&members, &name, now);
                batch.push_named(Some(name), drafted)?;
            }
            Err(error) => {
                let detail = format!("not a JSON object, at column {}", error.column());
                batch.push_fault(Some(name), detail)?;
            }
        }
    }
    match batch.is_empty() {
        true => Err(Refusal::malformed("request body is required")),
        false => Ok(batch),
    }
}

/// What stands beside the action, and what it has that is not known, is passed over.
fn action(line: &str, index: Option<&str>) -> Option<ItemName> {
    let members = Members::parse(line.trim()).ok()?;
    let known = members.0.iter().find_map(|(name, value)| {
        let actions = ["create", "index", "update", "delete"];
        let action = actions.into_iter().find(|action| action == name)?;
        Some((action, value))
    });
    let (action, value) = known?;
    let of_action = Members::parse(value.get()).ok()?;
    let id = of_action.get("_id").map(|id| match json::text(id) {
        Some(text) => text.into_owned(),
        None => id.get().to_owned(),
    });
    Some(ItemName {
        action,
        index: of_action
            .text("_index")
            .map(Into::into)
            .or_else(|| index.map(str::to_owned)),
        id: id.filter(|id| !id.is_empty()),
    })
}
