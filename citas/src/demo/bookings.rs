//! The demo agency's appointments.

use anyhow::Result;
use availability::zone;
use chrono::{Days, NaiveTime};
use command_api::CommandApi;
use domain::{AgentCommand, BookAppointment};
use operation::Code;
use schemas::{AppointmentId, AppointmentTypeCode, LeadId, Origin, Personal, PropertyId};

use super::agency::{AGENTS, DemoAgent};

/// Four weeks.
const DAYS: u64 = 28;

/// The times and appointment types that leads ask for. Some are not available.
const WISHES: &[(&str, &str)] = &[
    ("09:30", "llamada"),
    ("10:00", "visita_propiedad"),
    ("11:30", "reunion_virtual"),
    ("12:00", "llamada"),
    ("15:00", "visita_propiedad"),
    ("16:30", "reunion_virtual"),
    ("16:30", "visita_propiedad"),
    ("17:00", "llamada"),
];

const STREETS: &[&str] =
    &["Av. Providencia", "Calle Valparaíso", "Av. Libertad", "Los Leones", "Av. Colón", "Camino del Inca"];

/// Books four weeks of appointments and confirms some. Returns how many were booked.
pub(super) async fn book(commands: &CommandApi) -> Result<usize> {
    let mut booked = 0;
    for (number, agent) in (0_usize..).zip(AGENTS) {
        for day in 1..=DAYS {
            for (wish, (time, appointment_type)) in (0_usize..).zip(WISHES) {
                // A fixed pattern that looks random: about half of the wishes are requested.
                let dice = (number * 31 + usize::try_from(day).unwrap_or(0) * 17 + wish * 7) % 13;
                if dice < 6 && book_one(commands, agent, day, time, appointment_type, dice).await? {
                    booked += 1;
                }
            }
        }
    }
    Ok(booked)
}

async fn book_one(
    commands: &CommandApi,
    agent: &DemoAgent,
    day: u64,
    time: &str,
    appointment_type: &str,
    dice: usize,
) -> Result<bool> {
    let agent_id = agent.id();
    let date = zone::local_date(agent.time_zone, commands.now()) + Days::new(day);
    let time: NaiveTime = time.parse()?;
    let appointment_id = AppointmentId::new(commands.new_id());
    let lead = 5_000 + day * 10 + dice as u64;
    let visit = appointment_type == "visita_propiedad";
    let lead_id = LeadId::parse(&lead.to_string())?;
    let address = visit.then(|| format!("{} {}, {}", STREETS[dice], 100 + lead % 900, agent.city));
    let command = BookAppointment {
        appointment_id,
        location: address.map(|address| Personal::new(lead_id.clone(), address)),
        lead_id,
        appointment_type: AppointmentTypeCode::parse(appointment_type)?,
        start: zone::start_instant(agent.time_zone, date.and_time(time)),
        agreed_zone: None,
        hold_id: None,
        property_id: visit.then(|| PropertyId::parse(&format!("P-{}", 300 + lead % 40))).transpose()?,
        notes: None,
        lead_contact: None,
        origin: if dice.is_multiple_of(2) { Origin::Chat } else { Origin::Dashboard },
        confirm: false,
        claim: None,
        offers_alternatives: false,
        force: Vec::new(),
    };
    let key = format!("demo/booking/{agent_id}/{date}/{time}/{appointment_type}");
    match commands.set_up_agent(&agent_id, &key, AgentCommand::BookAppointment(command)).await {
        Ok(()) => {}
        // The time is taken, on a holiday, or outside of the agent's hours.
        Err(problem) if problem.code() == Code::SlotUnavailable => return Ok(false),
        Err(problem) => return Err(problem.into()),
    }
    if dice < 3 {
        let confirm = AgentCommand::ConfirmAppointment { appointment_id };
        match commands.set_up_agent(&agent_id, &format!("{key}/confirm"), confirm).await {
            Ok(()) => {}
            // Booked under another id by an interrupted filling.
            Err(problem) if problem.code() == Code::AppointmentNotFound => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    Ok(true)
}
