//! Converts between columns and the domain's types. A value that is not of its type is an error that names the column.

use std::num::TryFromIntError;

use serde::Serialize;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};

type NameError = serde::de::value::Error;

/// Reads a text such as an id, a zone or a status, as JSON names it.
pub(super) fn named<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, sqlx::Error> {
    let name: StrDeserializer<'_, NameError> = text.into_deserializer();
    T::deserialize(name).map_err(|error| unreadable(column, error))
}

/// The same for a column that can be null.
pub(super) fn maybe_named<T: DeserializeOwned>(
    column: &str,
    text: Option<&str>,
) -> Result<Option<T>, sqlx::Error> {
    text.map(|text| named(column, text)).transpose()
}

/// Reads a whole number. The database has only signed ones, so columns are wider than their values.
pub(super) fn number<T: TryFrom<i64>>(column: &str, number: impl Into<i64>) -> Result<T, sqlx::Error> {
    T::try_from(number.into()).map_err(|_| unreadable(column, serde::de::Error::custom("out of range")))
}

fn unreadable(column: &str, error: NameError) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: Box::new(error) }
}

/// The name of a value in JSON, as columns store it.
pub(super) fn name_of<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => unreachable!("only what JSON has as a text is kept by its name"),
    }
}

/// Positions and revisions as the database stores them.
pub(super) fn signed(number: u64) -> i64 {
    number.try_into().unwrap_or_else(|_: TryFromIntError| unreachable!("no log has 2^63 bytes"))
}
