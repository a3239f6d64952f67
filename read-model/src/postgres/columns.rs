//! Values in columns, as the types of the domain.

use std::num::TryFromIntError;

use serde::Serialize;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};
use sqlx::Row;
use sqlx::postgres::PgRow;

/// Reads a row's columns; what is not of its type is an error that names the column.
pub(super) trait Columns {
    /// A text that names one of a set, such as an id, a zone or a status, by its name in JSON.
    fn named<T: DeserializeOwned>(&self, column: &str) -> Result<T, sqlx::Error>;
    /// The same where there may be none.
    fn maybe_named<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, sqlx::Error>;
    /// A whole number. The database has only those with a sign, so that columns are wider than what is in them.
    fn number<T: TryFrom<i64>>(&self, column: &str) -> Result<T, sqlx::Error>;
}

impl Columns for PgRow {
    fn named<T: DeserializeOwned>(&self, column: &str) -> Result<T, sqlx::Error> {
        from_name(self.try_get(column)?).map_err(|error| unreadable(column, error))
    }

    fn maybe_named<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, sqlx::Error> {
        let text: Option<&str> = self.try_get(column)?;
        text.map(from_name).transpose().map_err(|error| unreadable(column, error))
    }

    fn number<T: TryFrom<i64>>(&self, column: &str) -> Result<T, sqlx::Error> {
        let number = self
            .try_get::<i64, _>(column)
            .or_else(|_| self.try_get::<i32, _>(column).map(i64::from))
            .or_else(|_| self.try_get::<i16, _>(column).map(i64::from))?;
        T::try_from(number).map_err(|_| unreadable(column, serde::de::Error::custom("out of range")))
    }
}

type NameError = serde::de::value::Error;

fn from_name<T: DeserializeOwned>(text: &str) -> Result<T, NameError> {
    let name: StrDeserializer<'_, NameError> = text.into_deserializer();
    T::deserialize(name)
}

fn unreadable(column: &str, error: NameError) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: Box::new(error) }
}

/// The name of a value in JSON, as columns have it.
pub(super) fn name_of<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => unreachable!("only what JSON has as a text is kept by its name"),
    }
}

/// Positions and revisions as the database keeps them.
pub(super) fn signed(number: u64) -> i64 {
    number.try_into().unwrap_or_else(|_: TryFromIntError| unreachable!("no log has 2^63 bytes"))
}
