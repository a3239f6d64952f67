//! Slots far apart in time, out of the earliest ones of each piece of each day.

use std::collections::BTreeMap;

use availability::Slot;
use chrono::{NaiveDate, TimeDelta};
use schemas::AgentId;

use crate::slot_question::SlotQuestion;

/// How far apart slots of one day are at least.
const HOUR: TimeDelta = TimeDelta::hours(1);

/// A slot with its agent.
type Offer = (AgentId, Slot);

/// The earliest slots of each day, each with the number of its piece.
pub(crate) struct Pieces(BTreeMap<NaiveDate, Vec<(usize, Offer)>>);

impl Pieces {
    /// `offers` come in the order of time. Of each piece the first counts.
    pub(crate) fn of(offers: impl IntoIterator<Item = Offer>, question: &SlotQuestion) -> Self {
        let mut days = BTreeMap::<NaiveDate, Vec<(usize, Offer)>>::new();
        for offer in offers {
            let (date, piece) = question.piece_of(offer.1.start);
            let day = days.entry(date).or_default();
            if day.iter().all(|(known, _)| *known != piece) {
                day.push((piece, offer));
            }
        }
        Self(days)
    }

    /// How many days before this date have a slot.
    pub(crate) fn days_before(&self, date: NaiveDate) -> usize {
        self.0.range(..date).count()
    }

    /// The first slot, then in turn the one that is farthest from all that were chosen, the earliest of those, as long as it
    /// is an hour or more.
    pub(crate) fn far_apart(self, limit: usize) -> Vec<Offer> {
        let mut offers: Vec<Offer> = self.0.into_values().flatten().map(|(_, offer)| offer).collect();
        offers.sort_by_key(|(_, slot)| *slot);
        // Each with how far it is from the nearest that was chosen.
        let mut left: Vec<_> = offers.into_iter().map(|offer| (offer, TimeDelta::MAX)).collect();
        let mut chosen: Vec<Offer> = Vec::with_capacity(limit);
        while chosen.len() < limit {
            // The first of those that are as far.
            let farthest = (0..left.len()).rev().max_by_key(|at| left[*at].1);
            let Some(farthest) = farthest.filter(|at| HOUR <= left[*at].1) else { break };
            let (offer, _) = left.remove(farthest);
            for ((_, slot), apart) in &mut left {
                *apart = (*apart).min((slot.start - offer.1.start).abs());
            }
            chosen.push(offer);
        }
        chosen.sort_by_key(|(_, slot)| *slot);
        chosen
    }

    /// Each day in turn gives a slot, as [`Shown::Spread`](crate::Shown::Spread) says.
    pub(crate) fn chosen(mut self, limit: usize) -> Vec<Offer> {
        let mut taken = BTreeMap::<usize, usize>::new();
        let mut chosen = Vec::with_capacity(limit);
        while chosen.len() < limit {
            let before = chosen.len();
            for day in self.0.values_mut() {
                let times_taken = |(piece, _): &(usize, Offer)| taken.get(piece).copied().unwrap_or(0);
                let least = (0..day.len()).min_by_key(|at| times_taken(&day[*at]));
                if let Some(least) = least.filter(|_| chosen.len() < limit) {
                    let (piece, offer) = day.remove(least);
                    *taken.entry(piece).or_default() += 1;
                    chosen.push(offer);
                }
            }
            if chosen.len() == before {
                break;
            }
        }
        chosen.sort_by_key(|(_, slot)| *slot);
        chosen
    }
}
