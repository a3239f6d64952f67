//! Properties in a history: two of those that its appointments are about.

use chrono::TimeDelta;
use chrono_tz::Tz;
use read_model::Event;
use schemas::event::{
    PropertyBlocked, PropertyDateExceptionRemoved, PropertyDateExceptionSet, PropertyEvent,
    PropertyRegistered, PropertyRelisted, PropertyUnblocked, PropertyUpdated, PropertyVisitHoursReplaced,
    PropertyWithdrawn,
};
use schemas::value::{DateException, PropertyProfile, VisitCaps, VisitOverlap};
use schemas::{BlockId, PropertyId};
use uuid::Uuid;

use super::{AGENTS, History};

impl History {
    /// Registers a property, or changes when it can be visited and by whom it is shown, as the numbers say.
    pub(super) fn change_property(&mut self, which: u8, slot: u8) {
        let property_id: PropertyId = format!("P-{}", which % 2).parse().unwrap();
        let time_zone = [Tz::America__Santiago, Tz::America__Punta_Arenas][usize::from(which % 2)];
        let profile = profile(which, slot, time_zone);
        let date = self.now.date_naive() + TimeDelta::days(i64::from(slot % 4));
        let block_id = BlockId::new(Uuid::from_u128(u128::from(which % 4) + 1));
        let start = self.now + TimeDelta::hours(i64::from(slot));
        let is_new = self.properties.insert(property_id.clone());
        let event: PropertyEvent = match which {
            _ if is_new => PropertyRegistered { property_id: property_id.clone(), profile }.into(),
            0..4 => PropertyUpdated { property_id: property_id.clone(), profile }.into(),
            4 | 5 => {
                let weekday = slot % 7;
                let rules = vec![
                    fixtures::rule(1, weekday, "08:00", "13:00"),
                    fixtures::rule(2, (weekday + 1) % 7, "10:00", "20:00"),
                ];
                let rules = if slot % 8 == 7 { Vec::new() } else { rules };
                PropertyVisitHoursReplaced { property_id: property_id.clone(), rules }.into()
            }
            6 => {
                let exception = DateException { date, intervals: Vec::new() };
                PropertyDateExceptionSet { property_id: property_id.clone(), exception }.into()
            }
            7 => PropertyDateExceptionRemoved { property_id: property_id.clone(), date }.into(),
            8 | 9 => {
                let block = fixtures::block(block_id, time_zone, start, start + TimeDelta::hours(5));
                PropertyBlocked { property_id: property_id.clone(), block }.into()
            }
            10 if slot % 4 == 3 => PropertyWithdrawn { property_id: property_id.clone() }.into(),
            10 => PropertyRelisted { property_id: property_id.clone() }.into(),
            _ => PropertyUnblocked { property_id: property_id.clone(), block_id, date: None }.into(),
        };
        self.log.append(Event::Property(property_id, event), self.now);
    }
}

fn profile(which: u8, slot: u8, time_zone: Tz) -> PropertyProfile {
    let overlap = match slot % 4 {
        0 => VisitOverlap::Shared { simultaneous_visits: 2 },
        1 => VisitOverlap::Announced,
        _ => VisitOverlap::Exclusive,
    };
    let agent_ids = AGENTS.iter().take(usize::from(which % 3)).map(|id| id.parse().unwrap()).collect();
    PropertyProfile {
        title: "Departamento".to_owned(),
        address: "Irarrázaval 100".to_owned(),
        comuna: "Ñuñoa".to_owned(),
        comuna_code: "13120".to_owned(),
        region: "Metropolitana de Santiago".to_owned(),
        time_zone,
        coordinates: None,
        agent_ids,
        notice_minutes: u32::from(slot % 3) * 60,
        overlap,
        caps: VisitCaps { per_day: (slot % 5 == 0).then_some(2), per_week: (slot % 6 == 0).then_some(3) },
        approval: None,
        access_instructions: None,
    }
}
