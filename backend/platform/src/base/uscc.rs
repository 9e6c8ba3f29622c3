//! The unified social credit code (统一社会信用代码, GB 32100-2015).

use unicode_normalization::UnicodeNormalization;

use super::words::OrganizationKind;

/// A code whose form and check character are right, in its normal spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uscc(String);

/// What is wrong with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsccFault {
    /// Not 18 characters of the alphabet with a six-digit area.
    Form,
    /// The check character does not fit.
    CheckDigit,
}

const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

impl Uscc {
    /// Reads a code as people type it: full-width characters, spaces, hyphens and lower case are normalised; letters that
    /// look like digits are not repaired.
    pub fn parse(text: &str) -> Result<Self, UsccFault> {
        let code: String =
            text.nfkc().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_uppercase).collect();
        let values: Option<Vec<usize>> = code.chars().map(|c| ALPHABET.find(c)).collect();
        let values = values.filter(|values| values.len() == 18).ok_or(UsccFault::Form)?;
        if !values.iter().skip(2).take(6).all(|value| *value < 10) {
            return Err(UsccFault::Form);
        }
        let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
        if values.last() != Some(&((31 - sum % 31) % 31)) {
            return Err(UsccFault::CheckDigit);
        }
        Ok(Self(code))
    }

    /// The normal spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the registration prefix fits the kind: 11 and 12 for departments, 9x for enterprises.
    pub fn fits(&self, kind: OrganizationKind) -> bool {
        match kind {
            OrganizationKind::Department => self.0.starts_with("11") || self.0.starts_with("12"),
            OrganizationKind::Enterprise => self.0.starts_with('9'),
            OrganizationKind::University
            | OrganizationKind::Institute
            | OrganizationKind::Fund
            | OrganizationKind::TechPlatform => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes() {
        for code in [
            "91350100M000100Y43",
            "91000000MA00000157",
            "91000000MA0000031W",
            "91000000MA000004XL",
            "11000000000000019Q",
            "12000000000000027G",
            "93000000MA00000D37",
            "91410100MA000020X0",
        ] {
            assert_eq!(Uscc::parse(code).unwrap().as_str(), code);
        }
        assert_eq!(Uscc::parse(" 91410100ma-000000７g ").unwrap().as_str(), "91410100MA0000007G");
    }

    #[test]
    fn wrong_codes() {
        for (code, fault) in [
            ("91350100M000100Y44", UsccFault::CheckDigit),
            ("91350200M000000510", UsccFault::CheckDigit),
            ("91350128M00000019A", UsccFault::CheckDigit),
            ("91410100MA000000OG", UsccFault::Form),
            ("9135010M000100Y43", UsccFault::Form),
            ("91350100M000100Y433", UsccFault::Form),
            ("9135A100M000100Y43", UsccFault::Form),
            ("", UsccFault::Form),
        ] {
            assert_eq!(Uscc::parse(code), Err(fault), "{code}");
        }
    }

    #[test]
    fn every_single_wrong_character_is_found() {
        let code = "91350100M000100Y43";
        for place in 0..18 {
            for letter in ALPHABET.chars().filter(|letter| code.chars().nth(place) != Some(*letter)) {
                let wrong: String =
                    code.chars().enumerate().map(|(i, c)| if i == place { letter } else { c }).collect();
                assert!(Uscc::parse(&wrong).is_err(), "{wrong}");
            }
        }
    }
}
