//! Exact decimals, strings outside: targets, commitments, marks.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal as Inner;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A decimal number of at most 18 digits, of which at most 6 behind the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(Inner);

/// Text that is no decimal of the supported size.
#[derive(Debug, thiserror::Error)]
#[error("not a decimal")]
pub struct NotADecimal;

impl Decimal {
    const DIGITS: usize = 18;
    const PLACES: u32 = 6;

    /// The number itself, for arithmetic.
    pub fn inner(self) -> Inner {
        self.0
    }

    /// From a whole number.
    pub fn whole(value: i64) -> Self {
        Self(Inner::from(value))
    }

    /// `value` in units of 10^-`places`.
    pub fn scaled(value: i64, places: u32) -> Self {
        Self(Inner::new(value, places))
    }

    /// This number in units of 10^-`places`; none when it has more places than that or is too large.
    pub fn in_units(self, places: u32) -> Option<i64> {
        let normal = self.0.normalize();
        if normal.scale() > places {
            return None;
        }
        let mut scaled = normal;
        scaled.rescale(places);
        i64::try_from(scaled.mantissa()).ok()
    }
}

impl FromStr for Decimal {
    type Err = NotADecimal;

    fn from_str(text: &str) -> Result<Self, NotADecimal> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, places) = digits.split_once('.').map_or((digits, None), |(whole, places)| (whole, Some(places)));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || places.is_some_and(|places| !plain(places) || places.len() > Self::PLACES as usize) {
            return Err(NotADecimal);
        }
        if whole.len() + places.map_or(0, str::len) > Self::DIGITS {
            return Err(NotADecimal);
        }
        Inner::from_str_exact(text).map(Self).map_err(|_| NotADecimal)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_plain_decimals_are_read() {
        for text in ["", "-", ".5", "5.", "1e3", "+1", " 1", "1_000", "0x1", "NaN", "1.2345678", "1234567890123456789"]
        {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
        for text in ["0", "-1", "87.67", "0.000001", "123456789012.123456"] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn units_are_exact(value in -1_000_000_000i64..1_000_000_000, places in 0u32..=6) {
            let decimal = Decimal::scaled(value, places);
            prop_assert_eq!(decimal.in_units(places), Some(value));
            prop_assert_eq!(decimal.to_string().parse::<Decimal>().unwrap(), decimal);
        }

        #[test]
        fn any_text_is_refused_or_comes_back(
            text in prop_oneof![any::<String>(), "\\PC{0,30}", "[+-]?[0-9]{0,20}(\\.[0-9]{0,8})?(e[0-9])?"],
            places in 0u32..=28,
        ) {
            if let Ok(decimal) = text.parse::<Decimal>() {
                prop_assert_eq!(decimal.to_string().parse::<Decimal>().unwrap(), decimal);
                if let Some(units) = decimal.in_units(places) {
                    prop_assert_eq!(Decimal::scaled(units, places), decimal);
                }
            }
        }
    }
}
