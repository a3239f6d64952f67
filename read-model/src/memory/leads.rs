//! Leads, by id and by the words under which they are found.

use std::ops::Bound;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use schemas::{LeadEvent, LeadId, Metadata};

use crate::lead::{BookingContact, LeadView};
use crate::{AppointmentRow, LeadRow, LeadSearch};

/// Every lead that has said something or has booked. Clones share their data.
#[derive(Debug, Clone, Default)]
pub(super) struct Leads {
    by_id: OrdMap<LeadId, Arc<LeadView>>,
    by_word: OrdMap<String, OrdSet<LeadId>>,
}

impl Leads {
    pub(super) fn get(&self, lead_id: &LeadId) -> Option<&Arc<LeadView>> {
        self.by_id.get(lead_id)
    }

    pub(super) fn evolve(&mut self, lead_id: &LeadId, event: &LeadEvent, metadata: &Metadata) {
        let mut view = self.view(lead_id);
        LeadView::evolve(&mut view, lead_id, event, metadata);
        self.put(view);
    }

    pub(super) fn note_booking(&mut self, of_booking: BookingContact, position: u64, metadata: &Metadata) {
        let mut view = self.view(&of_booking.lead_id);
        LeadView::note_booking(&mut view, of_booking, position, metadata);
        self.put(view);
    }

    fn view(&self, lead_id: &LeadId) -> Option<LeadView> {
        self.get(lead_id).map(|view| LeadView::clone(view))
    }

    fn put(&mut self, view: Option<LeadView>) {
        let Some(view) = view else { return };
        let before = self.get(&view.lead_id).map(|before| before.words()).unwrap_or_default();
        let now = view.words();
        for word in before.difference(&now) {
            if let Some(leads) = self.by_word.get_mut(word) {
                leads.remove(&view.lead_id);
                if leads.is_empty() {
                    self.by_word.remove(word);
                }
            }
        }
        for word in now.difference(&before) {
            self.by_word.entry(word.clone()).or_default().insert(view.lead_id.clone());
        }
        self.by_id.insert(view.lead_id.clone(), Arc::new(view));
    }

    /// The leads after this one, by id.
    pub(super) fn list(&self, after: Option<&LeadId>, count: usize) -> Vec<LeadRow> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let leads = self.by_id.range::<_, LeadId>((after, Bound::Unbounded));
        leads.take(count).map(|(_, view)| view.row()).collect()
    }

    /// The leads that are found, by the least word that the search's first term begins, and then by id; each with that
    /// word.
    pub(super) fn search(
        &self,
        search: &LeadSearch,
        after: Option<&(String, LeadId)>,
        count: usize,
    ) -> Vec<(String, LeadRow)> {
        let first = after.map_or(search.first(), |(word, _)| word.as_str());
        let words = self.by_word.range::<_, str>((Bound::Included(first), Bound::Unbounded));
        let words = words.take_while(|(word, _)| word.starts_with(search.first()));
        let leads = words.flat_map(|(word, leads)| leads.iter().map(move |lead_id| (word, lead_id)));
        let rest = leads.filter(|(word, lead_id)| {
            after.is_none_or(|(last, last_id)| (last.as_str(), last_id) < (word.as_str(), *lead_id))
        });
        let found = rest.filter_map(|(word, lead_id)| {
            let view = self.get(lead_id)?;
            (search.found_by(&view.words()) == Some(word)).then(|| (word.clone(), view.row()))
        });
        found.take(count).collect()
    }

    /// The appointment with the name of its lead.
    pub(super) fn named(&self, row: &AppointmentRow) -> AppointmentRow {
        let lead_name = self.get(&row.lead_id).and_then(|view| view.name().cloned());
        AppointmentRow { lead_name, ..row.clone() }
    }
}
