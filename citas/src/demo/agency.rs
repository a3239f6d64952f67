//! The office of the demonstration and its agents, with their areas, hours, lunches and vacations.

use anyhow::Result;
use availability::zone;
use chrono::{Days, NaiveTime};
use chrono_tz::Tz;
use command_api::{CommandApi, FRESH_OFFICE_NAME};
use domain::{AgentCommand, BlockRequest, BlockScope, BlockedTime, OfficeCommand, OnOverlap};
use schemas::value::{AgentProfile, AvailabilityRule, OfficePolicy, PartsOfDay};
use schemas::{AgentId, BlockId, DayOfWeek, LocalTime, RuleId};

use super::kind::Kind::{self, Call, Meeting, Visit};

/// When an agent sees leads on a day, and for what.
type Times = &'static [(&'static str, Kind)];

/// An agent of the demonstration.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DemoAgent {
    id: &'static str,
    name: &'static str,
    pub(super) time_zone: Tz,
    /// Where the agent shows properties.
    pub(super) comunas: &'static [&'static str],
    /// The region that these are in.
    region: &'static str,
    /// Hours of their own beside the office's, by day of the week.
    own_hours: &'static [(u8, &'static str, &'static str)],
    inherits_office_hours: bool,
    /// Lunch, as a recurring block.
    lunch: Option<(&'static str, &'static str)>,
    /// Vacations: how many days from today they begin, and how many days they last.
    vacation: Option<(u64, u64)>,
    pub(super) on_weekdays: Times,
    pub(super) on_saturdays: Times,
    pub(super) works_on_mondays: bool,
}

impl DemoAgent {
    pub(super) fn id(&self) -> AgentId {
        AgentId::parse(self.id).expect("the demonstration's ids are digits")
    }

    fn key(&self, what: &str) -> String {
        format!("demo/agent/{}/{what}", self.id)
    }
}

const OFFICE_DAY: Times = &[
    ("09:30", Call),
    ("10:00", Visit),
    ("11:30", Visit),
    ("15:00", Visit),
    ("16:30", Meeting),
    ("17:30", Call),
];

const SATURDAY_MORNING: Times = &[("10:00", Visit), ("11:30", Visit)];

/// With the office's hours, and nothing else.
const fn in_the_office(
    id: &'static str,
    name: &'static str,
    comunas: &'static [&'static str],
    region: &'static str,
    lunch: (&'static str, &'static str),
) -> DemoAgent {
    DemoAgent {
        id,
        name,
        time_zone: Tz::America__Santiago,
        comunas,
        region,
        own_hours: &[],
        inherits_office_hours: true,
        lunch: Some(lunch),
        vacation: None,
        on_weekdays: OFFICE_DAY,
        on_saturdays: &[],
        works_on_mondays: true,
    }
}

const METROPOLITANA: &str = "Metropolitana de Santiago";

pub(super) const AGENTS: &[DemoAgent] = &[
    DemoAgent {
        own_hours: &[(5, "10:00", "13:00")],
        on_saturdays: SATURDAY_MORNING,
        ..in_the_office(
            "101",
            "Camila Rojas",
            &["Providencia", "Ñuñoa", "Santiago"],
            METROPOLITANA,
            ("13:00", "14:00"),
        )
    },
    DemoAgent {
        vacation: Some((12, 7)),
        ..in_the_office(
            "102",
            "Matías Fuentes",
            &["Las Condes", "Vitacura", "Providencia"],
            METROPOLITANA,
            ("13:30", "14:30"),
        )
    },
    DemoAgent {
        own_hours: &[(5, "09:30", "14:00")],
        on_saturdays: SATURDAY_MORNING,
        ..in_the_office("103", "Josefa Muñoz", &["Viña del Mar", "Concón"], "Valparaíso", ("13:00", "14:00"))
    },
    DemoAgent {
        id: "104",
        name: "Diego Paredes",
        time_zone: Tz::America__Santiago,
        comunas: &["Viña del Mar", "Valparaíso"],
        region: "Valparaíso",
        own_hours: &[
            (1, "15:00", "20:00"),
            (2, "15:00", "20:00"),
            (3, "15:00", "20:00"),
            (4, "15:00", "20:00"),
            (5, "10:00", "18:00"),
        ],
        inherits_office_hours: false,
        lunch: None,
        vacation: None,
        on_weekdays: &[("15:00", Visit), ("16:30", Visit), ("18:00", Meeting), ("19:30", Call)],
        on_saturdays: &[("10:30", Visit), ("12:00", Visit), ("15:00", Visit), ("16:30", Visit)],
        works_on_mondays: false,
    },
    DemoAgent {
        id: "105",
        name: "Antonia Barría",
        time_zone: Tz::America__Punta_Arenas,
        comunas: &["Punta Arenas"],
        region: "Magallanes y de la Antártica Chilena",
        own_hours: &[
            (0, "09:00", "17:00"),
            (1, "09:00", "17:00"),
            (2, "09:00", "17:00"),
            (3, "09:00", "17:00"),
            (4, "09:00", "16:00"),
        ],
        inherits_office_hours: false,
        lunch: Some(("12:30", "13:30")),
        vacation: Some((20, 5)),
        on_weekdays: &[
            ("09:30", Call),
            ("10:00", Visit),
            ("11:30", Visit),
            ("14:00", Visit),
            ("15:30", Call),
        ],
        on_saturdays: &[],
        works_on_mondays: true,
    },
    in_the_office(
        "106",
        "Ignacio Sanhueza",
        &["Concepción", "San Pedro de la Paz"],
        "Biobío",
        ("13:30", "14:30"),
    ),
    in_the_office(
        "107",
        "Francisca Tapia",
        &["Santiago", "La Florida", "Maipú"],
        METROPOLITANA,
        ("13:00", "14:00"),
    ),
];

/// The agent who is registered first of all, and whose last block is the last command of all.
const FIRST: &DemoAgent = &AGENTS[0];

/// Whether a filling has begun lately and was not finished. Reads the store.
pub(super) async fn is_begun(commands: &CommandApi) -> Result<bool> {
    let id = FIRST.id();
    let carried_out = async |what: &str| commands.has_set_up_agent(&id, &FIRST.key(what)).await;
    Ok(carried_out("profile").await? && !carried_out("last").await?)
}

/// Sends the last command of all, by which the filling is known to be finished.
pub(super) async fn finish(commands: &CommandApi) -> Result<()> {
    let today = zone::local_date(FIRST.time_zone, commands.now());
    let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("an hour of the day");
    let on = |hour| zone::start_instant(FIRST.time_zone, (today + Days::new(30)).and_time(at(hour)));
    let time = BlockedTime::Between { start: on(9), end: on(11) };
    let block = block(commands, time, "Firma de escritura en notaría", None);
    commands.set_up_agent(&FIRST.id(), &FIRST.key("last"), block).await?;
    Ok(())
}

/// Gives the office hours if it has none, and registers the agents with their hours, lunches and vacations.
pub(super) async fn set_up(commands: &CommandApi) -> Result<()> {
    if !commands.office_has_hours().await? {
        let rules = (0..5).map(|day| rule(commands, day, "09:00", "18:00")).collect();
        commands.set_up_office("demo/office-hours", OfficeCommand::ReplaceOfficeHours { rules }).await?;
    }
    for agent in AGENTS {
        register(commands, agent).await?;
    }
    Ok(())
}

/// Gives video calls their links, before the first is booked.
pub(super) async fn link(commands: &CommandApi) -> Result<()> {
    let policy = policy(FRESH_OFFICE_NAME);
    commands.set_up_office("demo/links", OfficeCommand::SetOfficePolicy { policy }).await?;
    Ok(())
}

/// Names the agency.
pub(super) async fn name(commands: &CommandApi) -> Result<()> {
    let policy = policy("Propiedades Cordillera y Mar");
    commands.set_up_office("demo/policy", OfficeCommand::SetOfficePolicy { policy }).await?;
    Ok(())
}

fn policy(name: &str) -> OfficePolicy {
    OfficePolicy {
        name: name.to_owned(),
        time_zone: Tz::America__Santiago,
        locale: "es-CL".to_owned(),
        travel_minutes: 0,
        max_holds_per_lead: 2,
        meeting_link_template: Some("https://meet.example.com/{appointment_id}".to_owned()),
        parts_of_day: PartsOfDay::default(),
    }
}

async fn register(commands: &CommandApi, agent: &DemoAgent) -> Result<()> {
    let id = agent.id();
    let key = |what: &str| agent.key(what);
    let profile = AgentProfile {
        name: agent.name.to_owned(),
        time_zone: agent.time_zone,
        email: Some(format!("agente{id}@example.com")),
        phone: None,
        meeting_room_url: None,
        inherits_office_hours: agent.inherits_office_hours,
        comunas: agent.comunas.iter().map(|comuna| (*comuna).to_owned()).collect(),
        regions: vec![agent.region.to_owned()],
    };
    let register = AgentCommand::UpdateAgentProfile { agent_id: id.clone(), profile };
    commands.set_up_agent(&id, &key("profile"), register).await?;
    if !agent.own_hours.is_empty() {
        let rules = agent.own_hours.iter().map(|(day, from, to)| rule(commands, *day, from, to)).collect();
        commands.set_up_agent(&id, &key("hours"), AgentCommand::ReplaceWeeklyHours { rules }).await?;
    }
    let today = zone::local_date(agent.time_zone, commands.now());
    if let Some((from, to)) = agent.lunch {
        let at = |time: &str| {
            zone::start_instant(
                agent.time_zone,
                today.and_time(time.parse().expect("lunch is at a time of day")),
            )
        };
        let time = BlockedTime::Between { start: at(from), end: at(to) };
        let lunch = block(commands, time, "Almuerzo", Some("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"));
        commands.set_up_agent(&id, &key("lunch"), lunch).await?;
    }
    if let Some((begins_in, days)) = agent.vacation {
        let date = today + Days::new(begins_in);
        let time = BlockedTime::Days { date, until: Some(date + Days::new(days - 1)) };
        let vacation = block(commands, time, "Vacaciones", None);
        commands.set_up_agent(&id, &key("vacation"), vacation).await?;
    }
    Ok(())
}

fn rule(commands: &CommandApi, day_of_week: u8, from: &str, to: &str) -> AvailabilityRule {
    let time = |text: &str| text.parse::<LocalTime>().expect("the demonstration's hours are times of day");
    AvailabilityRule {
        rule_id: RuleId::new(commands.new_id()),
        day_of_week: DayOfWeek::try_from(day_of_week).expect("the demonstration's days are 0 to 6"),
        start_time: time(from),
        end_time: time(to),
        is_recurring: true,
        valid_from: None,
        valid_until: None,
        appointment_type: None,
        max_appointments_per_slot: 1,
    }
}

fn block(commands: &CommandApi, time: BlockedTime, reason: &str, recurrence: Option<&str>) -> AgentCommand {
    let block = BlockRequest {
        block_id: BlockId::new(commands.new_id()),
        time,
        reason: reason.to_owned(),
        recurrence: recurrence.map(str::to_owned),
        scope: BlockScope::default(),
        source: None,
    };
    AgentCommand::BlockTime { block, on_overlap: OnOverlap::Keep }
}
