use std::collections::BTreeMap;

use anyhow::Result;
use chrono_tz::Tz;
use command_api::CommandApi;
use domain::OfficeCommand;
use schemas::AppointmentTypeCode;
use schemas::value::{AppointmentType, LocationKind, OfficePolicy};

/// What an office is called until its people name it.
pub(crate) const FRESH_NAME: &str = "Oficina";

/// Sets a fresh office up: Chile's zone and language, and the three types that the CRM knows.
///
/// Each step has a key of its own, so that a start that was cut short is completed by the next.
pub(crate) async fn set_up(commands: &CommandApi) -> Result<()> {
    let policy = OfficePolicy {
        name: FRESH_NAME.to_owned(),
        time_zone: Tz::America__Santiago,
        locale: "es-CL".to_owned(),
        travel_minutes: 0,
        max_holds_per_lead: 2,
    };
    for appointment_type in crm_types() {
        let key = format!("fresh-office/{}", appointment_type.code);
        commands.set_up_office(&key, OfficeCommand::DefineAppointmentType { appointment_type }).await?;
    }
    // Last, as it is what tells a fresh office from one that is set up.
    commands.set_up_office("fresh-office/policy", OfficeCommand::SetOfficePolicy { policy }).await?;
    Ok(())
}

fn crm_types() -> [AppointmentType; 3] {
    let visit = AppointmentType {
        slot_step_minutes: 30,
        buffer_before_minutes: 15,
        buffer_after_minutes: 15,
        min_notice_minutes: 120,
        ..crm_type("visita_propiedad", "Visita a propiedad", "Property visit", 60, LocationKind::Property)
    };
    let meeting = crm_type("reunion_virtual", "Reunión virtual", "Video meeting", 45, LocationKind::Video);
    let call = crm_type("llamada", "Llamada", "Phone call", 15, LocationKind::Phone);
    [visit, meeting, call]
}

fn crm_type(
    code: &str,
    spanish: &str,
    english: &str,
    duration_minutes: u16,
    location_kind: LocationKind,
) -> AppointmentType {
    AppointmentType {
        code: AppointmentTypeCode::parse(code).expect("the CRM's codes are letters and underscores"),
        name: BTreeMap::from([
            ("es-CL".to_owned(), spanish.to_owned()),
            ("en".to_owned(), english.to_owned()),
        ]),
        duration_minutes,
        slot_step_minutes: 15,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        min_notice_minutes: 30,
        horizon_days: 60,
        daily_limit: None,
        location_kind,
    }
}
