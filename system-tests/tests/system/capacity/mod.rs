//! Slots that one, three or ten may share, fought over in every way in which a slot can be had.

mod check;
mod checker_tests;
mod operation;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use system_tests::{Client, SeededRng};
use tokio::task::JoinSet;

use check::Check;
use operation::{AGENTS, Answered, Kind, Operation, PROPERTY};

use crate::history::log;
use crate::support::{Given, VISIT, always, at, text};

const ROUNDS: i64 = 4;
const SLOTS: i64 = 6;
const CLIENTS: usize = 16;
/// How often each client asks for something in a round, before it takes whatever is left.
const TIMES: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_is_shared_by_as_many_as_may_share_it_however_they_come() {
    let mut dice = SeededRng::thrown("capacity");
    let names: Vec<&str> = AGENTS.iter().map(|(agent, _)| *agent).collect();
    let Given { client, citas, folder: _folder } = Given::agency(&names).await;
    share_slots(&client).await;
    let (mut answered, mut starts) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let slots: Vec<_> = (0..SLOTS).map(|slot| at(5, 30 * (round * SLOTS + slot))).collect();
        let all = |client, dice| mix(client, dice, slots.clone());
        answered.extend(at_once(&client, &mut dice, all).await);
        let all = |client, dice| take_the_rest(client, dice, slots.clone());
        answered.extend(at_once(&client, &mut dice, all).await);
        starts.extend(slots);
    }
    let data = citas.data().to_owned();
    citas.stop().await;
    let check = Check::new(&answered, log::stored(&data, &names).await);
    let refusals = check.run();
    check.assert_full(&starts);
    println!("{} operations, refused: {refusals:?}", answered.len());
    for reason in ["already_booked", "held", "slot_full"] {
        assert!(refusals.contains_key(reason), "never {reason}: there was no fight");
    }
}

/// Gives every agent hours in which slots are shared.
async fn share_slots(client: &Client) {
    for (agent, capacity) in AGENTS {
        let mut hours = always("00:00", "24:00");
        for rule in hours["rules"].as_array_mut().unwrap() {
            rule["max_appointments_per_slot"] = json!(capacity);
        }
        client.put(&format!("/v1/agents/{agent}/weekly-hours")).body(&hours).ok().await;
    }
}

/// What all clients were answered who each do this at the same time.
async fn at_once<F>(
    client: &Client,
    dice: &mut SeededRng,
    each: impl Fn(Client, SeededRng) -> F,
) -> Vec<Answered>
where
    F: Future<Output = Vec<Answered>> + Send + 'static,
{
    let clients: JoinSet<_> = (0..CLIENTS).map(|_| each(client.another(), dice.split())).collect();
    clients.join_all().await.into_iter().flatten().collect()
}

/// A hold that a client has, and what it needs to use it.
struct Held {
    lead: String,
    agent: String,
    start: DateTime<Utc>,
    hold: String,
}

impl Held {
    fn of(answered: &Answered) -> Option<Self> {
        let body = answered.accepted()?;
        Some(Self {
            lead: answered.operation.lead.clone(),
            agent: body["agent_id"].as_str()?.to_owned(),
            start: answered.operation.slot().0,
            hold: body["hold_id"].as_str()?.to_owned(),
        })
    }

    /// Books what is held, or gives it back.
    fn settled(self, dice: &mut SeededRng) -> Operation {
        let Self { lead, agent, start, hold } = self;
        let is_booked = dice.one_in(2);
        let kind = if is_booked {
            Kind::BookHeld { agent, start, hold }
        } else {
            Kind::Release { agent, start, hold }
        };
        Operation { lead, ..Operation::new(dice, kind) }
    }
}

/// Books and holds in every way, and settles every hold in the end.
async fn mix(client: Client, mut dice: SeededRng, slots: Vec<DateTime<Utc>>) -> Vec<Answered> {
    let (mut answered, mut held) = (Vec::new(), Vec::new());
    for time in 0..TIMES {
        let (start, agent) = (*dice.pick(&slots), dice.pick(AGENTS).0.to_owned());
        let kind = match dice.below(10) {
            // All begin with the agent who shares nothing, so that holds are certain to be in the way.
            _ if time == 0 => Kind::Hold { agent: AGENTS[0].0.to_owned(), start },
            0..2 => Kind::Book { agent: Some(agent), start },
            2..4 => Kind::Book { agent: None, start },
            4..6 => Kind::Hold { agent, start },
            chosen => match offered(&client, &mut dice, start).await {
                Some((agent, slot_ref)) if chosen < 8 => Kind::BookOffered { agent, start, slot_ref },
                Some((agent, slot_ref)) => Kind::HoldOffered { agent, start, slot_ref },
                None => continue,
            },
        };
        let one = Operation::new(&mut dice, kind).send(&client).await;
        held.extend(Held::of(&one));
        answered.push(one);
        if !held.is_empty() && dice.one_in(8) {
            let place = dice.below(held.len());
            answered.push(held.swap_remove(place).settled(&mut dice).send(&client).await);
        }
    }
    for held in held {
        answered.push(held.settled(&mut dice).send(&client).await);
    }
    answered
}

/// One of the agents who are offered at this time, with the slot's reference.
async fn offered(client: &Client, dice: &mut SeededRng, start: DateTime<Utc>) -> Option<(String, String)> {
    let range = format!("from={}&to={}", text(start), text(start + TimeDelta::minutes(30)));
    let path = format!("/v1/slots?appointment_type={VISIT}&property_id={PROPERTY}&{range}");
    let slots = client.get(&path).ok().await["items"].as_array().unwrap().clone();
    let slot = (!slots.is_empty()).then(|| dice.pick(&slots))?;
    let capacity = AGENTS.iter().find(|(agent, _)| slot["agent_id"] == *agent).unwrap().1;
    let remaining = usize::try_from(slot["remaining"].as_u64().unwrap()).unwrap();
    assert!((1..=capacity).contains(&remaining), "{slot}");
    let member = |name: &str| slot[name].as_str().unwrap().to_owned();
    Some((member("agent_id"), member("slot_ref")))
}

/// Books every slot with whoever there is, until there is nobody.
async fn take_the_rest(client: Client, mut dice: SeededRng, slots: Vec<DateTime<Utc>>) -> Vec<Answered> {
    let mut answered = Vec::new();
    for start in slots {
        loop {
            let one = Operation::new(&mut dice, Kind::Book { agent: None, start }).send(&client).await;
            let is_booked = one.accepted().is_some();
            answered.push(one);
            if !is_booked {
                break;
            }
        }
    }
    answered
}
