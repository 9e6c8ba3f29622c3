//! What a password has to be (GB/T 22239-2019, 等保 2.0): 10 to 128 characters, three of the four classes, without the user
//! name, and none of the last five.

use super::PASSWORD_MOST;
use crate::base::Faults;
use crate::base::error::FaultCode;

const LEAST: usize = 10;
const CLASSES: usize = 3;

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
    }
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
    }
}
