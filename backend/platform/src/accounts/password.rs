//! What a password has to be (GB/T 22239-2019, 等保 2.0): 10 to 128 characters, three of the four classes, without the user
//! name, none of the last five, and not one that everybody tries (ASVS 6.2.4).

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::PASSWORD_MOST;
use crate::base::Faults;
use crate::base::error::FaultCode;

const LEAST: usize = 10;
const CLASSES: usize = 3;

/// The 20,000 most common passwords of 10 characters and more, and the 5,000 of 8 and 9, folded: the first of the million in
/// SecLists' 10-million-password-list-top-1000000.txt (MIT licence), most of which the rules above refuse anyway.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// How many passwords, the present one included, may not come again.
pub(super) const REMEMBERED: usize = 5;

/// Holds a new password against the rules.
pub(super) fn check(faults: &mut Faults, path: &str, password: &str, username: &str) {
    let count = password.chars().count();
    if count < LEAST {
        faults.add_with(path, FaultCode::TooShort, LEAST);
    } else if count > PASSWORD_MOST {
        faults.add_with(path, FaultCode::TooLong, PASSWORD_MOST);
    } else if classes(password) < CLASSES || names(password, username) {
        faults.add(path, FaultCode::PasswordWeak);
    } else if is_common(password) {
        faults.add(path, FaultCode::PasswordCommon);
    }
}

/// Whether everybody would try it: capitals, wide forms and signs at the ends make no difference.
fn is_common(password: &str) -> bool {
    let folded = password.nfkc().collect::<String>().to_lowercase();
    COMMON.contains(folded.as_str()) || COMMON.contains(folded.trim_matches(|c: char| !c.is_alphanumeric()))
}

/// Small letters, capital letters, digits, everything else.
fn classes(password: &str) -> usize {
    let has = |class: fn(char) -> bool| usize::from(password.chars().any(class));
    has(|c| c.is_ascii_lowercase())
        + has(|c| c.is_ascii_uppercase())
        + has(|c| c.is_ascii_digit())
        + has(|c| !c.is_ascii_alphanumeric())
}

fn names(password: &str, username: &str) -> bool {
    !username.is_empty() && password.to_lowercase().contains(&username.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Error;

    fn fault(password: &str) -> Option<FaultCode> {
        let mut faults = Faults::new();
        check(&mut faults, "password", password, "aurora");
        match faults.done() {
            Err(Error::Invalid(faults)) => faults.first().map(|fault| fault.code),
            _ => None,
        }
    }

    #[test]
    fn rules() {
        for good in ["Rehearsal-2026", "abcdefgh1!", "ABCDEFGH1!", "密码安全abc123", &"aB1".repeat(42)] {
            assert_eq!(fault(good), None, "{good}");
        }
        assert_eq!(fault("Short-123"), Some(FaultCode::TooShort));
        assert_eq!(fault(&"aB1".repeat(43)), Some(FaultCode::TooLong));
        for weak in ["abcdefghijk", "abcdefgh123", "ABCDEFGHabcd", "My-AURORA-2026", "1234567890!"] {
            assert_eq!(fault(weak), Some(FaultCode::PasswordWeak), "{weak}");
        }
        for common in ["Password123", "Password1!", "Qwerty12345", "1QAZ2wsx3edc", "Ｐassword123!", "!!Liverpool1!!"] {
            assert_eq!(fault(common), Some(FaultCode::PasswordCommon), "{common}");
        }
    }

    #[test]
    fn the_list_is_whole_and_folded() {
        // ASVS asks for the top 3,000 that are long enough.
        assert!(COMMON.iter().filter(|common| common.chars().count() >= LEAST).count() >= 3_000);
        assert_eq!(COMMON.len(), 25_000);
        for common in COMMON.iter() {
            assert_eq!(*common, common.nfkc().collect::<String>().to_lowercase());
        }
    }
}
