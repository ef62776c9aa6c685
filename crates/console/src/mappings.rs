//! Rules for foreign fields, which are tried on a sample before they hold.

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use central_logger_http_api::{Parameters, Problem};
use central_logger_intake::{HOOK, PROTOCOLS, Rules, named};
use central_logger_intake_mappings::{MappingError, MappingView, Sample, Set, Trial};
use central_logger_intake_routes::{no_mapping, of_mappings};
use central_logger_keys::Scope;
use central_logger_pages::{
    Failure, banner,
    form::{self, Field, area, field},
    line, text, time,
};
use central_logger_people::{
    Fields, Person, Submitted,
    address::{INTAKE, MAPPINGS},
};
use maud::{Markup, html};

/// What stands in the form.
struct Written {
    name: String,
    rules: String,
    protocol: String,
    sample: String,
}

/// All of them, and a form that begins with one of them, or with the rules that are known for an engine.
pub(crate) async fn page(person: Person, parameters: Parameters) -> Result<HttpResponse, Failure> {
    person.need(Scope::KEYS_MANAGE)?;
    let mappings = list(&person).await?;
    let asked = |name: &str| {
        let mut found = parameters.0.iter().filter(|(found, _)| found == name);
        found.next().map(|(_, value)| value.as_str())
    };
    let chosen = asked("name").and_then(|name| {
        let mut named = mappings.iter().filter(|found| found.name.as_str() == name);
        named.next().map(|found| (name, found.rules.clone()))
    });
    let known = asked("like").and_then(|engine| Some((engine, Rules::of(engine)?)));
    let (name, rules) = chosen.or(known).unwrap_or(("default", Rules::default()));
    let written = Written {
        name: name.to_owned(),
        rules: of_rules(&rules),
        protocol: HOOK.name().to_owned(),
        sample: String::new(),
    };
    Ok(show(&person, &mappings, &written, html! {}, StatusCode::OK))
}

/// Tries rules, or sets them.
pub(crate) async fn submit(submitted: Submitted) -> Result<HttpResponse, Failure> {
    let Submitted { person, fields } = submitted;
    person.need(Scope::KEYS_MANAGE)?;
    let written = Written::of(&fields);
    let done = match fields.get("do") {
        Some("set") => set(&person, &written).await,
        _ => tried(&person, &written),
    };
    let mappings = list(&person).await?;
    let (notice, status) = match done {
        Ok(notice) => (notice, StatusCode::OK),
        Err(problem) => {
            let status = problem.status_code();
            (Failure::from(problem).notice(), status)
        }
    };
    Ok(show(&person, &mappings, &written, notice, status))
}

/// Removes one.
pub(crate) async fn remove(submitted: Submitted) -> Result<HttpResponse, Failure> {
    let Submitted { person, fields } = submitted;
    person.need(Scope::KEYS_MANAGE)?;
    let name = fields.get("name").unwrap_or_default();
    let removed = match name.parse() {
        Ok(name) => {
            let removed = person.console.mappings.remove(person.client(), &name);
            removed
                .await
                .map_err(|error| person.failed(of_mappings(error)))?
        }
        Err(_) => false,
    };
    if !removed {
        return Err(person.failed(no_mapping(name)));
    }
    let done = html! { p { "The mapping " strong { (line(name)) } " and its hook are removed." } };
    let written = Written::of(&Fields(Vec::new()));
    let mappings = list(&person).await?;
    Ok(show(
        &person,
        &mappings,
        &written,
        banner::done(done),
        StatusCode::OK,
    ))
}

async fn list(person: &Person) -> Result<Vec<MappingView>, Failure> {
    let listed = person.console.mappings.list(person.client()).await;
    listed.map_err(|error| person.failed(of_mappings(error)))
}

impl Written {
    fn of(fields: &Fields) -> Self {
        let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
        Self {
            name: text("name"),
            rules: text("rules"),
            protocol: text("protocol"),
            sample: text("sample"),
        }
    }

    fn rules(&self) -> Result<Rules, Problem> {
        let rules = self.rules.parse();
        rules.map_err(|error| of_mappings(MappingError::Rules(error)))
    }

    fn sample(&self) -> Option<Sample<'_>> {
        let protocol = named(&self.protocol).unwrap_or(HOOK);
        let is_there = !self.sample.is_empty();
        is_there.then(|| Sample::new(protocol, None, self.sample.as_bytes()))
    }
}

fn tried(person: &Person, written: &Written) -> Result<Markup, Problem> {
    let rules = written.rules()?;
    let Some(sample) = written.sample() else {
        let detail = "There is no sample to try the rules on";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
    };
    let trial = Trial::of(&rules, &sample, person.client(), person.now).map_err(of_mappings)?;
    Ok(html! {
        @if trial.without_effect.is_empty() {
            (banner::done(html! { p { "This would be stored. Nothing is." } }))
        } @else {
            (banner::problem(html! {
                p {
                    "The rules find nothing for "
                    @for (number, field) in trial.without_effect.iter().enumerate() {
                        @if number > 0 { ", " }
                        code { (field) }
                    }
                    "."
                }
            }))
        }
        @for entry in &trial.entries { pre { (text(&format!("{entry:#}"))) } }
        @for refused in &trial.refused {
            p { "Entry " (refused.index) " would be refused: " (line(&refused.detail)) }
        }
    })
}

async fn set(person: &Person, written: &Written) -> Result<Markup, Problem> {
    let name = written.name.parse();
    let name =
        name.map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("{error}")))?;
    let set = Set {
        name,
        rules: written.rules()?,
        sample: written.sample(),
    };
    let set = person.console.mappings.set(person.client(), set).await;
    let set = set.map_err(of_mappings)?;
    Ok(banner::done(html! {
        p { "The rules of " strong { (line(set.name.as_str())) } " hold on all servers within a second." }
        @if let Some(secret) = &set.secret {
            p { "Senders that can send no key sign with this secret, which is shown now only:" }
            pre { (text(secret.expose_secret())) }
        }
    }))
}

fn of_rules(rules: &Rules) -> String {
    // Texts and names only, which JSON can express.
    serde_json::to_string_pretty(rules).unwrap_or_default()
}

fn show(
    person: &Person,
    mappings: &[MappingView],
    written: &Written,
    notice: Markup,
    status: StatusCode,
) -> HttpResponse {
    let content = html! {
        (notice)
        p.lead {
            "Which fields of other systems become ours. Those of " strong { "default" }
            " hold for all foreign protocols, each of them for its own hook."
        }
        @if mappings.is_empty() {
            (banner::empty("No mapping is set", html! {
                p { "Most shippers need none. Begin with rules that are known: " (known()) "." }
            }))
        } @else {
            (table(person, mappings))
            p { "Rules that are known: " (known()) "." }
        }
        h2 { "Try and set rules" }
        (form::changing(MAPPINGS, &person.form_token, inputs(written)))
    };
    person
        .page("Rules for foreign fields", INTAKE, content)
        .answer(status)
}

fn known() -> Markup {
    html! {
        @for (number, engine) in Rules::KNOWN.iter().enumerate() {
            @if number > 0 { ", " }
            a href={ (MAPPINGS) "?like=" (engine) } { (engine) }
        }
    }
}

fn inputs(written: &Written) -> Markup {
    let of = |name, label, hint, value| Field {
        name,
        label,
        hint,
        value,
    };
    html! {
        (field(&of("name", "Name", "default, or that of a hook: a-z, 0-9, _ and -.", &written.name)))
        (area(&of("rules", "Rules", "JSON: for each field the foreign ones, the better ones first, values that stand for others, and a default.", &written.rules), 12))
        div.field {
            label for="field-protocol" { "Protocol of the sample" }
            select id="field-protocol" name="protocol" {
                @for protocol in PROTOCOLS {
                    option value=(protocol.name()) selected[protocol.name() == written.protocol] { (protocol.name()) }
                }
            }
        }
        (area(&of("sample", "Sample", "A body as it is sent. The rules are set only if each finds something in it.", &written.sample), 8))
        button type="submit" name="do" value="try" { "Try" } " "
        button type="submit" name="do" value="set" { "Set" }
    }
}

fn table(person: &Person, mappings: &[MappingView]) -> Markup {
    html! {
        div.table.stack {
            table {
                thead {
                    tr {
                        th scope="col" { "Mapping" }
                        th scope="col" { "Hook" }
                        th scope="col" { "Changed" }
                        th scope="col" { span.unseen { "Actions" } }
                    }
                }
                tbody { @for mapping in mappings { (row(person, mapping)) } }
            }
        }
    }
}

fn row(person: &Person, mapping: &MappingView) -> Markup {
    let name = mapping.name.as_str();
    let fields = html! {
        input type="hidden" name="name" value=(name);
        button type="submit" { "Remove" span.unseen { " " (line(name)) } }
    };
    html! {
        tr {
            th scope="row" { a href={ (MAPPINGS) "?name=" (name) } { strong { (line(name)) } } }
            td data-label="Hook" { code { (line(&mapping.path)) } }
            td.tight data-label="Changed" { (time::distance(mapping.changed_at, person.now)) }
            td.actions { (form::changing(&format!("{MAPPINGS}/remove"), &person.form_token, fields)) }
        }
    }
}
