//! Who has to say that a home may be visited, and what is asked of them about one visit.

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stored;

/// What an approver is to the property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApproverRole {
    /// Lives there.
    Occupant,
    /// Owns it.
    Owner,
}

/// Somebody who says whether a property may be visited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Approver {
    /// The approver's id in the CRM, 1 to 64 characters.
    #[schemars(length(min = 1, max = 64))]
    pub approver_id: String,
    /// What the approver is to the property.
    pub role: ApproverRole,
}

/// How many of the approvers have to agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalRule {
    /// One is enough.
    #[default]
    Any,
    /// Each of them.
    All,
}

/// Who has to approve a visit of a property. A property without it is visited without being asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VisitApproval {
    /// Those who are asked, at least one.
    #[schemars(length(min = 1))]
    pub approvers: Vec<Approver>,
    /// How many of them have to agree; any if left out.
    #[serde(default)]
    pub rule: ApprovalRule,
    /// How long a request waits for them, at least 1. It never waits beyond the visit's start.
    #[schemars(range(min = 1))]
    pub expires_after_minutes: u32,
}

/// What was asked of the approvers about one visit, and what they have said so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VisitRequest {
    /// Who has to approve it.
    pub approval: VisitApproval,
    /// From then on it is not waited for any more: the visit's time is free again.
    #[serde(deserialize_with = "stored::micros")]
    pub expires_at: DateTime<Utc>,
    /// The ids of those who have approved it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved_by: Vec<String>,
    /// The start that was proposed instead, when it was declined.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "stored::maybe_micros")]
    pub proposal: Option<DateTime<Utc>>,
}

impl VisitApproval {
    /// What is asked now about a visit that starts then.
    pub fn request(&self, start: DateTime<Utc>, now: DateTime<Utc>) -> VisitRequest {
        let wait = TimeDelta::minutes(self.expires_after_minutes.into());
        VisitRequest {
            approval: self.clone(),
            expires_at: now.checked_add_signed(wait).map_or(start, |expires_at| expires_at.min(start)),
            approved_by: Vec::new(),
            proposal: None,
        }
    }
}

impl VisitRequest {
    /// Whether those who have approved it are as many as it takes.
    pub fn is_approved(&self) -> bool {
        let has_approved = |approver: &Approver| self.approved_by.contains(&approver.approver_id);
        match self.approval.rule {
            ApprovalRule::Any => self.approval.approvers.iter().any(has_approved),
            ApprovalRule::All => self.approval.approvers.iter().all(has_approved),
        }
    }
}
