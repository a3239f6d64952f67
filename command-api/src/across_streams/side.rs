//! The streams of leads and properties, on which visits take time: what is sent there.

use domain::visit_time::{
    LeadLimits, PropertyTerms, ReserveVisit, VisitRejection, VisitTime, VisitTimeCommand,
};
use domain::{
    AgentRejection, Command, LeadCommand, LeadRejection, NeededVisit, PropertyCommand, PropertyDetails,
    PropertyRejection, Refusal,
};
use schemas::value::{ForcedRule, LeadOverlap};
use schemas::{CommandId, LeadId, PropertyId, ReservationId, stream};

use crate::CommandApi;
use crate::failure::Failure;
use crate::identity::{step_id, system_command};

/// A stream on which visits take time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Lead(LeadId),
    Property(PropertyId),
}

/// Under which terms time is reserved there.
#[derive(Debug, Clone)]
pub(super) enum Terms {
    Lead(LeadId, LeadLimits),
    Property(PropertyId, PropertyTerms),
}

/// Time that has to be reserved on one stream.
#[derive(Debug, Clone)]
pub(super) struct SideNeed {
    pub(super) terms: Terms,
    pub(super) visit: VisitTime,
    pub(super) besides: Vec<ReservationId>,
    pub(super) force: Vec<ForcedRule>,
}

/// Time that was reserved there.
#[derive(Debug)]
pub(super) struct SideReserved {
    pub(super) side: Side,
    pub(super) deciding_stream: String,
    pub(super) visit: VisitTime,
    /// The rules that were passed over.
    pub(super) forced: Vec<ForcedRule>,
}

/// Whether something is stored, or only asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sends {
    Command,
    Question,
}

impl Side {
    pub(crate) fn of(name: &str) -> Option<Self> {
        stream::lead_of(name).map(Self::Lead).or_else(|| stream::property_of(name).map(Self::Property))
    }

    pub(crate) fn stream(&self) -> String {
        match self {
            Self::Lead(lead_id) => stream::lead(lead_id),
            Self::Property(property_id) => stream::property(property_id),
        }
    }
}

impl Terms {
    pub(super) fn side(&self) -> Side {
        match self {
            Self::Lead(lead_id, _) => Side::Lead(lead_id.clone()),
            Self::Property(property_id, _) => Side::Property(property_id.clone()),
        }
    }
}

impl CommandApi {
    /// Whether a booking of this takes time on its agent's stream alone.
    pub(super) async fn is_agents_alone(
        &self,
        property_id: Option<&PropertyId>,
        is_hold: bool,
    ) -> Result<bool, Failure<AgentRejection>> {
        let policy = self.office_feed.office().policy().clone();
        Ok(!is_hold
            && policy.lead_overlap == LeadOverlap::Allow
            && policy.max_live_visits_per_lead.is_none()
            && !self.is_registered(property_id).await?)
    }

    /// What has to be reserved, in the order that is everybody's: with the lead, then with the property.
    pub(super) async fn side_needs(
        &self,
        needed: &NeededVisit,
        force: &[ForcedRule],
    ) -> Result<Vec<SideNeed>, Failure<AgentRejection>> {
        let NeededVisit { visit, besides, .. } = needed;
        let property_id = visit.property_id.as_ref();
        if self.is_agents_alone(property_id, visit.hold_id.is_some()).await? {
            return Ok(Vec::new());
        }
        let office = self.office_feed.office();
        let policy = office.policy();
        let is_registered_property = self.is_registered(property_id).await?;
        let limits = LeadLimits {
            overlap: policy.lead_overlap,
            travel_minutes: policy.travel_minutes,
            is_registered_property: is_registered_property && !needed.is_move,
            is_move: needed.is_move,
            max_holds: policy.max_holds_per_lead,
            max_visits: policy.max_live_visits_per_lead.filter(|_| !needed.is_move),
        };
        let mut terms = vec![Terms::Lead(visit.lead_id.clone(), limits)];
        if let Some(property_id) = property_id.filter(|_| is_registered_property) {
            let of_property = PropertyTerms {
                is_visit: needed.is_visit,
                agent_id: needed.agent_id.clone(),
                places: needed.places.clone(),
            };
            terms.push(Terms::Property(property_id.clone(), of_property));
        }
        let need =
            |terms| SideNeed { terms, visit: visit.clone(), besides: besides.clone(), force: force.to_vec() };
        Ok(terms.into_iter().map(need).collect())
    }

    /// Whether the property was registered. That cannot be taken back, and one that is registered meanwhile is guarded from
    /// the next booking on.
    async fn is_registered(&self, property_id: Option<&PropertyId>) -> Result<bool, Failure<AgentRejection>> {
        let Some(property_id) = property_id else { return Ok(false) };
        Ok(self.registered_property(property_id).await?.is_some())
    }

    /// What its stream says of a property; none if it was never registered.
    pub(crate) async fn registered_property(
        &self,
        property_id: &PropertyId,
    ) -> Result<Option<PropertyDetails>, Failure<AgentRejection>> {
        // It changes nothing: one that is not registered says so.
        let asks = PropertyCommand::UpdateProperty { change: Box::default() };
        let id = self.new_id();
        let asks = system_command(CommandId::new(id), "is_registered", asks);
        match self.properties.writer(property_id).check(asks, id, None).await {
            Ok(known) => Ok(known.and_then(|accepted| PropertyDetails::try_from(accepted.answer).ok())),
            Err(Failure::Refused(Refusal::Rejected(PropertyRejection::UnknownProperty))) => Ok(None),
            Err(failure) => Err(failure.with(|_| AgentRejection::AttemptOver)),
        }
    }

    /// Reserves time, or asks whether it could be.
    pub(super) async fn send_reservation(
        &self,
        terms: &Terms,
        wanted: ReserveVisit,
        sends: Sends,
    ) -> Result<(), Failure<VisitRejection>> {
        let of = wanted.reservation_id;
        let wanted = Box::new(wanted);
        match terms {
            Terms::Lead(lead_id, limits) => {
                self.send_to_lead_time(lead_id, VisitTimeCommand::Reserve(wanted, *limits), of, sends).await
            }
            Terms::Property(property_id, terms) => {
                let command = VisitTimeCommand::Reserve(wanted, terms.clone());
                self.send_to_property_time(property_id, command, of, sends).await
            }
        }
    }

    /// Gives up a reservation, or a claim that stands no longer, if it still names the stream that has said so.
    pub(crate) async fn release_on(
        &self,
        side: &Side,
        reservation_id: ReservationId,
        deciding_stream: &str,
    ) -> Result<(), Failure<VisitRejection>> {
        let deciding_stream = deciding_stream.to_owned();
        match side {
            Side::Lead(lead_id) => {
                let command = VisitTimeCommand::Release { reservation_id, deciding_stream };
                self.send_to_lead_time(lead_id, command, reservation_id, Sends::Command).await
            }
            Side::Property(property_id) => {
                let command = VisitTimeCommand::Release { reservation_id, deciding_stream };
                self.send_to_property_time(property_id, command, reservation_id, Sends::Command).await
            }
        }
    }

    /// Has a claim name the agent whose it is now.
    pub(crate) async fn repoint_on(
        &self,
        side: &Side,
        reservation_id: ReservationId,
        from: String,
        to: String,
    ) -> Result<(), Failure<VisitRejection>> {
        match side {
            Side::Lead(lead_id) => {
                let command = VisitTimeCommand::Repoint { reservation_id, from, to };
                self.send_to_lead_time(lead_id, command, reservation_id, Sends::Command).await
            }
            Side::Property(property_id) => {
                let command = VisitTimeCommand::Repoint { reservation_id, from, to };
                self.send_to_property_time(property_id, command, reservation_id, Sends::Command).await
            }
        }
    }

    async fn send_to_lead_time(
        &self,
        lead_id: &LeadId,
        command: VisitTimeCommand<LeadLimits>,
        of: ReservationId,
        sends: Sends,
    ) -> Result<(), Failure<VisitRejection>> {
        let writer = self.leads.writer(lead_id);
        let command =
            self.step(of, command.name(), LeadCommand::TakeTime { lead_id: lead_id.clone(), command });
        let sent = match sends {
            Sends::Command => writer.execute(command, of.uuid(), None).await.map(drop),
            Sends::Question => writer.check(command, of.uuid(), None).await.map(drop),
        };
        sent.map_err(|failure| match failure {
            Failure::Refused(Refusal::Rejected(LeadRejection::Visit(why))) => {
                Failure::Refused(Refusal::Rejected(why))
            }
            Failure::Refused(Refusal::Rejected(LeadRejection::Merged { into })) => {
                Failure::Refused(Refusal::Rejected(VisitRejection::LeadMerged { into }))
            }
            // Taking time is refused for no other reason.
            other => other.with(|_| VisitRejection::HoldLimit { max: 0 }),
        })
    }

    async fn send_to_property_time(
        &self,
        property_id: &PropertyId,
        command: VisitTimeCommand<PropertyTerms>,
        of: ReservationId,
        sends: Sends,
    ) -> Result<(), Failure<VisitRejection>> {
        let writer = self.properties.writer(property_id);
        let command = self.step(of, command.name(), PropertyCommand::TakeTime { command });
        let sent = match sends {
            Sends::Command => writer.execute(command, of.uuid(), None).await.map(drop),
            Sends::Question => writer.check(command, of.uuid(), None).await.map(drop),
        };
        sent.map_err(|failure| match failure {
            Failure::Refused(Refusal::Rejected(PropertyRejection::Visit(why))) => {
                Failure::Refused(Refusal::Rejected(why))
            }
            // Taking time is refused for no other reason.
            other => other.with(|_| VisitRejection::HoldLimit { max: 0 }),
        })
    }

    /// A step of its own each time: a claim may go to another agent and back, and be asked about anew.
    fn step<C>(&self, of: ReservationId, name: &'static str, body: C) -> Command<C> {
        let command_id = step_id(CommandId::new(of.uuid()), &format!("{name}/{}", self.new_id()));
        system_command(command_id, name, body)
    }
}
