//! Bulk moves: the plan, the outcome of each visit, and taking back.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    BulkMove, BulkMoveAnswer, BulkMoveCommand, BulkMoveRejection, MoveStatus, StartBulkMove, VisitCounts,
    VisitOutcome,
};
use schemas::event::{
    BulkMoveCompleted, BulkMoveEvent, BulkMoveStarted, BulkMoveUndoStarted, BulkMoveUndone, VisitMoved,
    VisitMovedBack, VisitNotMoved, VisitNotMovedBack,
};
use schemas::value::{NotMovedBecause, OtherSlot, PlannedVisit};
use schemas::{AppointmentId, MoveId, Origin};
use uuid::Uuid;

use crate::given::Given;
use crate::samples::{A, B, VISIT, agent_id, appointment_id, code, day, dispatcher, monday, other_agent};

const MOVE: MoveId = MoveId::new(Uuid::from_u128(0xd1));
const COMPLETED: BulkMoveCompleted = BulkMoveCompleted { move_id: MOVE };
const UNDO_STARTED: BulkMoveUndoStarted = BulkMoveUndoStarted { move_id: MOVE };
const UNDONE: BulkMoveUndone = BulkMoveUndone { move_id: MOVE };

fn taken() -> NotMovedBecause {
    NotMovedBecause::SlotUnavailable { finding: "already_booked".to_owned() }
}

fn visit(id: AppointmentId, start: DateTime<Utc>) -> PlannedVisit {
    PlannedVisit {
        appointment_id: id,
        appointment_type: code(VISIT),
        start,
        end: start + TimeDelta::hours(1),
        version: 1,
        to_agent_id: Some(other_agent()),
        because: None,
        alternatives: Vec::new(),
    }
}

fn unplaced(id: AppointmentId, start: DateTime<Utc>) -> PlannedVisit {
    let other = OtherSlot {
        agent_id: other_agent(),
        start: start + TimeDelta::hours(2),
        end: start + TimeDelta::hours(3),
        slot_ref: None,
    };
    PlannedVisit { to_agent_id: None, because: Some(taken()), alternatives: vec![other], ..visit(id, start) }
}

fn start(visits: Vec<PlannedVisit>) -> StartBulkMove {
    StartBulkMove {
        move_id: MOVE,
        agent_id: agent_id(),
        from: monday("00:00"),
        to: day(5, "00:00"),
        to_agents: Some(vec![other_agent()]),
        reason: "Licencia médica".to_owned(),
        visits,
    }
}

fn started(visits: Vec<PlannedVisit>) -> BulkMoveStarted {
    let StartBulkMove { move_id, agent_id, from, to, to_agents, reason, visits } = start(visits);
    let (started_by, origin) = (dispatcher(), Origin::Dashboard);
    BulkMoveStarted { move_id, agent_id, from, to, to_agents, reason, started_by, origin, visits }
}

fn nothing() -> Given<BulkMove> {
    Given::nothing((), monday("08:00"))
}

/// Three visits, one of which nobody can take.
fn three() -> Vec<PlannedVisit> {
    vec![visit(A, monday("10:00")), visit(B, monday("12:00")), unplaced(appointment_id(3), day(1, "10:00"))]
}

fn running() -> Given<BulkMove> {
    nothing().and(started(three()))
}

fn moved(id: AppointmentId) -> VisitMoved {
    VisitMoved { appointment_id: id, to_agent_id: other_agent(), version: 2 }
}

fn record_moved(id: AppointmentId) -> BulkMoveCommand {
    BulkMoveCommand::RecordMoved { appointment_id: id, to_agent_id: other_agent(), version: 2 }
}

fn record_not_moved(id: AppointmentId, because: NotMovedBecause) -> BulkMoveCommand {
    BulkMoveCommand::RecordNotMoved { appointment_id: id, because }
}

fn record_back(id: AppointmentId) -> BulkMoveCommand {
    BulkMoveCommand::RecordMovedBack { appointment_id: id, version: 3 }
}

fn answer(status: MoveStatus) -> BulkMoveAnswer {
    BulkMoveAnswer { status }
}

fn counts(given: &Given<BulkMove>) -> VisitCounts {
    given.state.progress().expect("it was begun").counts
}

fn events<E: Into<BulkMoveEvent>>(
    first: E,
    then: impl IntoIterator<Item = BulkMoveEvent>,
) -> Vec<BulkMoveEvent> {
    std::iter::once(first.into()).chain(then).collect()
}

#[test]
fn a_bulk_move_starts_with_its_plan_once() {
    let command = BulkMoveCommand::StartBulkMove(start(three()));
    let given = nothing().when(command.clone()).then([started(three())]);
    let progress = given.state.progress().unwrap();
    assert_eq!(progress.status, MoveStatus::Running);
    assert_eq!(
        progress.counts,
        VisitCounts { visits: 3, pending: 2, not_moved: 1, ..VisitCounts::default() }
    );
    assert_eq!(progress.visits[2].because, Some(taken()));
    assert_eq!(progress.visits[2].alternatives.len(), 1);
    assert_eq!(given.state.started_by(), Some((&dispatcher(), Origin::Dashboard)));
    assert!(given.state.may_go_to(&other_agent()) && !given.state.may_go_to(&agent_id()));
    given.when(command).then_nothing(answer(MoveStatus::Running));
}

#[test]
fn a_plan_that_nobody_can_take_anything_of_is_completed_at_once() {
    let nobody = || vec![unplaced(A, monday("10:00"))];
    for visits in [Vec::new(), nobody()] {
        let command = BulkMoveCommand::StartBulkMove(start(visits.clone()));
        let given = nothing().when(command).then(events(started(visits), [COMPLETED.into()]));
        assert_eq!(given.state.progress().unwrap().status, MoveStatus::Completed);
    }
}

#[test]
fn each_visit_has_one_outcome_and_the_last_completes_the_move() {
    let given = running().when(record_moved(A)).then([moved(A)]);
    let given = given.when(record_moved(A)).then_nothing(answer(MoveStatus::Running));
    let late = record_not_moved(A, NotMovedBecause::Changed);
    let given = given.when(late).then_nothing(answer(MoveStatus::Running));
    let stays = VisitNotMoved { appointment_id: B, because: NotMovedBecause::Changed };
    let last = record_not_moved(B, NotMovedBecause::Changed);
    let given = given.when(last).then(events(stays, [COMPLETED.into()]));
    let progress = given.state.progress().unwrap();
    assert_eq!(progress.status, MoveStatus::Completed);
    assert_eq!(counts(&given), VisitCounts { visits: 3, moved: 1, not_moved: 2, ..VisitCounts::default() });
    let first = progress.find(A).unwrap();
    assert_eq!((first.outcome, first.appointment_version), (VisitOutcome::Moved, 2));
    given.when(record_moved(B)).then_nothing(answer(MoveStatus::Completed));
}

#[test]
fn what_was_moved_comes_back_and_the_last_ends_the_undo() {
    let given = running().and(moved(A)).and(moved(B)).and(COMPLETED);
    let given = given.when(record_back(A)).then_nothing(answer(MoveStatus::Completed));
    let given = given.when(BulkMoveCommand::UndoBulkMove).then([UNDO_STARTED]);
    let given = given.when(record_back(A)).then([VisitMovedBack { appointment_id: A, version: 3 }]);
    let given = given.when(record_back(A)).then_nothing(answer(MoveStatus::Undoing));
    let third = record_back(appointment_id(3));
    let given = given.when(third).then_nothing(answer(MoveStatus::Undoing));
    let because = NotMovedBecause::Changed;
    let stays = VisitNotMovedBack { appointment_id: B, because: because.clone() };
    let record = BulkMoveCommand::RecordNotMovedBack { appointment_id: B, because };
    let given = given.when(record).then(events(stays, [UNDONE.into()]));
    assert_eq!(
        counts(&given),
        VisitCounts { visits: 3, not_moved: 1, moved_back: 1, not_moved_back: 1, ..VisitCounts::default() }
    );
    let given = given.when(BulkMoveCommand::UndoBulkMove).then_nothing(answer(MoveStatus::Undone));
    let (completed, version, position) = given.state.as_completed().unwrap();
    assert_eq!((completed.status, version, position), (MoveStatus::Completed, 4, 30));
    let versions = |given: &domain::MoveProgress| {
        given.visits[..2].iter().map(|visit| visit.appointment_version).collect::<Vec<_>>()
    };
    assert_eq!((completed.counts.moved, versions(&completed)), (2, vec![2, 2]), "as it was before the undo");
    given.when(BulkMoveCommand::ResumeBulkMove).then_nothing(answer(MoveStatus::Undone));
}

#[test]
fn an_undo_of_what_moved_nothing_is_over_at_once() {
    let given = running()
        .and(VisitNotMoved { appointment_id: A, because: taken() })
        .and(VisitNotMoved { appointment_id: B, because: taken() })
        .and(COMPLETED);
    let given = given.when(BulkMoveCommand::UndoBulkMove).then(events(UNDO_STARTED, [UNDONE.into()]));
    assert_eq!(given.state.progress().unwrap().status, MoveStatus::Undone);
}

#[test]
fn an_undo_stops_what_is_still_to_be_moved() {
    let given = running().and(moved(A)).when(BulkMoveCommand::UndoBulkMove).then([UNDO_STARTED]);
    let stays = VisitNotMoved { appointment_id: B, because: NotMovedBecause::Undone };
    let given = given.when(record_not_moved(B, NotMovedBecause::Undone)).then([stays]);
    let back = VisitMovedBack { appointment_id: A, version: 3 };
    let given = given.when(record_back(A)).then(events(back, [UNDONE.into()]));
    assert_eq!(given.state.as_completed(), None);
}

#[test]
fn a_visit_that_was_moved_while_it_was_given_up_comes_back_too() {
    let given = running()
        .and(VisitNotMoved { appointment_id: A, because: taken() })
        .and(UNDO_STARTED)
        .and(VisitNotMoved { appointment_id: B, because: NotMovedBecause::Undone })
        .and(UNDONE);
    let given = given.when(record_moved(B)).then([moved(B)]);
    assert_eq!(given.state.progress().unwrap().status, MoveStatus::Undoing);
    let given = given.when(record_moved(A)).then_nothing(answer(MoveStatus::Undoing));
    let back = VisitMovedBack { appointment_id: B, version: 3 };
    given.when(record_back(B)).then(events(back, [UNDONE.into()]));
}

#[test]
fn what_was_never_started_and_what_is_none_of_its_visits_is_refused() {
    let unknown = [
        BulkMoveCommand::ResumeBulkMove,
        BulkMoveCommand::UndoBulkMove,
        record_moved(A),
        record_not_moved(A, NotMovedBecause::Changed),
        record_back(A),
        BulkMoveCommand::RecordNotMovedBack { appointment_id: A, because: NotMovedBecause::Changed },
    ];
    for command in unknown {
        nothing().when(command).then_refused(BulkMoveRejection::MoveNotFound);
    }
    let other = appointment_id(9);
    let because = NotMovedBecause::Changed;
    for command in [
        record_moved(other),
        record_not_moved(other, because.clone()),
        record_back(other),
        BulkMoveCommand::RecordNotMovedBack { appointment_id: other, because },
    ] {
        running().when(command).then_refused(BulkMoveRejection::VisitNotFound(other));
    }
}

#[test]
fn a_version_counts_what_has_changed() {
    let given = running().and(moved(A));
    given.clone().when_at(1, BulkMoveCommand::UndoBulkMove).then_stale(Some(2));
    given.when_at(2, BulkMoveCommand::UndoBulkMove).then([UNDO_STARTED]);
}

#[test]
fn what_would_come_of_it_is_foreseen_and_not_done() {
    let mut given = running();
    let moved = BulkMoveCommand::RecordMoved { appointment_id: A, to_agent_id: other_agent(), version: 2 };
    let stays = BulkMoveCommand::RecordNotMoved { appointment_id: B, because: taken() };
    let commands = [moved, stays].map(|body| given.command(body));
    let foreseen = given.state.after(commands, monday("09:00"));
    let progress = foreseen.progress().unwrap();
    assert_eq!(
        (progress.status, progress.counts.moved, progress.counts.not_moved),
        (MoveStatus::Completed, 1, 2)
    );
    let back = BulkMoveCommand::RecordMovedBack { appointment_id: A, version: 3 };
    let undone = [BulkMoveCommand::UndoBulkMove, back].map(|body| given.command(body));
    let foreseen = foreseen.after(undone, monday("09:00"));
    assert_eq!(foreseen.progress().unwrap().status, MoveStatus::Undone);
    // One that makes no sense, as that of a visit that it has not, changes nothing.
    let strange = BulkMoveCommand::RecordMoved {
        appointment_id: appointment_id(9),
        to_agent_id: other_agent(),
        version: 2,
    };
    let command = given.command(strange);
    assert_eq!(given.state.after([command], monday("09:00")), given.state);
}
