use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A value that is written as JSON once, however often it is answered with.
pub struct Prepared<T> {
    json: Arc<RawValue>,
    value: PhantomData<fn() -> T>,
}

impl<T: Serialize> Prepared<T> {
    /// Writes it.
    pub fn new(value: &T) -> Self {
        let json =
            serde_json::value::to_raw_value(value).expect("answers have text keys and finite numbers only");
        Self { json: Arc::from(json), value: PhantomData }
    }
}

impl<T> Clone for Prepared<T> {
    fn clone(&self) -> Self {
        Self { json: Arc::clone(&self.json), value: PhantomData }
    }
}

impl<T> Serialize for Prepared<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<T: JsonSchema> JsonSchema for Prepared<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T> fmt::Debug for Prepared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared").finish_non_exhaustive()
    }
}
