//! The calls about keys of all clients, which are those of a client once more.

use utoipa::{
    Modify,
    openapi::{
        Content, OpenApi, Ref, RefOr, Required,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        schema::{ObjectBuilder, Schema, Type},
    },
};

const OF_CLIENT: &str = "/api/v1/keys";
const OF_PROVIDER: &str = "/api/v1/provider/keys";

/// Describes each call of a client a second time, as that of the provider.
pub(crate) struct AlsoForProvider;

impl Modify for AlsoForProvider {
    fn modify(&self, openapi: &mut OpenApi) {
        let paths = &mut openapi.paths.paths;
        let of_client = paths.iter().filter_map(|(path, item)| {
            let rest = path.strip_prefix(OF_CLIENT)?;
            Some((format!("{OF_PROVIDER}{rest}"), item.clone()))
        });
        for (path, mut item) in of_client.collect::<Vec<_>>() {
            let PathItem {
                get, post, patch, ..
            } = &mut item;
            for (operation, scope) in [
                (get, "provider:read"),
                (post, "provider:write"),
                (patch, "provider:write"),
            ] {
                if let Some(operation) = operation {
                    speak_of_provider(operation, scope);
                }
            }
            paths.insert(path, item);
        }
    }
}

fn speak_of_provider(operation: &mut Operation, scope: &str) {
    let id = operation.operation_id.take().unwrap_or_default();
    operation.tags = Some(vec!["provider".to_owned()]);
    operation.summary = operation
        .summary
        .as_ref()
        .map(|summary| format!("{summary} of any client"));
    let needed = format!("Requires a key of the provider with the scope `{scope}`.");
    operation.description = Some(match &*id {
        "listKeys" => {
            format!("Returns the keys of all clients, or of one, oldest first.\n\n{needed}")
        }
        "issueKey" => format!(
            "The answer is the only one that shows the key itself. What the provider sets, its client can \
             only tighten.\n\n{needed}"
        ),
        _ => format!("As for a client, but without its limits.\n\n{needed}"),
    });
    match &*id {
        "listKeys" => operation
            .parameters
            .get_or_insert_default()
            .push(client_id()),
        "issueKey" => name_client(operation),
        _ => {}
    }
    operation.operation_id = Some(format!("{id}OfClient"));
}

fn client_id() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[a-z0-9][a-z0-9_-]{0,63}$"));
    ParameterBuilder::new()
        .name("client_id")
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some("Only keys of this client."))
        .schema(Some(Schema::from(schema)))
        .build()
}

/// The provider says whose key it is to be.
fn name_client(operation: &mut Operation) {
    let Some(body) = &mut operation.request_body else {
        return;
    };
    body.required = Some(Required::True);
    let mut content = Content::new(Some(RefOr::Ref(Ref::from_schema_name("NewKeyOfClient"))));
    content.example = Some(serde_json::json!({"client_id": "globex", "expires_in": "90d"}));
    body.content.insert("application/json".to_owned(), content);
}
