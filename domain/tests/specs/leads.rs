//! Leads: contact and consents.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Aggregate as _, Change, Command, ConsentAnswer, ConsentStatement, Decision, Lead, LeadAnswer, LeadChange,
    LeadCommand, LeadRejection,
};
use schemas::event::{
    CommandHadNoEffect, ConsentGiven, ConsentWithdrawn, LeadEvent, LeadRegistered, LeadUpdated,
};
use schemas::value::{ConsentPurpose, ContactChannel, LeadProfile};
use schemas::{IfMatch, LeadId, Personal};

use crate::given::Given;
use crate::samples::monday;

fn lead_id() -> LeadId {
    "55".parse().expect("a lead id")
}

fn personal(text: &str) -> Personal<String> {
    Personal::new(lead_id(), text.to_owned())
}

fn profile() -> LeadProfile {
    LeadProfile {
        name: Some(personal("Zoraida Núñez")),
        phone: Some(personal("+56977712345")),
        preferred_channel: Some(ContactChannel::Whatsapp),
        ..LeadProfile::default()
    }
}

fn nothing() -> Given<Lead> {
    Given::nothing((), monday("08:00"))
}

fn registered() -> Given<Lead> {
    nothing().and(LeadRegistered { lead_id: lead_id(), profile: profile() })
}

fn register(profile: LeadProfile) -> LeadCommand {
    LeadCommand::RegisterLead { lead_id: lead_id(), profile }
}

fn update(change: LeadChange) -> LeadCommand {
    LeadCommand::UpdateLead { lead_id: lead_id(), change }
}

fn statement(at: Option<DateTime<Utc>>) -> ConsentStatement {
    ConsentStatement {
        purpose: ConsentPurpose::Reminders,
        channel: ContactChannel::Whatsapp,
        at,
        source: personal("Formulario"),
        wording: None,
    }
}

fn give(at: Option<DateTime<Utc>>) -> LeadCommand {
    LeadCommand::GiveConsent { lead_id: lead_id(), statement: statement(at) }
}

fn withdraw(at: Option<DateTime<Utc>>) -> LeadCommand {
    LeadCommand::WithdrawConsent { lead_id: lead_id(), statement: statement(at) }
}

fn given_at(at: DateTime<Utc>) -> ConsentGiven {
    let ConsentStatement { purpose, channel, source, wording, .. } = statement(None);
    ConsentGiven { lead_id: lead_id(), purpose, channel, at, source: Some(source), wording }
}

fn withdrawn_at(at: DateTime<Utc>) -> ConsentWithdrawn {
    let ConsentGiven { lead_id, purpose, channel, at, source, wording } = given_at(at);
    ConsentWithdrawn { lead_id, purpose, channel, at, source, wording }
}

fn answer(preferred_channel: Option<ContactChannel>, consents: &[(bool, DateTime<Utc>)]) -> LeadAnswer {
    let consent = |(given, at): &(bool, DateTime<Utc>)| ConsentAnswer {
        purpose: ConsentPurpose::Reminders,
        channel: ContactChannel::Whatsapp,
        given: *given,
        at: *at,
    };
    LeadAnswer {
        lead_id: lead_id(),
        preferred_channel,
        consents: consents.iter().map(consent).collect(),
        reset: Vec::new(),
    }
}

#[test]
fn a_lead_is_registered_once_and_then_replaced() {
    let given =
        nothing().when(register(profile())).then([LeadRegistered { lead_id: lead_id(), profile: profile() }]);
    let unchanged = answer(Some(ContactChannel::Whatsapp), &[]);
    let given = given.when(register(profile())).then_nothing(unchanged);
    let sparse = LeadProfile { email: Some(personal("z@example.org")), ..LeadProfile::default() };
    let reset = ["name", "phone", "preferred_channel"].map(str::to_owned).to_vec();
    given.when(register(sparse)).then_answer(LeadAnswer { reset, ..answer(None, &[]) });
}

#[test]
fn a_change_concerns_what_it_names() {
    let change = LeadChange {
        email: Change::Set(personal("z@example.org")),
        phone: Change::Removed,
        ..LeadChange::default()
    };
    let changed = LeadProfile { email: Some(personal("z@example.org")), phone: None, ..profile() };
    registered()
        .when(update(change.clone()))
        .then([LeadUpdated { lead_id: lead_id(), profile: changed }])
        .when(update(change))
        .then_nothing(answer(Some(ContactChannel::Whatsapp), &[]));
}

#[test]
fn a_change_registers_a_lead_that_never_was() {
    let change = LeadChange { name: Change::Set(personal("Zoraida")), ..LeadChange::default() };
    let profile = LeadProfile { name: Some(personal("Zoraida")), ..LeadProfile::default() };
    nothing().when(update(change)).then([LeadRegistered { lead_id: lead_id(), profile }]);
}

#[test]
fn a_consent_may_come_before_the_lead_is_registered() {
    let given = nothing().when(give(None)).then([given_at(monday("08:00"))]);
    assert_eq!(given.state.version(), 1);
    let given =
        given.when(register(profile())).then([LeadRegistered { lead_id: lead_id(), profile: profile() }]);
    assert_eq!(given.state.version(), 2);
}

#[test]
fn the_same_consent_again_changes_nothing() {
    let eight = monday("08:00");
    let given = nothing().when(give(None)).then([given_at(eight)]).at(monday("09:00"));
    let given = given.when(give(None)).then_nothing(answer(None, &[(true, eight)]));
    let given = given.when(give(Some(eight))).then_nothing(answer(None, &[(true, eight)]));
    let mut in_other_words = statement(None);
    in_other_words.wording = Some(personal("Sí"));
    let said = ConsentGiven { wording: in_other_words.wording.clone(), ..given_at(monday("09:00")) };
    let command = LeadCommand::GiveConsent { lead_id: lead_id(), statement: in_other_words };
    given.when(command).then([said]);
}

#[test]
fn the_latest_that_a_lead_said_stands_whenever_it_is_heard_of() {
    let ten = monday("10:00");
    let given = nothing().and(given_at(monday("08:00"))).at(ten);
    let given = given.when(withdraw(None)).then([withdrawn_at(ten)]);
    let stands = answer(None, &[(false, ten)]);
    let given = given.at(monday("11:00")).when(give(Some(monday("09:00")))).then_nothing(stands);
    given.when(give(Some(monday("10:30")))).then([given_at(monday("10:30"))]);
}

#[test]
fn nobody_has_said_anything_in_the_future() {
    let soon = monday("08:00") + TimeDelta::minutes(5);
    nothing().when(give(Some(soon))).then([given_at(soon)]);
    let later = soon + TimeDelta::seconds(1);
    nothing().when(give(Some(later))).then_refused(LeadRejection::SaidInTheFuture);
}

#[test]
fn what_is_said_without_a_time_comes_after_what_is_known() {
    let ahead = monday("08:04");
    nothing().and(given_at(ahead)).when(withdraw(None)).then([withdrawn_at(ahead)]);
}

#[test]
fn a_version_counts_the_changes_of_the_lead() {
    registered().when_at(2, give(None)).then_stale(Some(1));
    registered().when_at(1, give(None)).then([given_at(monday("08:00"))]);
    nothing().when_at(1, give(None)).then_stale(None);
    let mut given = registered();
    let only_new = Command { if_none_match: Some(IfMatch::Any), ..given.command(register(profile())) };
    given.when_sent(only_new).then_stale(Some(1));
}

#[test]
fn a_repeated_command_without_effect_gets_its_first_answer() {
    let mut given = registered();
    let command = Command { may_repeat: true, ..given.command(register(profile())) };
    let first = answer(Some(ContactChannel::Whatsapp), &[]);
    let outcome = given.clone().when_sent(command.clone()).outcome;
    let Ok(Decision::Accepted(events)) = outcome else { panic!("{outcome:?}") };
    assert!(matches!(&events[..], [LeadEvent::CommandHadNoEffect(CommandHadNoEffect { version: 1, .. })]));
    given.apply(&events, command.command_id, &command.digest);
    let given = given.and(given_at(monday("08:00")));
    let receipt = given.state.receipts().get(command.command_id).unwrap().clone();
    assert_eq!((receipt.answer, receipt.version), (first, 1));
    assert_eq!(given.state.version(), 2);
}
