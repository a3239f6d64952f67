use std::sync::Arc;

use operation::{Access, Code, Found, Nothing, Operation, Problem, Query, QueryCall};
use read_model::{Limit, Page, PageRequest, PropertyRow, PropertySearch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::targets::OfProperty;
use crate::QueryApi;
use crate::parameters::limit;
use crate::query_result::{found, versioned};

/// One property.
pub(crate) struct GetProperty;

impl Operation for GetProperty {
    const NAME: &'static str = "GetProperty";
    const SUMMARY: &'static str =
        "One property: where it is, who shows it, when it can be visited and where its keys are.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[Code::UnknownProperty];
    type Target = OfProperty;
    type Request = Nothing;
    type Answer = PropertyRow;
}

impl Query for GetProperty {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        OfProperty { property_id }: OfProperty,
        _: Nothing,
    ) -> Result<Found<PropertyRow>, Problem> {
        versioned(api.read_model(call).await?.property(&property_id).await, |property| property.version)
    }
}

/// Properties by text and comuna.
pub(crate) struct ListProperties;

/// What is searched for, and which page.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PropertyPage {
    /// A part of the title, the address or the id.
    q: Option<String>,
    /// The comuna's official name or code.
    comuna: Option<String>,
    /// How many entries; by default 50.
    #[serde(default, deserialize_with = "limit")]
    limit: Limit,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

impl Operation for ListProperties {
    const NAME: &'static str = "ListProperties";
    const SUMMARY: &'static str =
        "Properties by id: all of them, those of a comuna, or those with a text in them.";
    const ACCESS: Access = Access::READING;
    const ERRORS: &'static [Code] = &[];
    type Target = Nothing;
    type Request = PropertyPage;
    type Answer = Page<PropertyRow>;
}

impl Query for ListProperties {
    type Api = QueryApi;

    async fn execute(
        api: &Arc<QueryApi>,
        call: &QueryCall,
        _: Nothing,
        PropertyPage { q, comuna, limit, cursor }: PropertyPage,
    ) -> Result<Found<Page<PropertyRow>>, Problem> {
        operation::check_length("q", q.as_deref().unwrap_or_default(), PropertySearch::MAX_LENGTH)?;
        let search = PropertySearch::new(q.as_deref(), comuna.as_deref()).ok_or_else(|| {
            Problem::malformed(
                "comuna",
                "must be the official name or code of a comuna, such as Ñuñoa or 13120",
            )
        })?;
        found(api.read_model(call).await?.properties(&search, &PageRequest { limit, cursor }).await)
    }
}
