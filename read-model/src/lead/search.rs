//! What a search for leads looks for: words that begin like its terms, however they are written.

use std::collections::BTreeSet;
use std::ops::Bound;

use thiserror::Error;

use super::{LeadView, Member};

/// The most words of one name or address that are found.
const MAX_WORDS: usize = 16;
/// How much of a word is compared.
const MAX_WORD: usize = 64;
/// Digits from the end of a telephone number that tell it well enough.
const MIN_DIGITS: usize = 4;
/// Before the digits of a telephone number, last one first: its end is searched for.
const PHONE: char = '#';

/// A search for leads: each of its terms is the beginning of a word of a name, or of an e-mail address, or the end of a
/// telephone number. Accents and capitals make no difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadSearch {
    /// The longest first: the fewest leads have it.
    terms: Vec<String>,
}

/// Why nothing can be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UnusableSearch {
    /// Almost every lead would be found.
    #[error("must have at least 2 letters or digits")]
    TooShort,
    /// Nobody's name or address has any.
    #[error("must not have control characters")]
    ControlCharacters,
    /// So much says no more.
    #[error("must have at most {} words and {} characters", LeadSearch::MAX_TERMS, LeadSearch::MAX_LENGTH)]
    TooLong,
}

impl LeadSearch {
    /// The most words of a search.
    pub const MAX_TERMS: usize = 5;
    /// The most characters of a search.
    pub const MAX_LENGTH: usize = 320;
    /// The fewest characters of its longest word.
    const MIN_TERM: usize = 2;

    /// Reads what somebody typed.
    pub fn read(text: &str) -> Result<Self, UnusableSearch> {
        let text = text.trim();
        if text.chars().count() > Self::MAX_LENGTH {
            return Err(UnusableSearch::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(UnusableSearch::ControlCharacters);
        }
        let mut terms: Vec<String> = if let Some(digits) = digits_of_phone(text) {
            vec![phone_word(&digits)]
        } else if text.contains('@') && !text.contains(char::is_whitespace) {
            vec![cut(text.to_lowercase())]
        } else {
            words_in(text).collect::<BTreeSet<_>>().into_iter().collect()
        };
        if terms.len() > Self::MAX_TERMS {
            return Err(UnusableSearch::TooLong);
        }
        terms.sort_by_key(|term| std::cmp::Reverse(term.chars().count()));
        match terms.first() {
            Some(longest) if longest.chars().count() >= Self::MIN_TERM => Ok(Self { terms }),
            _ => Err(UnusableSearch::TooShort),
        }
    }

    /// The term by which leads are found.
    pub(crate) fn first(&self) -> &str {
        &self.terms[0]
    }

    /// The other terms, each of which a lead must have too.
    pub(crate) fn others(&self) -> &[String] {
        &self.terms[1..]
    }

    /// The least of these words that the first term begins, if every other term begins one too.
    pub(crate) fn found_by<'a>(&self, words: &'a BTreeSet<String>) -> Option<&'a String> {
        let begun = |term: &str| {
            words
                .range::<str, _>((Bound::Included(term), Bound::Unbounded))
                .next()
                .filter(|word| word.starts_with(term))
        };
        if self.others().iter().any(|term| begun(term).is_none()) {
            return None;
        }
        begun(self.first())
    }
}

impl LeadView {
    /// The words under which the lead is found: those of what is shown of it.
    pub(crate) fn words(&self) -> BTreeSet<String> {
        let mut words = BTreeSet::new();
        if let Some(name) = self.shown(Member::Name) {
            words.extend(words_in(name).take(MAX_WORDS));
        }
        if let Some(email) = self.shown(Member::Email) {
            let local = email.split('@').next().unwrap_or_default();
            words.extend(words_in(local).take(MAX_WORDS));
            words.insert(cut(email.to_lowercase()));
        }
        if let Some(phone) = self.shown(Member::Phone) {
            let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
            words.insert(phone_word(&digits));
        }
        words
    }
}

/// The digits of a text that is a telephone number, or the end of one.
fn digits_of_phone(text: &str) -> Option<String> {
    let is_of_phone = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '(' | ')' | '.' | ' ');
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (text.chars().all(is_of_phone) && digits.len() >= MIN_DIGITS).then_some(digits)
}

fn phone_word(digits: &str) -> String {
    cut(std::iter::once(PHONE).chain(digits.chars().rev()).collect())
}

/// The words of a text as they are compared.
fn words_in(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && !is_mark(c)).map(folded);
    words.filter(|word| !word.is_empty()).map(cut)
}

fn cut(word: String) -> String {
    match word.char_indices().nth(MAX_WORD) {
        Some((end, _)) => word[..end].to_owned(),
        None => word,
    }
}

/// Without capitals and accents.
fn folded(word: &str) -> String {
    let mut text = String::new();
    for letter in word.to_lowercase().chars().filter(|letter| !is_mark(*letter)) {
        match letter {
            'à'..='å' | 'ā' | 'ă' | 'ą' => text.push('a'),
            'æ' => text.push_str("ae"),
            'ç' | 'ć' | 'č' => text.push('c'),
            'ď' | 'đ' | 'ð' => text.push('d'),
            'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => text.push('e'),
            'ğ' | 'ģ' => text.push('g'),
            'ì'..='ï' | 'ī' | 'į' | 'ı' => text.push('i'),
            'ķ' => text.push('k'),
            'ł' | 'ļ' | 'ľ' => text.push('l'),
            'ñ' | 'ń' | 'ņ' | 'ň' => text.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ő' => text.push('o'),
            'œ' => text.push_str("oe"),
            'ř' | 'ŕ' => text.push('r'),
            'ś' | 'ş' | 'š' | 'ș' => text.push('s'),
            'ß' => text.push_str("ss"),
            'ţ' | 'ť' | 'ț' => text.push('t'),
            'þ' => text.push_str("th"),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' | 'ų' => text.push('u'),
            'ý' | 'ÿ' => text.push('y'),
            'ź' | 'ż' | 'ž' => text.push('z'),
            other => text.push(other),
        }
    }
    text
}

/// An accent by itself, behind its letter.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str) -> Vec<String> {
        LeadSearch::read(text).unwrap().terms
    }

    #[test]
    fn a_search_is_by_words_however_they_are_written() {
        assert_eq!(terms(" Núñez, ZORAIDA "), ["zoraida", "nunez"]);
        assert_eq!(terms("Nu\u{301}n\u{303}ez"), ["nunez"]);
        assert_eq!(terms("Pérez-Cotapos"), ["cotapos", "perez"]);
        assert_eq!(terms("Zora.Ida@Exa"), ["zora.ida@exa"]);
        assert_eq!(terms("ana ana"), ["ana"]);
    }

    #[test]
    fn a_search_by_telephone_is_by_its_end() {
        assert_eq!(terms("+56 9 7771-2345"), ["#54321777965"]);
        assert_eq!(terms("2345"), ["#5432"]);
        assert_eq!(terms("234"), ["234"], "three digits may be part of a name");
    }

    #[test]
    fn what_finds_everybody_or_nobody_is_refused() {
        for short in ["", " ", "a", "ñ", "a b c", "+", "\u{301}"] {
            assert_eq!(LeadSearch::read(short), Err(UnusableSearch::TooShort), "{short:?}");
        }
        assert_eq!(LeadSearch::read("a@\0"), Err(UnusableSearch::ControlCharacters));
        for long in ["a b c d e f", &"a".repeat(321)] {
            assert_eq!(LeadSearch::read(long), Err(UnusableSearch::TooLong), "{long:?}");
        }
    }

    #[test]
    fn a_long_word_is_compared_as_far_as_it_is_kept() {
        let long = "ñ".repeat(300);
        assert_eq!(terms(&long), ["n".repeat(MAX_WORD)]);
    }
}
