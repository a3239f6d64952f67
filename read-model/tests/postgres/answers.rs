//! What a command is answered is what the next query shows, in every member, and so is its version.

use chrono::{DateTime, SubsecRound, Utc};
use domain::{
    AgentAnswer, Answer, AppointmentTypeAnswer, BlockAnswer, HoldAnswer, OfficeAnswer, PolicyAnswer, Receipt,
};
use futures::FutureExt as _;
use read_model::{MemoryReadModel, ReadModel};
use schemas::AgentId;

/// The answer of memory, which waits for nothing.
fn at_once<T>(answer: impl Future<Output = T>) -> T {
    answer.now_or_never().expect("memory has nothing to wait for")
}

/// Checks the answer of a command on an agent.
pub(crate) fn assert_agents_shown(
    memory: &MemoryReadModel,
    agent_id: &AgentId,
    receipt: &Receipt<Answer>,
    now: DateTime<Utc>,
) {
    let read_model = ReadModel::from(memory.clone());
    let agent = at_once(read_model.agent(agent_id)).unwrap().value.agent;
    match &receipt.answer {
        Answer::Appointment(answer) => {
            let row = at_once(read_model.appointment(answer.appointment_id)).unwrap().value;
            let mut shown = serde_json::to_value(&row.entry).unwrap();
            let members = shown.as_object_mut().unwrap();
            for personal in ["location", "notes", "lead_contact", "lead_name"] {
                assert!(members.remove(personal).is_some(), "{personal} is shown");
            }
            // As the operation completes it.
            let mut told = serde_json::to_value(answer).unwrap();
            let members = told.as_object_mut().unwrap();
            let id = members.remove("appointment_id").unwrap();
            members.insert("id".to_owned(), id);
            members.insert("reminder_sent".to_owned(), false.into());
            members.insert("version".to_owned(), receipt.version.into());
            assert_eq!(told, shown, "a member is left out, or has another value");
        }
        Answer::Hold(answer) => {
            let row = at_once(read_model.hold(answer.hold_id, now)).unwrap().value;
            let shown = HoldAnswer {
                hold_id: row.hold_id,
                agent_id: row.agent_id,
                lead_id: row.lead_id,
                appointment_type: row.appointment_type,
                property_id: row.property_id,
                start: row.start,
                end: row.end,
                time_zone: row.time.zone,
                expires_at: row.expires_at,
                replaces: answer.replaces.clone(),
            };
            let stored = HoldAnswer { expires_at: answer.expires_at.trunc_subsecs(6), ..answer.clone() };
            assert_eq!((shown, row.version), (stored, receipt.version));
        }
        Answer::ReleasedHold(answer) => {
            assert!(at_once(read_model.hold(answer.hold_id, now)).is_err(), "it has ended");
        }
        Answer::Agent(answer) => {
            let (reset, zone_change) = (answer.reset.clone(), answer.zone_change.clone());
            let (agent_id, profile) = (agent.agent_id, agent.profile);
            let shown = AgentAnswer {
                agent_id,
                profile: Box::new(profile),
                active: agent.active,
                reset,
                zone_change,
            };
            assert_eq!((&shown, agent.version), (answer, receipt.version));
        }
        Answer::Block(BlockAnswer { block }) => {
            // It may have been removed.
            if let Ok(shown) = at_once(read_model.agent_block(agent_id, block.block_id)) {
                assert_eq!((&shown.value.block, shown.value.version), (&**block, receipt.version));
            }
            assert_eq!(agent.version, receipt.version);
        }
        Answer::Rules(_) | Answer::Exception(_) | Answer::ExternalBusy(_) => {
            assert_eq!(agent.version, receipt.version);
        }
        // Of no interest to queries.
        Answer::Reservation(_) => {}
    }
}

/// Checks the answer of a command on the office.
pub(crate) fn assert_offices_shown(memory: &MemoryReadModel, receipt: &Receipt<OfficeAnswer>) {
    let office = at_once(ReadModel::from(memory.clone()).office()).unwrap().value;
    match &receipt.answer {
        OfficeAnswer::AppointmentType(AppointmentTypeAnswer { appointment_type, .. }) => {
            // It may have been retired.
            let mut types = office.appointment_types.iter();
            if let Some(shown) = types.find(|shown| shown.appointment_type.code == appointment_type.code) {
                assert_eq!(
                    (&shown.appointment_type, shown.version),
                    (appointment_type, receipt.version),
                    "{receipt:?}"
                );
            }
        }
        OfficeAnswer::Policy(PolicyAnswer { policy, .. }) => {
            assert_eq!((&office.policy, office.version), (policy, receipt.version));
        }
        OfficeAnswer::Block(BlockAnswer { block }) => {
            // It may have been removed.
            if let Some(shown) = office.blocks.iter().find(|shown| shown.block_id == block.block_id) {
                assert_eq!(shown, &**block);
            }
            assert_eq!(office.version, receipt.version);
        }
        OfficeAnswer::Rules(_) => assert_eq!(office.version, receipt.version),
    }
}
