//! Merging of leads: the one that stays takes over what it lacks, then the other is closed. A merge that broke off
//! between the two is completed by sending it again.

use domain::{LeadAnswer, LeadCommand, LeadRejection, Refusal};
use operation::{Accepted, Code, CommandCall, Problem};
use schemas::LeadId;

use crate::CommandApi;
use crate::failure::Failure;

/// How many merges in a row are followed to the lead that stays.
const MAX_MERGES: usize = 16;

impl CommandApi {
    /// Closes a lead and leaves what it said to the other.
    pub(crate) async fn merge_leads(
        &self,
        call: &CommandCall,
        lead_id: LeadId,
        into: LeadId,
    ) -> Result<Accepted<LeadAnswer>, Problem> {
        let _alone = self.merging.lock().await;
        let survivor = self.survivor(into).await?;
        if survivor == lead_id {
            return Err(Failure::Refused(Refusal::Rejected(LeadRejection::MergedIntoItself)).into());
        }
        let lead = self.load_lead(&lead_id).await?;
        // One that is closed stays as it is, if it has ended where it is to.
        let into = match lead.merged_into() {
            Some(known) if self.survivor(known.clone()).await? == survivor => known.clone(),
            _ => survivor.clone(),
        };
        let merge = LeadCommand::MergeLeads { lead_id, into };
        let asked = asking(call);
        let answer = self.send_to_lead(&asked, merge.clone()).await?;
        if call.delivery.dry_run {
            return Ok(answer);
        }
        let legacy = Box::new(lead.legacy(&survivor));
        self.send_to_lead(&unkeyed(call), LeadCommand::TakeOver { lead_id: survivor, legacy }).await?;
        self.send_to_lead(call, merge).await
    }

    /// The lead that stays, at the end of the merges that begin with this one.
    async fn survivor(&self, mut lead_id: LeadId) -> Result<LeadId, Problem> {
        for _ in 0..MAX_MERGES {
            match self.load_lead(&lead_id).await?.merged_into() {
                Some(into) => lead_id = into.clone(),
                None => return Ok(lead_id),
            }
        }
        Err(Problem::new(
            Code::Overloaded,
            "The lead was merged too often to follow; nothing was done. Name the lead that stays.",
        ))
    }
}

/// The call as a question: what is refused leaves nothing on either stream.
fn asking(call: &CommandCall) -> CommandCall {
    let mut asked = call.clone();
    asked.delivery.dry_run = true;
    asked.delivery.idempotency_key = None;
    asked
}

/// The same call for the other stream, to which neither its key nor its conditions belong.
fn unkeyed(call: &CommandCall) -> CommandCall {
    let mut other = call.clone();
    other.delivery.idempotency_key = None;
    (other.delivery.if_match, other.delivery.if_none_match) = (None, None);
    other
}
