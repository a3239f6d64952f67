//! Settings that are on or off.

/// Reads the variable of a setting that is on or off; an empty one is off. Anything else is refused: a word that was meant as
/// "no" must not turn it on.
pub fn switch(text: &str) -> Result<bool, &'static str> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "" | "false" | "no" | "off" | "0" => Ok(false),
        _ => Err("must be true or false (or yes, no, on, off, 1, 0)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_mean_it_turn_a_setting_on() {
        for (text, is_on) in [("true", true), ("YES", true), ("1", true), ("no", false), ("", false)] {
            assert_eq!(switch(text), Ok(is_on), "{text}");
        }
        for text in ["nope", "maybe", "2", " "] {
            assert!(switch(text).is_err(), "{text}");
        }
    }
}
