//! Spelling and words. Pure.
//!
//! Text is folded (NFKC, lower case), and falls apart at whatever is neither letter nor digit into terms, and these into pieces:
//! stretches of CJK characters, and words of all other letters and digits. A word is found whole, CJK by any part of it: so words
//! are kept whole, and CJK as its single characters and its pairs.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest word that is kept as it is; of a longer one its beginning and its hash. An index takes no rows of any size.
const LONG: usize = 40;

/// The one spelling of a text: a line for each term, in it its pieces, a space around each.
pub fn spell(text: &str) -> String {
    let mut spelled = String::new();
    let mut last = Sort::Gap;
    let seen = |letter: &char| Sort::of(*letter) != Sort::Nothing;
    // What stands side by side once nothing is between may be one character.
    for letter in text.nfkc().flat_map(char::to_lowercase).nfkc().filter(seen).nfkc() {
        let sort = Sort::of(letter);
        match (last, sort) {
            (Sort::Gap, Sort::Gap) => continue,
            (_, Sort::Gap) => spelled.push_str(" \n"),
            (last, sort) if last != sort => spelled.push(' '),
            _ => {}
        }
        if sort != Sort::Gap {
            spelled.push(letter);
        }
        last = sort;
    }
    if last != Sort::Gap {
        spelled.push_str(" \n");
    }
    spelled
}

/// What a character is to words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// Between terms.
    Gap,
    /// Neither seen nor told apart: accents that stand alone, variants of a character, invisible joiners.
    Nothing,
    Cjk,
    Letter,
}

impl Sort {
    fn of(letter: char) -> Self {
        match letter {
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => Self::Nothing,
            '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => Self::Nothing,
            _ if is_combining_mark(letter) => Self::Nothing,
            _ if !letter.is_alphanumeric() => Self::Gap,
            _ if is_cjk(letter) => Self::Cjk,
            _ => Self::Letter,
        }
    }
}

/// Scripts that put no space between words, or whose words are sought by part: Han, kana, bopomofo, hangul.
fn is_cjk(letter: char) -> bool {
    matches!(letter,
        '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3038}'..='\u{303c}' | '\u{3031}'..='\u{3035}' | '\u{3040}'..='\u{312f}' | '\u{31a0}'..='\u{31bf}'
        | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{16fe0}'..='\u{16fff}' | '\u{20000}'..='\u{3ffff}')
}

/// All words of a spelled text.
pub fn words(spelled: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for piece in spelled.split_whitespace() {
        if !piece.starts_with(is_cjk) {
            words.insert(kept(piece));
            continue;
        }
        words.extend(piece.chars().map(String::from));
        words.extend(pairs(piece));
    }
    words
}

fn pairs(piece: &str) -> impl Iterator<Item = String> {
    piece.chars().zip(piece.chars().skip(1)).map(|(one, next)| [one, next].iter().collect())
}

/// A word as it is kept.
fn kept(word: &str) -> String {
    if word.chars().count() <= LONG {
        return word.to_owned();
    }
    let beginning: String = word.chars().take(LONG / 2).collect();
    let hash = hex::encode(Sha256::digest(word));
    format!("{beginning}…{}", hash.get(..16).unwrap_or(&hash))
}

/// What somebody looks for: all of it has to be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Words that a thing has to have.
    pub(super) words: BTreeSet<String>,
    /// Words that it has if it has the phrases.
    pub(super) implied: BTreeSet<String>,
    /// Parts of its spelling, for terms that it could have the words of and yet not have: of three CJK characters and more, or of
    /// several pieces.
    pub(super) phrases: Vec<String>,
}

impl Query {
    /// The longest text that is looked for, in characters.
    pub const LONGEST: usize = 100;

    /// Reads a text; none where there is nothing in it to look for, as in mere punctuation.
    pub fn read(text: &str) -> Option<Self> {
        let mut query = Self::default();
        for term in spell(text).lines() {
            let pieces: Vec<&str> = term.split_whitespace().collect();
            let mut words = BTreeSet::new();
            for piece in &pieces {
                let cjk = piece.starts_with(is_cjk);
                match piece.chars().count() {
                    1 if cjk => words.extend([(*piece).to_owned()]),
                    _ if cjk => words.extend(pairs(piece)),
                    _ => words.extend([kept(piece)]),
                }
            }
            let long = |piece: &&str| piece.starts_with(is_cjk) && piece.chars().count() > 2;
            if pieces.len() > 1 || pieces.first().is_some_and(long) {
                // Words are whole; CJK may go on at either end.
                let edge =
                    |piece: Option<&&str>| if piece.is_none_or(|piece| piece.starts_with(is_cjk)) { "" } else { " " };
                query.phrases.push(format!("{}{}{}", edge(pieces.first()), pieces.join(" "), edge(pieces.last())));
                query.implied.extend(words);
            } else {
                query.words.extend(words);
            }
        }
        (query != Self::default()).then_some(query)
    }

    /// Whether a thing of this spelling is found.
    pub fn finds(&self, spelled: &str) -> bool {
        let words = words(spelled);
        self.words.is_subset(&words)
            && self.implied.is_subset(&words)
            && self.phrases.iter().all(|phrase| spelled.contains(phrase.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    fn finds(text: &str, query: &str) -> bool {
        Query::read(query).is_some_and(|query| query.finds(&spell(text)))
    }

    #[test]
    fn texts_have_one_spelling() {
        for (text, spelled) in [
            ("", ""),
            ("，。! ?", ""),
            ("下穿隧道", " 下穿隧道 \n"),
            ("５Ｇ专网、BIM　平台", " 5g 专网 \n bim \n 平台 \n"),
            ("Ａ级\u{0}ﬁ\u{ad}le\u{200b}s Ⅳ", " a 级 \n files \n iv \n"),
            ("葛\u{e0100}城 e\u{301}té ｶﾞｽ", " 葛城 \n été \n ガス \n"),
            ("⼯业 ㎡ ①", " 工业 \n m2 \n 1 \n"),
            ("\u{1106}\u{11366}\u{1161}", " 마 \n"),
        ] {
            assert_eq!(spell(text), spelled, "{text}");
        }
        let word = "x".repeat(41);
        let other = format!("{}y", "x".repeat(40));
        assert!(finds(&word, &word) && !finds(&word, &other) && !finds(&word, "x"));
        assert!(words(&spell(&word)).iter().all(|word| word.len() < 100));
    }

    #[test]
    fn words_are_whole_and_cjk_is_found_by_part() {
        for (text, found, missed) in [
            ("下穿隧道积水十分钟预报", "积水", "水积"),
            ("下穿隧道积水十分钟预报", "水", "火"),
            ("下穿隧道积水十分钟预报", "隧道积水 预报", "隧道预报"),
            // Each pair is there, the whole is not.
            ("隧道，道积，积水", "隧道 积水", "隧道积水"),
            ("城市 BIM 平台", "bim", "bi"),
            ("5G专网", "５ｇ专", "g专网"),
            ("x5g专网 5g", "5g", "5g专网"),
            ("专网5g", "网5G", "网5"),
            ("JB-2026-0001", "jb-2026-0001", "jb-2026-00"),
        ] {
            assert!(finds(text, found), "{found} in {text}");
            assert!(!finds(text, missed), "{missed} in {text}");
        }
        for nothing in ["", " ", "%", "_", "\\", "…", "\u{0}", "\u{200b}"] {
            assert_eq!(Query::read(nothing), None, "{nothing:?}");
        }
    }

    /// Few letters, so that texts often have what is looked for, and what cuts them.
    fn texts(most: usize) -> impl Strategy<Value = String> {
        let letters =
            prop::sample::select(vec!["水", "务", "隧", "道", "あ", "한", "a", "B", "ｃ", "7", " ", "，", "-"]);
        prop::collection::vec(letters, 0..most).prop_map(|letters| letters.concat())
    }

    /// The definition, letter by letter: a term is somewhere in the text, and no word goes on beyond its ends.
    fn oracle(text: &str, query: &str) -> bool {
        let fold = |text: &str| -> Vec<char> { text.to_lowercase().replace('ｃ', "c").chars().collect() };
        let word = |letter: Option<&char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
        let (text, query) = (fold(text), fold(query));
        let mut terms = query.split(|letter| !letter.is_alphanumeric()).filter(|term| !term.is_empty()).peekable();
        terms.peek().is_some()
            && terms.all(|term| {
                (0..text.len()).filter(|at| text[*at..].starts_with(term)).any(|at| {
                    let goes_on_before = word(term.first()) && at > 0 && word(text.get(at - 1));
                    let goes_on_behind = word(term.last()) && word(text.get(at + term.len()));
                    !goes_on_before && !goes_on_behind
                })
            })
    }

    proptest! {
        #[test]
        fn a_query_finds_what_has_its_words_and_nothing_else(text in texts(30), query in texts(8)) {
            prop_assert_eq!(finds(&text, &query), oracle(&text, &query), "{} in {}", query, text);
        }

        #[test]
        fn every_part_of_a_chinese_title_finds_it(title in "\\p{Han}{1,40}", from in any::<Index>(), to in any::<Index>()) {
            let letters: Vec<char> = title.chars().filter(|letter| Sort::of(*letter) == Sort::Cjk).collect();
            prop_assert!(title.chars().all(|letter| Sort::of(letter) != Sort::Letter), "{}", title);
            if !letters.is_empty() {
                let (one, other) = (from.index(letters.len()), to.index(letters.len()));
                let part: String = letters[one.min(other)..=one.max(other)].iter().collect();
                let title: String = letters.iter().collect();
                prop_assert!(finds(&title, &part), "{} in {}", part, title);
            }
        }

        #[test]
        fn any_text_has_words_that_find_it(text in any::<String>()) {
            let spelled = spell(&text);
            prop_assert_eq!(words(&spell(&spelled)), words(&spelled));
            prop_assert!(!spelled.contains(['\0', '%', '_', '\\']));
            // Whatever has words is found by the whole of it.
            let query = Query::read(&text);
            prop_assert_eq!(query.is_none(), spelled.is_empty());
            prop_assert!(query.is_none_or(|query| query.finds(&spelled)));
        }
    }
}
