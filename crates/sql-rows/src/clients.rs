//! The tables `clients` and `client_quotas`.

use crate::{Row, UnreadableRow, Value, columns::Columns, quotas, readable_or_log};
use central_logger_client_records::{ClientBook, ClientRecord};
use central_logger_keys::ClientId;

/// The columns, in the order of [`values`].
pub const COLUMNS: &str = "client_id, name, external_id, mail, policy, created_at, deliver, mail_scopes, deliver_template";

/// Stands for all clients.
pub const ALL: &str = "";

/// Whether rows that cannot be read are left out, and the log tells of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// They are, so that they hide no others.
    LeftOut,
    /// The first one is an error.
    Refused,
}

impl Unreadable {
    /// Returns what becomes of them where one client is asked for, or all are.
    pub fn of(one: Option<&ClientId>) -> Self {
        match one {
            Some(_) => Self::Refused,
            None => Self::LeftOut,
        }
    }

    fn judge<T>(self, row: Result<T, UnreadableRow>) -> Result<Option<T>, UnreadableRow> {
        match self {
            Self::LeftOut => Ok(readable_or_log(row)),
            Self::Refused => row.map(Some),
        }
    }
}

/// Adds what a row of the [`COLUMNS`] says.
///
/// # Errors
/// When it cannot be read and must not be left out.
pub fn read(
    book: &mut ClientBook,
    row: &impl Row,
    unreadable: Unreadable,
) -> Result<(), UnreadableRow> {
    let columns = Columns::with_id_in(row, 0)?;
    if columns.text(0)? == ALL {
        book.for_all = unreadable.judge(columns.parse(4))?.unwrap_or_default();
        book.since = unreadable.judge(columns.time(5))?;
    } else if let Some(record) = unreadable.judge(read_record(&columns))? {
        book.records.insert(record.id.clone(), record);
    }
    Ok(())
}

fn read_record(columns: &Columns<'_, impl Row>) -> Result<ClientRecord, UnreadableRow> {
    Ok(ClientRecord {
        id: columns.parse(0)?,
        name: columns.string_or_null(1)?,
        external_id: columns.string_or_null(2)?,
        mail: columns.string_or_null(3)?,
        policy: columns.parse(4)?,
        created_at: columns.time(5)?,
        deliver: columns.string_or_null(6)?,
        mail_scopes: columns.parse_or_null(7)?,
        deliver_template: columns.string_or_null(8)?,
    })
}

/// Adds what a row of [`quotas::COLUMNS`] says.
///
/// # Errors
/// When it cannot be read and must not be left out.
pub fn read_quota(
    book: &mut ClientBook,
    row: &impl Row,
    unreadable: Unreadable,
) -> Result<(), UnreadableRow> {
    let columns = Columns::with_id_in(row, 0)?;
    let quota = || Ok((columns.parse(0)?, quotas::read(&columns, 1)?));
    if let Some((client, quota)) = unreadable.judge(quota())? {
        book.quotas.insert(client, quota);
    }
    Ok(())
}

/// Returns the values of a record, in the order of the [`COLUMNS`].
pub fn values(record: &ClientRecord) -> [Value<'_>; 9] {
    [
        record.id.as_str().into(),
        Value::text(record.name.as_deref()),
        Value::text(record.external_id.as_deref()),
        Value::text(record.mail.as_deref()),
        record.policy.to_string().into(),
        record.created_at.into(),
        Value::text(record.deliver.as_deref()),
        Value::shown(record.mail_scopes.as_ref()),
        Value::text(record.deliver_template.as_deref()),
    ]
}
