//! Given events, when a command, then events or a refusal.

use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Agent, Aggregate, Command, Decision, EventContext, Office, Refusal};
use schemas::event::OfficeEvent;
use schemas::{Actor, ActorKind, CommandId, IfMatch, Origin};
use uuid::Uuid;

use crate::samples::{B, confirmed, said};

/// A state made of events, the context of decisions, and the time.
#[derive(Debug, Clone)]
pub(crate) struct Given<A: Aggregate>
where
    A::Context: Sized + Debug,
{
    pub(crate) state: A,
    pub(crate) context: A::Context,
    pub(crate) now: DateTime<Utc>,
    revisions: u64,
    commands: u128,
}

/// A decided command, with its outcome.
#[derive(Debug)]
pub(crate) struct When<A: Aggregate>
where
    A::Context: Sized + Debug,
{
    pub(crate) given: Given<A>,
    pub(crate) command: Command<A::Command>,
    pub(crate) outcome: Result<Decision<A>, Refusal<A::Rejection>>,
}

impl<A> Given<A>
where
    A: Aggregate + Clone,
    A::Event: PartialEq,
    A::Context: Sized + Debug,
{
    pub(crate) fn nothing(context: A::Context, now: DateTime<Utc>) -> Self {
        Self { state: A::default(), context, now, revisions: 0, commands: 0 }
    }

    /// The commands from now on have ids from this number on: those on two streams must not have the same.
    pub(crate) fn numbered_from(mut self, commands: u128) -> Self {
        self.commands = commands;
        self
    }

    pub(crate) fn at(mut self, now: DateTime<Utc>) -> Self {
        self.now = now;
        self
    }

    /// Adds an event, caused by a command of its own.
    pub(crate) fn and(mut self, event: impl Into<A::Event>) -> Self {
        let command_id = self.new_command_id();
        self.apply(&[event.into()], command_id, "given");
        self
    }

    /// Adds the events of the command, which must have some.
    pub(crate) fn done(self, body: A::Command) -> Self {
        let when = self.when(body);
        let Ok(Decision::Accepted(events)) = &when.outcome else { panic!("not accepted: {when:?}") };
        let mut given = when.given;
        given.apply(events, when.command.command_id, &when.command.digest);
        given
    }

    pub(crate) fn command(&mut self, body: A::Command) -> Command<A::Command> {
        let command_id = self.new_command_id();
        Command {
            command_id,
            digest: format!("digest of {command_id}"),
            actor: Actor { kind: ActorKind::Dispatcher, id: "12".to_owned() },
            origin: Origin::Dashboard,
            if_match: None,
            if_none_match: None,
            dry_run: false,
            may_repeat: false,
            body,
        }
    }

    pub(crate) fn when(mut self, body: A::Command) -> When<A> {
        let command = self.command(body);
        self.when_sent(command)
    }

    pub(crate) fn when_at(mut self, version: u64, body: A::Command) -> When<A> {
        let command = Command { if_match: Some(IfMatch::version(version)), ..self.command(body) };
        self.when_sent(command)
    }

    pub(crate) fn when_sent(self, command: Command<A::Command>) -> When<A> {
        let outcome = Decision::of(&self.state, &command, &self.context, self.now);
        When { given: self, command, outcome }
    }

    /// Applies the events of one append.
    pub(crate) fn apply(&mut self, events: &[A::Event], command_id: CommandId, digest: &str) {
        for event in events {
            let context = EventContext {
                may_repeat: true,
                followed_by: 0,
                revision: self.revisions,
                position: self.revisions * 10,
                command_id,
                digest: digest.to_owned(),
                recorded_at: self.now,
                clock_showed: self.now,
            };
            self.state.evolve(event, &context);
            self.revisions += 1;
        }
    }

    fn new_command_id(&mut self) -> CommandId {
        self.commands += 1;
        CommandId::new(Uuid::from_u128(0xc0 << 64 | self.commands))
    }
}

impl Given<Agent> {
    /// Adds an event every half hour, for so many days from now.
    pub(crate) fn busy_for(mut self, days: i64) -> Self {
        let begin = self.now;
        for half_hours in 1..=48 * days {
            self = self.at(begin + TimeDelta::minutes(30 * half_hours)).and(confirmed(B));
        }
        self
    }

    pub(crate) fn office(mut self, event: impl Into<OfficeEvent>) -> Self {
        self.context = Given { state: self.context, context: (), now: self.now, revisions: 90, commands: 90 }
            .and(event)
            .state;
        self
    }
}

impl Given<Office> {
    pub(crate) fn office_of(events: impl IntoIterator<Item = OfficeEvent>, now: DateTime<Utc>) -> Self {
        events.into_iter().fold(Self::nothing((), now), Self::and)
    }
}

impl<A> When<A>
where
    A: Aggregate + Clone,
    A::Event: PartialEq,
    A::Context: Sized + Clone + Debug,
{
    /// Checks that exactly these events follow, and that the same command, sent again later, gets the first answer and
    /// appends nothing.
    pub(crate) fn then<E: Into<A::Event>>(self, events: impl IntoIterator<Item = E>) -> Given<A> {
        let events: Vec<A::Event> = events.into_iter().map(Into::into).collect();
        assert_eq!(self.outcome, Ok(Decision::Accepted(events)));
        self.then_accepted().0
    }

    /// Checks the answer, whatever the events.
    pub(crate) fn then_answer(self, answer: impl Into<A::Answer>) -> Given<A> {
        let (given, first) = self.then_accepted();
        let expected: A::Answer = answer.into();
        assert_eq!(said(&first), said(&expected));
        given
    }

    /// Checks that some events follow, and that the same command sent again is a repetition.
    pub(crate) fn then_accepted(self) -> (Given<A>, A::Answer) {
        let Self { mut given, command, outcome } = self;
        let Ok(Decision::Accepted(events)) = outcome else { panic!("not accepted: {outcome:?}") };
        assert!(!events.is_empty());
        given.apply(&events, command.command_id, &command.digest);
        let receipt =
            given.state.receipts().get(command.command_id).expect("what is carried out leaves a receipt");
        assert_eq!(&receipt.digest, &command.digest);
        let receipt = receipt.clone();

        let again = given.clone().at(given.now + TimeDelta::minutes(3)).when_sent(command.clone());
        assert_eq!(again.outcome, Ok(Decision::Repeated(receipt.clone())));
        let reused = Command { digest: "another digest".to_owned(), ..command };
        assert_eq!(given.clone().when_sent(reused).outcome, Err(Refusal::IdempotencyMismatch));
        (given, receipt.answer)
    }

    /// Checks that the command changes nothing and gets this answer.
    #[expect(clippy::needless_pass_by_value, reason = "as every other outcome is given")]
    pub(crate) fn then_nothing(self, answer: A::Answer) -> Given<A> {
        let version = self.given.state.version_of(&self.command.body).unwrap_or(0);
        match &self.outcome {
            Ok(Decision::Unchanged { answer: known, version: at }) => {
                assert_eq!((said(known), *at), (said(&answer), version));
            }
            other => panic!("not unchanged: {other:?}"),
        }
        self.given
    }

    pub(crate) fn then_refused(self, rejection: A::Rejection) -> Given<A> {
        assert_eq!(self.outcome, Err(Refusal::Rejected(rejection)));
        assert_eq!(self.given.state.receipts().get(self.command.command_id), None);
        self.given
    }

    pub(crate) fn then_stale(self, current: Option<u64>) -> Given<A> {
        assert_eq!(self.outcome, Err(Refusal::StaleVersion { current }));
        self.given
    }
}
