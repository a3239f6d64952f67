//! The first set-up of an office: its policy and three appointment types.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use domain::OfficeCommand;
use operation::Problem;
use schemas::AppointmentTypeCode;
use schemas::value::{AppointmentType, LocationKind, OfficePolicy, PartsOfDay};

use crate::CommandApi;

/// The office's name until somebody changes it.
pub const FRESH_OFFICE_NAME: &str = "Oficina";

impl CommandApi {
    /// Sets up an office that has no name yet: Chile's zone and language, and the CRM's three appointment types.
    /// Returns whether there was anything to do.
    ///
    /// Each step has its own idempotency key: the next start completes an interrupted set-up, and of two processes
    /// that start together only one does each step.
    pub async fn set_up_fresh_office(&self) -> Result<bool, Problem> {
        if self.office_name().await?.is_some() {
            return Ok(false);
        }
        for appointment_type in crm_types() {
            let key = format!("fresh-office/{}", appointment_type.code);
            self.set_up_office(&key, OfficeCommand::DefineAppointmentType { appointment_type }).await?;
        }
        // Last, because an office with a name counts as set up.
        let policy = OfficePolicy {
            name: FRESH_OFFICE_NAME.to_owned(),
            time_zone: Tz::America__Santiago,
            locale: "es-CL".to_owned(),
            travel_minutes: 0,
            max_holds_per_lead: 2,
            meeting_link_template: None,
            parts_of_day: PartsOfDay::default(),
        };
        self.set_up_office("fresh-office/policy", OfficeCommand::SetOfficePolicy { policy }).await?;
        Ok(true)
    }
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
        confirm_before_minutes: None,
    }
}
