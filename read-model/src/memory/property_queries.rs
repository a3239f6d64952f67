use std::ops::Bound;

use schemas::PropertyId;

use super::MemoryReadModel;
use crate::{Answer, Page, PageRequest, PropertyRow, PropertySearch, QueryError};

impl MemoryReadModel {
    pub(crate) fn property(&self, property_id: &PropertyId) -> Result<Answer<PropertyRow>, QueryError> {
        self.snapshot().answer(|state| {
            let view = state.properties.get(property_id);
            Ok(view.ok_or_else(|| QueryError::UnknownProperty(property_id.clone()))?.row())
        })
    }

    pub(crate) fn properties(
        &self,
        search: &PropertySearch,
        page: &PageRequest,
    ) -> Result<Answer<Page<PropertyRow>>, QueryError> {
        let last = Page::last_property(page)?;
        let after = last.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        self.snapshot().answer(|state| {
            let rest = state.properties.range::<_, PropertyId>((after, Bound::Unbounded));
            let found = rest.map(|(_, view)| view).filter(|view| search.finds(view));
            let rows = found.take(page.limit.get() + 1).map(|view| view.row()).collect();
            Ok(Page::of_properties(rows, page))
        })
    }
}
