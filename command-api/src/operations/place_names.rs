//! Names of comunas and regions, as requests list them.

use operation::{Problem, check_name};

const MAX_PLACES: usize = 50;
const MAX_NAME: usize = 64;

/// The names without spaces around them. Refused: an empty or long one, one that is there twice, in small letters or
/// capitals, and too many.
pub(super) fn place_names(field: &str, names: &[String]) -> Result<Vec<String>, Problem> {
    if names.len() > MAX_PLACES {
        return Err(Problem::malformed(field, format!("may have {MAX_PLACES} names at most")));
    }
    let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
    for (number, name) in names.iter().enumerate() {
        check_name(&format!("{field}[{number}]"), name, MAX_NAME)?;
    }
    let mut folded: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    folded.sort_unstable();
    match folded.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Problem::malformed(field, format!("has {} twice", pair[0]))),
        None => Ok(names),
    }
}
