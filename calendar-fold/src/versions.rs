//! What an event changes, and so whose version it counts in.

use schemas::AgentEvent;

/// Whether the event is about the agent itself, its hours or its blocks, which share one version.
pub const fn changes_agent(event: &AgentEvent) -> bool {
    matches!(
        event,
        AgentEvent::AgentRegistered(_)
            | AgentEvent::AgentProfileUpdated(_)
            | AgentEvent::AgentDeactivated(_)
            | AgentEvent::AvailabilityRuleAdded(_)
            | AgentEvent::AvailabilityRuleRemoved(_)
            | AgentEvent::WeeklyHoursReplaced(_)
            | AgentEvent::DateExceptionSet(_)
            | AgentEvent::DateExceptionRemoved(_)
            | AgentEvent::TimeBlocked(_)
            | AgentEvent::BlockChanged(_)
            | AgentEvent::TimeUnblocked(_)
    )
}
