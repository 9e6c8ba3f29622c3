//! One form for words and names that are compared, so that equal ones are equal.

use unicode_normalization::UnicodeNormalization;

/// NFKC (full width becomes half width), small letters, single spaces.
pub(crate) fn form(text: &str) -> String {
    let small = text.nfkc().collect::<String>().to_lowercase();
    small.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The form in which names of people and organizations are compared: letters and figures alone, so that neither a space nor a mark that
/// nobody sees makes another name of one.
pub(crate) fn name_form(name: &str) -> String {
    // Fillers of Hangul are letters, and nobody sees them.
    let seen = |character: &char| character.is_alphanumeric() && !matches!(character, '\u{115f}' | '\u{1160}');
    form(name).chars().filter(seen).collect()
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

    #[test]
    fn what_nobody_sees_makes_no_other_name() {
        for other in ["沈 望舒", "沈\u{200b}望舒", "沈望舒\u{feff}", "沈\u{3164}望舒", "沈·望舒", "　沈望舒 "]
        {
            assert_eq!(name_form(other), "沈望舒");
        }
        assert_eq!(name_form("Ｚhang San"), "zhangsan");
        assert_ne!(name_form("沈望舒"), name_form("沈望书"));
    }

    proptest! {
        #[test]
        fn a_form_is_its_own_form(word: String) {
            let once = form(&word);
            prop_assert_eq!(form(&once), once);
        }
    }
}
