//! Words that things are found by: one form each, so that equal words are equal.

use unicode_normalization::UnicodeNormalization;

use crate::base::Faults;
use crate::base::error::FaultCode;
use crate::base::faults::Length;

/// How long a word may be.
const WORD: Length = Length(1, 30);

/// The form in which a word is kept and compared: NFKC (full width becomes half width), small letters, single spaces.
pub(crate) fn form(word: &str) -> String {
    let small = word.nfkc().collect::<String>().to_lowercase();
    small.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Distinct words, at most so many, in the order given.
pub(crate) fn read(path: &str, given: &[String], most: usize, faults: &mut Faults) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    if given.len() > most {
        faults.add_with(path, FaultCode::TooLong, most);
    }
    for (place, word) in given.iter().enumerate().take(most) {
        let path = format!("{path}.{place}");
        let word = faults.text(&path, &form(word), WORD);
        if words.contains(&word) {
            faults.add(path, FaultCode::Duplicate);
        } else {
            words.push(word);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn width_case_and_spaces_do_not_tell_words_apart() {
        for (one, other) in [("ＡＩ　识别", "ai 识别"), (" LiDAR ", "lidar"), ("㎡", "m2"), ("视频识别", "视频识别")]
        {
            assert_eq!(form(one), form(other));
        }
        assert_ne!(form("视频识别"), form("视频"));
    }

    proptest! {
        #[test]
        fn a_form_is_its_own_form(word: String) {
            let once = form(&word);
            prop_assert_eq!(form(&once), once);
        }
    }
}
