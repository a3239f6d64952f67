//! Random commands on agent and office, with few leads, days and slots, so that they interact.

use availability::{Booking, Interval, zone};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::{America::Santiago, Tz};
use domain::{
    AgentCommand, BlockRequest, BlockedTime, BookAppointment, DetailsChange, HoldSlot, NeededTime,
    OfficeCommand, OnOverlap, RescheduleAppointment, ReserveTime,
};
use proptest::prelude::*;
use proptest::sample::select;
use schemas::value::{
    AgentProfile, AppointmentType, AvailabilityRule, DateException, KeptTime, LocalInterval, NoShowBy,
    Outcome,
};
use schemas::{AppointmentId, AppointmentTypeCode, LeadId, LocalTime, PropertyId, ReservationId, stream};

use crate::history::History;
use crate::samples::{
    CALL, VISIT, agent_id, appointment_id, block_id, block_request, book, busy_id, call, code, date, hold,
    hold_id, lead, other_agent, profile, property, rule, rule_id, visit,
};
use crate::two_agents::{fence, reservation_id, reserve};

/// A command to send. Numbers of appointments and holds refer to those that exist by then.
#[derive(Debug, Clone)]
enum Sent {
    Book(BookAppointment),
    BookHeld(usize),
    Hold(HoldSlot, i64),
    Release(usize),
    Reserve(usize, ReserveTime),
    ReleaseReserved(usize),
    Receive(usize, u64),
    Fence(ReservationId),
    ToAppointment(usize, OnAppointment),
    ToAgent(AgentCommand),
    ToOffice(OfficeCommand),
}

#[derive(Debug, Clone)]
enum OnAppointment {
    BookAgain(Box<BookAppointment>),
    Confirm,
    Reschedule(DateTime<Utc>, Option<u16>),
    /// With a reservation of this id that was made so many minutes ago.
    HandOver(ReservationId, i64, Option<DateTime<Utc>>),
    Cancel,
    Reinstate,
    Settle(KeptTime),
    ChangeProperty(Option<u32>),
    ReleaseUnconfirmed,
    Complete,
    MarkNoShow,
    Correct(Outcome),
}

/// The Saturday before the clock goes forward, the short Sunday and the two days after it, on the half hour mostly.
fn start() -> impl Strategy<Value = DateTime<Utc>> {
    let first = zone::day(Santiago, date("2026-09-05")).start;
    let at = move |steps: i64| first + TimeDelta::minutes(30 * steps);
    prop_oneof![
        10 => (10..12_i64).prop_map(move |hours| at(2 * hours)),
        5 => (70..74_i64).prop_map(at),
        4 => (0..4 * 48_i64).prop_map(at),
        1 => (0..4 * 48_i64).prop_map(move |steps| at(steps) + TimeDelta::minutes(10)),
    ]
}

fn leads() -> impl Strategy<Value = LeadId> {
    // A few who come again and again, and many who do not.
    prop_oneof![1..4_u32, 4..40_u32].prop_map(lead)
}

fn properties() -> impl Strategy<Value = Option<PropertyId>> {
    prop_oneof![6 => Just(Some(property(1))), 1 => Just(Some(property(2))), 3 => Just(None)]
}

fn types() -> impl Strategy<Value = AppointmentTypeCode> {
    prop_oneof![14 => Just(code(VISIT)), 5 => Just(code(CALL)), 1 => Just(code("tasacion"))]
}

/// Hours of a day, some of the late ones over midnight.
fn times() -> impl Strategy<Value = (LocalTime, LocalTime)> {
    (0..48_u16, 1..24_u16, proptest::bool::ANY).prop_map(|(from, length, goes_on)| {
        let at = |half_hours: u16| LocalTime::try_from_minutes(30 * half_hours).expect("within a day");
        let until = from + length;
        (at(from), at(if goes_on && until > 48 { until - 48 } else { until.min(48) }))
    })
}

fn rules() -> impl Strategy<Value = AvailabilityRule> {
    let code_of = proptest::option::weighted(0.3, select(vec![VISIT, CALL]));
    (0..8_u128, 0..7_u8, times(), code_of, 1..4_u16).prop_map(|(id, day, (start, end), only, per_slot)| {
        AvailabilityRule {
            start_time: start,
            end_time: end,
            appointment_type: only.map(code),
            max_appointments_per_slot: per_slot,
            ..rule(id, day, "00:00", "24:00")
        }
    })
}

/// Hours long enough for something to be free.
fn long_hours() -> impl Strategy<Value = Vec<AvailabilityRule>> {
    (1..4_u16, proptest::bool::ANY).prop_map(|(per_slot, split)| {
        let of = |day: u8| AvailabilityRule {
            max_appointments_per_slot: per_slot,
            ..rule(u128::from(20 + day), day, if split { "09:30" } else { "00:00" }, "22:00")
        };
        (0..7).map(of).collect()
    })
}

fn profiles() -> impl Strategy<Value = AgentProfile> {
    (select(vec![Santiago, Tz::Pacific__Easter, Tz::Asia__Tokyo]), proptest::bool::ANY).prop_map(
        |(time_zone, inherits_office_hours)| AgentProfile { time_zone, inherits_office_hours, ..profile() },
    )
}

fn blocks() -> impl Strategy<Value = BlockRequest> {
    let recurrences = vec!["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SA,MO", "FREQ=DAILY;COUNT=2", "FREQ=NEVER"];
    (0..4_u128, start(), -30..180_i64, proptest::option::weighted(0.3, select(recurrences))).prop_map(
        |(id, start, minutes, recurrence)| BlockRequest {
            recurrence: recurrence.map(str::to_owned),
            ..block_request(id, start, start + TimeDelta::minutes(minutes))
        },
    )
}

fn bookings() -> impl Strategy<Value = BookAppointment> {
    (leads(), types(), start(), properties()).prop_map(|(lead_id, appointment_type, start, property_id)| {
        BookAppointment { lead_id, appointment_type, property_id, ..book(appointment_id(0), start) }
    })
}

/// Reservations of what another agent has, of few ids; some are to be at another time than now.
fn reservations() -> impl Strategy<Value = ReserveTime> {
    (0..12_u128, bookings(), 1..4_i64, 0..3_u16, 0..3_u16, proptest::option::of(start())).prop_map(
        |(id, wanted, half_hours, before, after, present)| {
            let booking = Booking {
                appointment_id: wanted.appointment_id,
                lead_id: wanted.lead_id,
                appointment_type: wanted.appointment_type,
                property_id: wanted.property_id,
                start: wanted.start,
                end: wanted.start + TimeDelta::minutes(30 * half_hours),
                buffer_before_minutes: 10 * before,
                buffer_after_minutes: 10 * after,
            };
            let mut wanted = ReserveTime {
                deciding_stream: stream::agent(&other_agent()),
                ..reserve(reservation_id(id), booking)
            };
            if let Some(present) = present {
                wanted.needed.present = Interval::new(present, present + TimeDelta::minutes(60));
            }
            wanted
        },
    )
}

fn holds() -> impl Strategy<Value = HoldSlot> {
    (0..4_u128, leads(), types(), start(), properties()).prop_map(
        |(id, lead_id, appointment_type, start, property_id)| HoldSlot {
            appointment_type,
            property_id,
            ..hold(hold_id(id), lead_id, start)
        },
    )
}

fn on_calendar() -> impl Strategy<Value = AgentCommand> {
    let exception = (0..5_u64, proptest::option::of(times())).prop_map(|(days, interval)| DateException {
        date: date("2026-09-05") + chrono::Days::new(days),
        intervals: interval
            .map(|(start_time, end_time)| LocalInterval { start_time, end_time })
            .into_iter()
            .collect(),
    });
    let busy = (select(vec!["a", "b"]), start(), -30..120_i64);
    prop_oneof![
        rules().prop_map(|rule| AgentCommand::AddAvailabilityRule { rule }),
        (0..30_u128).prop_map(|id| AgentCommand::RemoveAvailabilityRule { rule_id: rule_id(id) }),
        long_hours().prop_map(|rules| AgentCommand::ReplaceWeeklyHours { rules }),
        exception.prop_map(|exception| AgentCommand::SetDateException { exception }),
        (0..5_u64).prop_map(|days| AgentCommand::RemoveDateException {
            date: date("2026-09-05") + chrono::Days::new(days)
        }),
        (blocks(), select(vec![OnOverlap::Refuse, OnOverlap::Keep]))
            .prop_map(|(block, on_overlap)| AgentCommand::BlockTime { block, on_overlap }),
        (blocks(), select(vec![OnOverlap::Refuse, OnOverlap::Keep]))
            .prop_map(|(block, on_overlap)| AgentCommand::ChangeBlock { block, on_overlap }),
        (0..4_u128).prop_map(|id| AgentCommand::UnblockTime { block_id: block_id(id) }),
        (0..4_u128, 0..7_u64).prop_map(|(id, days)| AgentCommand::SkipOccurrence {
            block_id: block_id(id),
            date: date("2026-09-03") + chrono::Days::new(days)
        }),
        (0..4_u128, 0..7_u64, start()).prop_map(|(id, days, start)| AgentCommand::MoveOccurrence {
            block_id: block_id(id),
            date: date("2026-09-03") + chrono::Days::new(days),
            time: BlockedTime::Between { start, end: start + TimeDelta::minutes(50) },
            on_overlap: OnOverlap::Keep,
        }),
        busy.prop_map(|(id, start, minutes)| AgentCommand::RecordExternalBusy {
            busy_id: busy_id(id),
            source: "google_calendar".to_owned(),
            start,
            end: start + TimeDelta::minutes(minutes),
        }),
        select(vec!["a", "b"]).prop_map(|id| AgentCommand::RemoveExternalBusy { busy_id: busy_id(id) }),
    ]
}

fn on_agent() -> impl Strategy<Value = AgentCommand> {
    prop_oneof![
        profiles().prop_map(|profile| AgentCommand::RegisterAgent { agent_id: agent_id(), profile }),
        profiles().prop_map(|profile| AgentCommand::UpdateAgentProfile { agent_id: agent_id(), profile }),
        proptest::bool::ANY.prop_map(|keep_appointments| AgentCommand::DeactivateAgent { keep_appointments }),
    ]
}

fn on_appointments() -> impl Strategy<Value = OnAppointment> {
    prop_oneof![
        2 => bookings().prop_map(|booking| OnAppointment::BookAgain(Box::new(booking))),
        6 => Just(OnAppointment::Confirm),
        8 => (start(), proptest::option::weighted(0.2, 15..100_u16))
            .prop_map(|(start, minutes)| OnAppointment::Reschedule(start, minutes)),
        3 => (0..6_u128, 0..12_i64, proptest::option::of(start()))
            .prop_map(|(id, ago, start)| OnAppointment::HandOver(reservation_id(20 + id), ago, start)),
        2 => Just(OnAppointment::Cancel),
        2 => Just(OnAppointment::ReleaseUnconfirmed),
        2 => Just(OnAppointment::Complete),
        2 => Just(OnAppointment::MarkNoShow),
        2 => select(vec![Outcome::Completed, Outcome::NoShow]).prop_map(OnAppointment::Correct),
        4 => Just(OnAppointment::Reinstate),
        3 => select(vec![KeptTime::WallTime, KeptTime::Instant]).prop_map(OnAppointment::Settle),
        2 => proptest::option::of(0..3_u32).prop_map(OnAppointment::ChangeProperty),
    ]
}

impl OnAppointment {
    fn send(self, appointment_id: AppointmentId, lived: &mut History) {
        let command = match self {
            Self::BookAgain(booking) => {
                AgentCommand::BookAppointment(BookAppointment { appointment_id, ..*booking })
            }
            Self::Confirm => AgentCommand::ConfirmAppointment { appointment_id },
            Self::Reschedule(start, duration_minutes) => {
                AgentCommand::RescheduleAppointment(RescheduleAppointment {
                    start: Some(start),
                    duration_minutes,
                    ..RescheduleAppointment::of(appointment_id)
                })
            }
            Self::HandOver(reservation_id, ago, start) => {
                return lived.hand_over(appointment_id, reservation_id, ago, start);
            }
            Self::Cancel => {
                AgentCommand::CancelAppointment { appointment_id, reason: None, requested_by: None }
            }
            Self::ReleaseUnconfirmed => AgentCommand::ReleaseUnconfirmed { appointment_id },
            Self::Complete => AgentCommand::CompleteAppointment { appointment_id },
            Self::MarkNoShow => AgentCommand::MarkNoShow { appointment_id, by: NoShowBy::Lead },
            Self::Correct(outcome) => {
                AgentCommand::CorrectOutcome { appointment_id, outcome, by: NoShowBy::Agent }
            }
            Self::Reinstate => {
                AgentCommand::ReinstateAppointment { appointment_id, reason: None, requested_by: None }
            }
            Self::Settle(keep) => AgentCommand::SettleConflict { appointment_id, keep },
            Self::ChangeProperty(number) => AgentCommand::ChangeAppointmentDetails {
                appointment_id,
                change: Box::new(DetailsChange {
                    property_id: Some(number.map(property)),
                    ..DetailsChange::default()
                }),
            },
        };
        lived.send(command);
    }
}

fn on_office() -> impl Strategy<Value = OfficeCommand> {
    let confirm_before = proptest::option::of(1..3_000_u32);
    let types = (select(vec![visit(), call()]), 1..4_u16, 0..3_u16, 0..3_u16, confirm_before).prop_map(
        |(of, half_hours, before, after, confirm_before_minutes)| AppointmentType {
            duration_minutes: 30 * half_hours,
            buffer_before_minutes: 10 * before,
            buffer_after_minutes: 10 * after,
            confirm_before_minutes,
            ..of
        },
    );
    prop_oneof![
        types.prop_map(|appointment_type| OfficeCommand::DefineAppointmentType { appointment_type }),
        rules().prop_map(|rule| OfficeCommand::AddOfficeRule { rule }),
        blocks().prop_map(|block| OfficeCommand::BlockOffice { block }),
        Just(OfficeCommand::RetireAppointmentType { code: code(CALL) }),
    ]
}

fn sent() -> impl Strategy<Value = Sent> {
    prop_oneof![
        24 => bookings().prop_map(Sent::Book),
        4 => any::<usize>().prop_map(Sent::BookHeld),
        10 => (holds(), -1..120_i64).prop_map(|(hold, minutes)| Sent::Hold(hold, minutes)),
        2 => any::<usize>().prop_map(Sent::Release),
        6 => (any::<usize>(), reservations()).prop_map(|(number, wanted)| Sent::Reserve(number, wanted)),
        1 => any::<usize>().prop_map(Sent::ReleaseReserved),
        3 => (any::<usize>(), 2..9_u64).prop_map(|(number, version)| Sent::Receive(number, version)),
        1 => (20..26_u128).prop_map(|id| Sent::Fence(reservation_id(id))),
        24 => (any::<usize>(), on_appointments()).prop_map(|(number, what)| Sent::ToAppointment(number, what)),
        4 => on_calendar().prop_map(Sent::ToAgent),
        1 => on_agent().prop_map(Sent::ToAgent),
        2 => on_office().prop_map(Sent::ToOffice),
    ]
}

impl Sent {
    fn send(self, lived: &mut History) {
        match self {
            Self::Book(booking) => {
                let appointment_id = lived.new_appointment_id();
                lived.send(AgentCommand::BookAppointment(BookAppointment { appointment_id, ..booking }));
            }
            Self::BookHeld(number) => {
                let Some(held) = lived.hold(number) else { return };
                let booking = BookAppointment {
                    lead_id: held.lead_id,
                    appointment_type: held.appointment_type,
                    property_id: held.property_id,
                    hold_id: Some(held.hold_id),
                    ..book(lived.new_appointment_id(), held.start)
                };
                lived.send(AgentCommand::BookAppointment(booking));
            }
            Self::Hold(hold, minutes) => {
                let expires_at = lived.now() + TimeDelta::minutes(minutes);
                lived.send(AgentCommand::HoldSlot(HoldSlot { expires_at, ..hold }));
            }
            Self::Release(number) => {
                let Some(held) = lived.hold(number) else { return };
                lived.send(AgentCommand::ReleaseHold { hold_id: held.hold_id });
            }
            Self::Reserve(number, wanted) => {
                let appointment_id = lived.appointment_elsewhere(number);
                let booking = Booking { appointment_id, ..wanted.needed.booking };
                let needed = NeededTime { booking, ..wanted.needed };
                lived.send(AgentCommand::ReserveTime(ReserveTime { needed, ..wanted }));
            }
            Self::ReleaseReserved(number) => {
                let Some(reservation_id) = lived.reservation(number) else { return };
                lived.send(AgentCommand::ReleaseReservation { reservation_id });
            }
            Self::Receive(number, version) => {
                let Some(reservation_id) = lived.reservation(number) else { return };
                lived.receive(reservation_id, version);
            }
            Self::Fence(reservation_id) => lived.send(fence(reservation_id)),
            Self::ToAppointment(number, what) => {
                let Some(appointment_id) = lived.appointment(number) else { return };
                what.send(appointment_id, lived);
            }
            Self::ToAgent(command) => lived.send(command),
            Self::ToOffice(command) => lived.send_to_office(command),
        }
    }
}

/// An agent with long hours for up to three at a time, then anything, a while apart; some of it may be sent again.
fn histories() -> impl Strategy<Value = Vec<(Sent, i64, bool)>> {
    let opening =
        long_hours().prop_map(|rules| (Sent::ToAgent(AgentCommand::ReplaceWeeklyHours { rules }), 0, false));
    let rest = proptest::collection::vec((sent(), 0..40_i64, any::<bool>()), 1..80);
    (opening, rest).prop_map(|(opening, rest)| std::iter::once(opening).chain(rest).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_history_breaks_a_law(history in histories(), snapshot_after in 0..80_usize) {
        let mut lived = History::begin(zone::day(Santiago, date("2026-09-05")).start - TimeDelta::hours(4));
        for (step, (sent, minutes, may_repeat)) in history.into_iter().enumerate() {
            lived.wait(TimeDelta::minutes(minutes));
            lived.may_repeat(may_repeat);
            sent.send(&mut lived);
            if step == snapshot_after {
                lived.restore_from_snapshot();
            }
        }
        lived.check_repetitions();
        lived.check_fold();
    }
}
