//! Values in columns, as the types of the domain. What is not of its type is an error that names the column.

use std::num::TryFromIntError;

use serde::Serialize;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};

type NameError = serde::de::value::Error;

/// A text that names one of a set, such as an id, a zone or a status, by its name in JSON.
pub(super) fn named<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, sqlx::Error> {
    let name: StrDeserializer<'_, NameError> = text.into_deserializer();
    T::deserialize(name).map_err(|error| unreadable(column, error))
}

/// The same where there may be none.
pub(super) fn maybe_named<T: DeserializeOwned>(
    column: &str,
    text: Option<&str>,
) -> Result<Option<T>, sqlx::Error> {
    text.map(|text| named(column, text)).transpose()
}

/// A whole number. The database has only those with a sign, so that columns are wider than what is in them.
pub(super) fn number<T: TryFrom<i64>>(column: &str, number: impl Into<i64>) -> Result<T, sqlx::Error> {
    T::try_from(number.into()).map_err(|_| unreadable(column, serde::de::Error::custom("out of range")))
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
