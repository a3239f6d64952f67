use schemas::LeadId;

use super::MemoryReadModel;
use crate::page::Cursor;
use crate::{Answer, LeadRow, LeadSearch, Page, PageRequest, QueryError};

impl MemoryReadModel {
    pub(crate) fn lead(&self, lead_id: &LeadId) -> Result<Answer<LeadRow>, QueryError> {
        self.snapshot().answer(|state| {
            let view = state.leads.get(lead_id).ok_or_else(|| QueryError::LeadNotFound(lead_id.clone()))?;
            Ok(view.row())
        })
    }

    pub(crate) fn leads(
        &self,
        search: Option<&LeadSearch>,
        page: &PageRequest,
    ) -> Result<Answer<Page<LeadRow>>, QueryError> {
        let last = Cursor::of_leads(page, search)?;
        let count = page.limit.get() + 1;
        self.snapshot().answer(|state| {
            let rows = if let Some(search) = search {
                state.leads.search(search, last.as_ref(), count)
            } else {
                let rows = state.leads.list(last.as_ref().map(|(_, lead_id)| lead_id), count);
                rows.into_iter().map(|row| (String::new(), row)).collect()
            };
            Ok(Page::of_leads(rows, page.limit))
        })
    }
}
