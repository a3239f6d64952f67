use http_edge::Routes;

use crate::operations::{
    AddAvailabilityRule, BlockOffice, BlockTime, BookAppointment, CancelAppointment, ChangeAgentProfile,
    ChangeAppointmentDetails, ChangeAppointmentType, ChangeBlock, ChangeOfficeBlock, ChangeOfficePolicy,
    CompleteAppointment, ConfirmAppointment, CorrectOutcome, DeactivateAgent, DefineAppointmentType,
    HoldSlot, MarkNoShow, MoveAppointments, MoveOccurrence, MoveOfficeOccurrence, ReassignAppointment,
    RecordConsent, RegisterLead, ReinstateAppointment, ReleaseHold, RemoveAvailabilityRule,
    RemoveDateException, ReplaceOfficeHours, ReplaceWeeklyHours, RescheduleAppointment, ResumeMove,
    RetireAppointmentType, SetDateException, SetOfficePolicy, SettleConflict, SkipOccurrence,
    SkipOfficeOccurrence, UnblockOffice, UnblockTime, UndoMove, UpdateAgentProfile, UpdateLead,
};

/// Adds every command of `/v1`. They expect `web::Data<CommandApi>` and `web::Data<Authentication>`.
pub fn configure(routes: &mut Routes) {
    routes
        .put::<UpdateAgentProfile>("/v1/agents/{agent_id}")
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
        .put::<RegisterLead>("/v1/leads/{lead_id}")
        .patch::<UpdateLead>("/v1/leads/{lead_id}")
        .put::<RecordConsent>("/v1/leads/{lead_id}/consents/{purpose}")
        .create::<HoldSlot>("/v1/holds", |_, hold| format!("/v1/holds/{}", hold.hold_id))
        .delete::<ReleaseHold>("/v1/holds/{hold_id}")
        .create::<BookAppointment>("/v1/appointments", |_, appointment| {
            format!("/v1/appointments/{}", appointment.id())
        })
        .patch::<ChangeAppointmentDetails>("/v1/appointments/{appointment_id}")
        .post::<ConfirmAppointment>("/v1/appointments/{appointment_id}/confirm")
        .post::<CancelAppointment>("/v1/appointments/{appointment_id}/cancel")
        .post::<ReinstateAppointment>("/v1/appointments/{appointment_id}/reinstate")
        .post::<CompleteAppointment>("/v1/appointments/{appointment_id}/complete")
        .post::<MarkNoShow>("/v1/appointments/{appointment_id}/no-show")
        .put::<CorrectOutcome>("/v1/appointments/{appointment_id}/outcome")
        .post::<ReassignAppointment>("/v1/appointments/{appointment_id}/reassign")
        .post::<RescheduleAppointment>("/v1/appointments/{appointment_id}/reschedule")
        .post::<SettleConflict>("/v1/conflicts/{appointment_id}/settle");
}
