use availability::Interval;
use schemas::BlockId;
use schemas::event::{AppointmentCompleted, OfficeBlocked};
use uuid::Uuid;

use super::*;
use crate::conflict::LOOKED_AT;
use crate::{ConflictRow, ConflictSearch};

fn all(limit: u16) -> ConflictSearch {
    let range = Interval::new(begin(), begin() + TimeDelta::days(30));
    let page = PageRequest { limit: Limit::try_new(limit).unwrap(), cursor: None };
    ConflictSearch { agent_ids: Vec::new(), range, page }
}

/// Ten visits, of which only the last, and one that is over, are in a block of the office.
fn given() -> MemoryReadModel {
    let mut log = two_agents();
    let start = |number: u128| begin() + TimeDelta::hours(i64::try_from(number).unwrap());
    for number in 1..=10 {
        log.book(number, if number % 2 == 0 { "7" } else { "8" }, start(number));
    }
    log.book(11, "8", start(10));
    log.agent("8", AppointmentCompleted { appointment_id: id(11) });
    let block_id = BlockId::new(Uuid::from_u128(1));
    let block = fixtures::block(block_id, fixtures::ZONE, start(10), start(11));
    log.office(OfficeBlocked { block });
    log.read_model()
}

fn blocked(rows: &[ConflictRow]) -> Vec<AppointmentId> {
    let is_blocked = |row: &&ConflictRow| {
        row.findings.iter().any(|finding| finding.reason == availability::Reason::Blocked)
    };
    rows.iter().filter(is_blocked).map(|row| row.appointment_id).collect()
}

#[tokio::test]
async fn a_page_looks_at_so_many_appointments_and_says_where_to_go_on() {
    let read_model = given();
    let (mut question, mut found, mut pages) = (all(200), Vec::new(), 0);
    loop {
        let page = read_model.conflicts(&question).await.unwrap().value;
        assert!(page.items.len() <= LOOKED_AT);
        found.extend(page.items);
        pages += 1;
        question.page.cursor = page.next_cursor;
        if question.page.cursor.is_none() {
            break;
        }
    }
    assert_eq!(pages, 4, "ten are still to be, three at a time");
    assert_eq!(blocked(&found), [id(10)], "what is over is no conflict");
}

#[tokio::test]
async fn the_calendar_says_the_same_of_its_agent() {
    let read_model = given();
    let range = all(1).range;
    for agent_id in ["7", "8"] {
        let agent_id: AgentId = agent_id.parse().unwrap();
        let calendar = read_model.agent_calendar(&agent_id, range, begin()).await.unwrap().value;
        let in_calendar: Vec<_> =
            calendar.conflicts.into_iter().map(|one| (one.appointment_id, one.findings)).collect();
        let mut listed = Vec::new();
        let mut question = ConflictSearch { agent_ids: vec![agent_id], ..all(200) };
        loop {
            let page = read_model.conflicts(&question).await.unwrap().value;
            listed.extend(page.items.into_iter().map(|row| (row.appointment_id, row.findings)));
            question.page.cursor = page.next_cursor;
            if question.page.cursor.is_none() {
                break;
            }
        }
        assert_eq!(listed, in_calendar);
    }
}
