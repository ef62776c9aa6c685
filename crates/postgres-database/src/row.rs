//! Rows and values in the types of PostgreSQL.

use bytes::BytesMut;
use central_logger_sql_rows::{ColumnError, Row, Value};
use central_logger_times::{InvalidTimestamp, Timestamp};
use std::{collections::BTreeSet, error::Error};
use time::OffsetDateTime;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

/// A row as it came.
pub struct PgRow<'r>(pub &'r tokio_postgres::Row);

impl PgRow<'_> {
    fn get<'r, T: FromSql<'r>>(&'r self, column: usize) -> Result<T, ColumnError> {
        self.0.try_get(column).map_err(ColumnError::new)
    }

    fn column(&self, column: usize) -> (&str, &Type) {
        let column = self.0.columns().get(column);
        column.map_or(("", &Type::UNKNOWN), |column| {
            (column.name(), column.type_())
        })
    }
}

impl Row for PgRow<'_> {
    fn text(&self, column: usize) -> Result<&str, ColumnError> {
        self.get(column)
    }

    fn text_or_null(&self, column: usize) -> Result<Option<&str>, ColumnError> {
        self.get(column)
    }

    fn integer(&self, column: usize) -> Result<i64, ColumnError> {
        let number = self.integer_or_null(column)?;
        number.ok_or_else(|| ColumnError::new("a number is missing"))
    }

    fn integer_or_null(&self, column: usize) -> Result<Option<i64>, ColumnError> {
        match self.column(column) {
            (_, &Type::INT4) => Ok(self.get::<Option<i32>>(column)?.map(i64::from)),
            _ => self.get(column),
        }
    }

    fn flag(&self, column: usize) -> Result<bool, ColumnError> {
        self.get(column)
    }

    fn bytes_or_null(&self, column: usize) -> Result<Option<&[u8]>, ColumnError> {
        self.get(column)
    }

    fn uuid(&self, column: usize) -> Result<Uuid, ColumnError> {
        self.get(column)
    }

    fn time_or_null(&self, column: usize) -> Result<Option<Timestamp>, ColumnError> {
        let named = |error| ColumnError::new(format!("{} {error}", self.column(column).0));
        let time: Option<OffsetDateTime> = self
            .0
            .try_get(column)
            .map_err(|_| named(InvalidTimestamp::TooLate))?;
        time.map(Timestamp::try_from).transpose().map_err(named)
    }

    fn names(&self, column: usize) -> Result<BTreeSet<String>, ColumnError> {
        Ok(self.get::<Vec<String>>(column)?.into_iter().collect())
    }

    fn is_null(&self, column: usize) -> bool {
        matches!(self.0.try_get::<_, Option<Anything>>(column), Ok(None))
    }
}

/// What a column holds that is not null.
struct Anything;

impl FromSql<'_> for Anything {
    fn from_sql(_: &Type, _: &[u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The values of a statement.
#[derive(Debug)]
pub struct Params<'a>(Vec<Param<'a>>);

#[derive(Debug)]
struct Param<'a>(Value<'a>);

impl<'a> Params<'a> {
    /// These, in this order.
    pub fn new(values: impl IntoIterator<Item = Value<'a>>) -> Self {
        Self(values.into_iter().map(Param).collect())
    }

    /// The values of a statement that was prepared.
    pub fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        let values = self.0.iter().map(|param| param as &(dyn ToSql + Sync));
        values.collect()
    }

    /// The values of a statement that is not, with their types.
    pub fn typed(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        let values = self.values().into_iter();
        values.zip(self.0.iter().map(Param::type_of)).collect()
    }
}

impl Param<'_> {
    fn type_of(&self) -> Type {
        match self.0 {
            Value::Text(_) => Type::TEXT,
            Value::Integer(_) => Type::INT8,
            Value::Flag(_) => Type::BOOL,
            Value::Bytes(_) => Type::BYTEA,
            Value::Time(_) => Type::TIMESTAMPTZ,
        }
    }
}

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match &self.0 {
            Value::Text(text) => text.as_deref().to_sql(ty, out),
            Value::Integer(number) if *ty == Type::INT4 => {
                number.map(i32::try_from).transpose()?.to_sql(ty, out)
            }
            Value::Integer(number) => number.to_sql(ty, out),
            Value::Flag(flag) => flag.to_sql(ty, out),
            Value::Bytes(bytes) => bytes.to_sql(ty, out),
            Value::Time(time) => time.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
