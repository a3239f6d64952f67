//! Chile's public holidays, as blocks of the office.

use anyhow::Result;
use availability::zone;
use chrono::{NaiveDate, NaiveTime};
use chrono_tz::Tz;
use command_api::CommandApi;
use domain::{BlockRequest, OfficeCommand};
use schemas::BlockId;

/// Chile's public holidays of 2026 and 2027, on the days when they are observed: laws 2.977, 19.668 (which moves
/// 29 June and 12 October), 19.973, 20.148, 20.299 (31 October), 20.983 (17 September) and 21.357 (the solstice).
const HOLIDAYS: &[(i32, u32, u32, &str)] = &[
    (2026, 1, 1, "Año Nuevo"),
    (2026, 4, 3, "Viernes Santo"),
    (2026, 4, 4, "Sábado Santo"),
    (2026, 5, 1, "Día del Trabajo"),
    (2026, 5, 21, "Día de las Glorias Navales"),
    (2026, 6, 21, "Día Nacional de los Pueblos Indígenas"),
    (2026, 6, 29, "San Pedro y San Pablo"),
    (2026, 7, 16, "Virgen del Carmen"),
    (2026, 8, 15, "Asunción de la Virgen"),
    (2026, 9, 18, "Independencia Nacional"),
    (2026, 9, 19, "Glorias del Ejército"),
    (2026, 10, 12, "Encuentro de Dos Mundos"),
    (2026, 10, 31, "Iglesias Evangélicas y Protestantes"),
    (2026, 11, 1, "Todos los Santos"),
    (2026, 12, 8, "Inmaculada Concepción"),
    (2026, 12, 25, "Navidad"),
    (2027, 1, 1, "Año Nuevo"),
    (2027, 3, 26, "Viernes Santo"),
    (2027, 3, 27, "Sábado Santo"),
    (2027, 5, 1, "Día del Trabajo"),
    (2027, 5, 21, "Día de las Glorias Navales"),
    (2027, 6, 21, "Día Nacional de los Pueblos Indígenas"),
    (2027, 6, 28, "San Pedro y San Pablo"),
    (2027, 7, 16, "Virgen del Carmen"),
    (2027, 8, 15, "Asunción de la Virgen"),
    (2027, 9, 17, "Feriado adicional de Fiestas Patrias"),
    (2027, 9, 18, "Independencia Nacional"),
    (2027, 9, 19, "Glorias del Ejército"),
    (2027, 10, 11, "Encuentro de Dos Mundos"),
    (2027, 10, 31, "Iglesias Evangélicas y Protestantes"),
    (2027, 11, 1, "Todos los Santos"),
    (2027, 12, 8, "Inmaculada Concepción"),
    (2027, 12, 25, "Navidad"),
];

/// Closes the office on every holiday.
pub(super) async fn block(commands: &CommandApi) -> Result<()> {
    for (year, month, day, name) in HOLIDAYS {
        let date = NaiveDate::from_ymd_opt(*year, *month, *day).expect("holidays are dates");
        let block = BlockRequest {
            block_id: BlockId::new(commands.new_id()),
            start: zone::start_instant(Tz::America__Santiago, date.and_time(NaiveTime::MIN)),
            end: zone::start_instant(
                Tz::America__Santiago,
                (date + chrono::Days::new(1)).and_time(NaiveTime::MIN),
            ),
            reason: (*name).to_owned(),
            recurrence: None,
        };
        commands.set_up_office(&format!("demo/holiday/{date}"), OfficeCommand::BlockOffice { block }).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, Weekday};

    #[test]
    fn holidays_that_the_law_moves_are_on_the_days_that_it_allows() {
        for (year, month, day, name) in HOLIDAYS {
            let weekday = NaiveDate::from_ymd_opt(*year, *month, *day).unwrap().weekday();
            match *name {
                "San Pedro y San Pablo" | "Encuentro de Dos Mundos" => {
                    assert!(matches!(weekday, Weekday::Mon | Weekday::Sat | Weekday::Sun), "{year} {name}");
                }
                "Viernes Santo" | "Feriado adicional de Fiestas Patrias" => assert_eq!(weekday, Weekday::Fri),
                "Sábado Santo" => assert_eq!(weekday, Weekday::Sat),
                _ => {}
            }
        }
    }

    #[test]
    fn they_are_in_order_and_none_is_twice() {
        assert!(HOLIDAYS.windows(2).all(|pair| {
            let date = |index: usize| (pair[index].0, pair[index].1, pair[index].2);
            date(0) < date(1)
        }));
    }
}
