//! Free slots at a registered property: whom it is shown by, when it can be visited, and what visits it has.

use schemas::event::{AppointmentBooked, PropertyVisitHoursReplaced};
use serde_json::Value;

use crate::sample::{Sample, appointment_id};

const AT_PROPERTY: &str = "/v1/slots?appointment_type=visita_propiedad&from=2026-12-02T00:00:00Z&to=2026-12-03T00:00:00Z&property_id=P-310";

fn sample(agent_ids: &[&str]) -> Sample {
    let mut sample = Sample::new();
    sample.register_property("P-310", agent_ids);
    sample
}

/// Agent and start of each slot.
async fn offered(sample: &Sample) -> Vec<(String, String)> {
    let answered = sample.get(AT_PROPERTY).await;
    assert!(answered.status.is_success(), "{}", answered.body);
    let text = |item: &Value, member: &str| item[member].as_str().unwrap().to_owned();
    let items = answered.body["items"].as_array().unwrap();
    items.iter().map(|item| (text(item, "agent_id"), text(item, "start"))).collect()
}

#[actix_web::test]
async fn only_who_may_show_it_is_offered() {
    let all = offered(&sample(&[])).await;
    assert!(["7", "8"].iter().all(|agent| all.iter().any(|(offered, _)| offered == agent)), "{all:?}");
    let own = offered(&sample(&["8"])).await;
    assert!(!own.is_empty() && own.iter().all(|(agent, _)| agent == "8"), "{own:?}");
}

#[actix_web::test]
async fn nothing_is_offered_outside_of_its_visit_hours() {
    let mut sample = sample(&[]);
    let rules = vec![fixtures::rule(1, 2, "10:00", "11:00")];
    sample.property("P-310", PropertyVisitHoursReplaced { property_id: "P-310".parse().unwrap(), rules });
    let starts: Vec<_> = offered(&sample).await.into_iter().map(|(_, start)| start).collect();
    assert!(!starts.is_empty());
    // 10:00 to 11:00 in Santiago.
    let inside = |start: &String| ("2026-12-02T13:00:00Z".."2026-12-02T14:00:00Z").contains(&start.as_str());
    assert!(starts.iter().all(inside), "{starts:?}");
}

#[actix_web::test]
async fn a_visit_with_one_agent_takes_the_door_from_the_other() {
    let mut sample = sample(&[]);
    let start = "2026-12-02T13:00:00Z";
    assert!(offered(&sample).await.contains(&("8".to_owned(), start.to_owned())));
    let booked = fixtures::booked(appointment_id(1), &"7".parse().unwrap(), start.parse().unwrap(), 30);
    let property_id = Some("P-310".parse().unwrap());
    sample.agent("7", AppointmentBooked { property_id, ..booked });
    let left = offered(&sample).await;
    assert!(!left.is_empty() && left.iter().all(|(_, offered)| offered != start), "{left:?}");
}
