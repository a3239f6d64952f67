use http_edge::Routes;

use crate::operations::{
    AddAvailabilityRule, ApproveVisit, BlockOffice, BlockProperty, BlockTime, BookAppointment,
    CancelAppointment, ChangeAgentProfile, ChangeAppointmentDetails, ChangeAppointmentType, ChangeBlock,
    ChangeOfficeBlock, ChangeOfficePolicy, ChangePropertyBlock, CompleteAppointment, ConfirmAppointment,
    CorrectOutcome, DeactivateAgent, DeclineVisit, DefineAppointmentType, HoldSlot, ImportAgents,
    ImportLeads, ImportProperties, MarkNoShow, MergeLeads, MoveAppointments, MoveOccurrence,
    MoveOfficeOccurrence, MovePropertyOccurrence, ReadAccessInstructions, ReassignAppointment, RecordConsent,
    RecordKeys, RegisterLead, RegisterProperty, ReinstateAppointment, ReleaseHold, RemoveAvailabilityRule,
    RemoveDateException, RemovePropertyDateException, ReplaceOfficeHours, ReplaceVisitHours,
    ReplaceWeeklyHours, RescheduleAppointment, ResumeMove, RetireAppointmentType, SetDateException,
    SetOfficePolicy, SetPropertyDateException, SettleConflict, SkipOccurrence, SkipOfficeOccurrence,
    SkipPropertyOccurrence, UnblockOffice, UnblockProperty, UnblockTime, UndoMove, UpdateAgentProfile,
    UpdateLead, UpdateProperty,
};

/// Adds every command of `/v1`. They expect `web::Data<CommandApi>` and `web::Data<Authentication>`.
pub fn configure(routes: &mut Routes) {
    routes
        .put::<UpdateAgentProfile>("/v1/agents/{agent_id}")
        .import::<ImportAgents>("/v1/agents/import")
        .patch::<ChangeAgentProfile>("/v1/agents/{agent_id}")
        .post::<DeactivateAgent>("/v1/agents/{agent_id}/deactivate")
        .put::<ReplaceWeeklyHours>("/v1/agents/{agent_id}/weekly-hours")
        .create::<AddAvailabilityRule>("/v1/agents/{agent_id}/availability-rules", |of, _| {
            format!("/v1/agents/{}", of.agent_id)
        })
        .delete::<RemoveAvailabilityRule>("/v1/agents/{agent_id}/availability-rules/{rule_id}")
        .put::<SetDateException>("/v1/agents/{agent_id}/exceptions/{date}")
        .delete::<RemoveDateException>("/v1/agents/{agent_id}/exceptions/{date}")
        .create::<BlockTime>("/v1/agents/{agent_id}/blocks", |of, block| {
            format!("/v1/agents/{}/blocks/{}", of.agent_id, block.answer.block.block_id)
        })
        .put::<ChangeBlock>("/v1/agents/{agent_id}/blocks/{block_id}")
        .delete::<UnblockTime>("/v1/agents/{agent_id}/blocks/{block_id}")
        .put::<MoveOccurrence>("/v1/agents/{agent_id}/blocks/{block_id}/occurrences/{date}")
        .delete::<SkipOccurrence>("/v1/agents/{agent_id}/blocks/{block_id}/occurrences/{date}")
        .create::<MoveAppointments>("/v1/agents/{agent_id}/appointments/move", |_, started| {
            format!("/v1/moves/{}", started.move_id)
        })
        .post::<ResumeMove>("/v1/moves/{move_id}/resume")
        .post::<UndoMove>("/v1/moves/{move_id}/undo")
        .put::<SetOfficePolicy>("/v1/office")
        .patch::<ChangeOfficePolicy>("/v1/office")
        .put::<DefineAppointmentType>("/v1/office/appointment-types/{code}")
        .patch::<ChangeAppointmentType>("/v1/office/appointment-types/{code}")
        .delete::<RetireAppointmentType>("/v1/office/appointment-types/{code}")
        .put::<ReplaceOfficeHours>("/v1/office/weekly-hours")
        .create::<BlockOffice>("/v1/office/blocks", |_, block| {
            format!("/v1/office/blocks/{}", block.answer.block.block_id)
        })
        .put::<ChangeOfficeBlock>("/v1/office/blocks/{block_id}")
        .delete::<UnblockOffice>("/v1/office/blocks/{block_id}")
        .put::<MoveOfficeOccurrence>("/v1/office/blocks/{block_id}/occurrences/{date}")
        .delete::<SkipOfficeOccurrence>("/v1/office/blocks/{block_id}/occurrences/{date}")
        .import::<ImportLeads>("/v1/leads/import")
        .put::<RegisterLead>("/v1/leads/{lead_id}")
        .patch::<UpdateLead>("/v1/leads/{lead_id}")
        .post::<MergeLeads>("/v1/leads/{lead_id}/merge")
        .put::<RecordConsent>("/v1/leads/{lead_id}/consents/{purpose}")
        .import::<ImportProperties>("/v1/properties/import")
        .put::<RegisterProperty>("/v1/properties/{property_id}")
        .patch::<UpdateProperty>("/v1/properties/{property_id}")
        .put::<ReplaceVisitHours>("/v1/properties/{property_id}/visit-hours")
        .put::<SetPropertyDateException>("/v1/properties/{property_id}/exceptions/{date}")
        .delete::<RemovePropertyDateException>("/v1/properties/{property_id}/exceptions/{date}")
        .create::<BlockProperty>("/v1/properties/{property_id}/blocks", |of, _| {
            // It shows its blocks.
            format!("/v1/properties/{}", of.property_id)
        })
        .put::<ChangePropertyBlock>("/v1/properties/{property_id}/blocks/{block_id}")
        .delete::<UnblockProperty>("/v1/properties/{property_id}/blocks/{block_id}")
        .put::<MovePropertyOccurrence>("/v1/properties/{property_id}/blocks/{block_id}/occurrences/{date}")
        .delete::<SkipPropertyOccurrence>("/v1/properties/{property_id}/blocks/{block_id}/occurrences/{date}")
        .post::<RecordKeys>("/v1/properties/{property_id}/keys")
        .post::<ReadAccessInstructions>("/v1/properties/{property_id}/access-instructions")
        .create::<HoldSlot>("/v1/holds", |_, hold| format!("/v1/holds/{}", hold.hold_id))
        .delete::<ReleaseHold>("/v1/holds/{hold_id}")
        .create::<BookAppointment>("/v1/appointments", |_, appointment| {
            format!("/v1/appointments/{}", appointment.id())
        })
        .patch::<ChangeAppointmentDetails>("/v1/appointments/{appointment_id}")
        .post::<ConfirmAppointment>("/v1/appointments/{appointment_id}/confirm")
        .post::<ApproveVisit>("/v1/appointments/{appointment_id}/approve")
        .post::<DeclineVisit>("/v1/appointments/{appointment_id}/decline")
        .post::<CancelAppointment>("/v1/appointments/{appointment_id}/cancel")
        .post::<ReinstateAppointment>("/v1/appointments/{appointment_id}/reinstate")
        .post::<CompleteAppointment>("/v1/appointments/{appointment_id}/complete")
        .post::<MarkNoShow>("/v1/appointments/{appointment_id}/no-show")
        .put::<CorrectOutcome>("/v1/appointments/{appointment_id}/outcome")
        .post::<ReassignAppointment>("/v1/appointments/{appointment_id}/reassign")
        .post::<RescheduleAppointment>("/v1/appointments/{appointment_id}/reschedule")
        .post::<SettleConflict>("/v1/conflicts/{appointment_id}/settle");
}
