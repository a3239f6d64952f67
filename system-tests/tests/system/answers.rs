//! Every answer that does not depend on the time of day, to compare what a program tells with what another tells.

use serde_json::Value;
use system_tests::Client;

use crate::support::{VISIT, all, at, head, text};

/// Paths with what they answer.
pub(crate) type Answers = Vec<(String, String)>;

/// Everything there is to ask, in every order, through every filter and page by page.
pub(crate) async fn everything(client: &Client) -> Answers {
    let position = head(client).await;
    let agents = all(client, "/v1/agents", &position).await;
    let appointments = all(client, "/v1/appointments", &position).await;
    let range = format!("from={}&to={}", text(at(0, 0)), text(at(30, 0)));
    let mut answers = Vec::new();
    ask(client, "/v1/agents?limit=1".to_owned(), &mut answers).await;
    ask(client, format!("/v1/calendar?{range}&limit=2"), &mut answers).await;
    ask(client, format!("/v1/summary?{range}&by=day,status,agent,type"), &mut answers).await;
    for agent in &agents {
        let agent = format!("/v1/agents/{}", agent["agent_id"].as_str().unwrap());
        for path in [String::new(), format!("/calendar?{range}"), format!("/availability?{range}")] {
            ask(client, format!("{agent}{path}"), &mut answers).await;
        }
    }
    for appointment in &appointments {
        let appointment = format!("/v1/appointments/{}", appointment["id"].as_str().unwrap());
        ask(client, format!("{appointment}/history"), &mut answers).await;
        ask(client, appointment, &mut answers).await;
    }
    for sort in ["start", "-start", "created_at", "-created_at", "updated_at", "-updated_at"] {
        for filter in filters(&appointments) {
            ask(client, format!("/v1/appointments?sort={sort}&limit=7{filter}"), &mut answers).await;
        }
    }
    let slots = format!("/v1/slots?appointment_type={VISIT}&from={}&to={}", text(at(2, 0)), text(at(4, 0)));
    ask(client, format!("{slots}&limit=50"), &mut answers).await;
    for lead in appointments.iter().take(5) {
        ask(client, format!("/v1/leads/{}/context", lead["lead_id"].as_str().unwrap()), &mut answers).await;
    }
    answers
}

/// Each filter with every value that occurs, some with two, and some together.
fn filters(appointments: &[Value]) -> Vec<String> {
    let mut filters = vec![String::new()];
    for (filter, member) in [
        ("agent_id", "agent_id"),
        ("lead_id", "lead_id"),
        ("status", "status"),
        ("appointment_type", "appointment_type"),
        ("property_id", "property_id"),
    ] {
        let mut values: Vec<_> = appointments.iter().filter_map(|row| row[member].as_str()).collect();
        values.sort_unstable();
        values.dedup();
        filters.extend(values.iter().take(4).map(|value| format!("&{filter}={value}")));
        filters
            .extend(values.windows(2).take(1).map(|two| format!("&{filter}={}&{filter}={}", two[0], two[1])));
    }
    filters.push(format!("&from={}&to={}", text(at(3, 0)), text(at(3, 300))));
    filters.push(format!("&status=scheduled&status=confirmed&from={}", text(at(3, 120))));
    filters
}

/// The answer, and those of the pages after it.
async fn ask(client: &Client, path: String, answers: &mut Answers) {
    let mut next = path.clone();
    loop {
        let answer = client.get(&next).answer().await.success();
        let body = answer.json();
        let kept = if path.starts_with("/v1/slots") || path.ends_with("/context") {
            without_now(body.clone()).to_string()
        } else {
            answer.text
        };
        answers.push((next, kept));
        let Some(cursor) = body["next_cursor"].as_str() else { return };
        next = format!("{path}&cursor={cursor}");
    }
}

/// References to slots and the view on a lead are of the moment; the rest of them is not.
fn without_now(mut body: Value) -> Value {
    for item in body["items"].as_array_mut().into_iter().flatten() {
        item["slot_ref"].take();
    }
    for member in ["now", "text"] {
        if let Some(value) = body.get_mut(member) {
            value.take();
        }
    }
    body
}
