/// Whether a character has no form of its own: those that hide text or turn its direction, which people do not see and a
/// program reads.
pub const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::is_invisible;

    #[test]
    fn what_nobody_sees_is_told_from_letters_and_signs() {
        for hidden in
            ['\u{200b}', '\u{200d}', '\u{202e}', '\u{2066}', '\u{3164}', '\u{feff}', '\u{e0041}', '\u{e007f}']
        {
            assert!(is_invisible(hidden), "{hidden:?}");
        }
        for seen in ['a', 'ñ', 'Å', '«', ' ', '’', '日', '🏠'] {
            assert!(!is_invisible(seen), "{seen:?}");
        }
    }
}
